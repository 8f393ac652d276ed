import type { BulkBatch } from "../store/sqlite/bulk.ts";

/** What the reading thread is started with. */
export interface ImportTask {
  readonly database: string;
  readonly paths: readonly string[];
  /** Offset in the stream of the first byte that it will give. */
  readonly startOffset: number;
  /** Nothing is stored yet: nothing can be known. */
  readonly isFresh: boolean;
}

/** Rows as plain typed arrays, column by column. */
export interface PostedRows {
  readonly count: number;
  readonly arrays: readonly Float64Array[];
}

/** A batch on its way between the threads. */
export type PostedBatch = Omit<BulkBatch, "rows"> & {
  readonly events: PostedRows;
  readonly paths: PostedRows;
  readonly parts: PostedRows;
};

/** How far reading is. `fileBytes` are those of the files as they lie on the disk. */
export interface ReadProgress {
  readonly fileBytes: number;
  readonly lines: number;
  readonly knownBytes: number;
}

/** A log that could not be read to its end, or had nothing in it. */
export interface InputFault {
  readonly code: string;
  readonly text: string;
}

/** What the reading thread says. */
export type ImportMessage =
  | { readonly kind: "batch"; readonly batch: PostedBatch; readonly progress: ReadProgress }
  /** Take back the end of the stream from here on: a line that was imported before it was finished. */
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "fault"; readonly fault: InputFault }
  | { readonly kind: "done"; readonly progress: ReadProgress }
  | { readonly kind: "broken"; readonly code: string; readonly text: string };

/** What the writing thread answers. */
export type ImportReply =
  | { readonly kind: "written" }
  /** `bytes` were taken back with the line, because its event has them: to be read again from `end` on. */
  | {
      readonly kind: "cut";
      readonly end: number;
      readonly bytes: Uint8Array;
      readonly isSegmentStart: boolean;
    };
