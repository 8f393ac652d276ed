import { Columns } from "../lib/columns.ts";
import { AUDIT_COLUMNS, PART_COLUMNS, PATH_COLUMNS } from "../model/audit-columns.ts";
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

/** Columns as plain typed arrays, of which the first `count` values are set. */
interface PostedColumns {
  readonly count: number;
  readonly arrays: readonly Float64Array[];
}

/** Rows on their way between the threads; they go back when they are written, to be filled anew. */
export interface PostedRows {
  readonly events: PostedColumns;
  readonly paths: PostedColumns;
  readonly parts: PostedColumns;
}

export function postedRows({ events, paths, parts }: BulkBatch["rows"]): PostedRows {
  const posted = (columns: Columns<string>): PostedColumns => ({
    count: columns.count,
    arrays: columns.names.map((name) => columns.column(name)),
  });
  return { events: posted(events), paths: posted(paths), parts: posted(parts) };
}

/** What a message carries over instead of copying it. */
export const transferOf = (rows: PostedRows): ArrayBuffer[] =>
  [rows.events, rows.paths, rows.parts].flatMap(({ arrays }) =>
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );

/** @param isEmpty takes the arrays alone. */
export function rowsOf({ events, paths, parts }: PostedRows, isEmpty = false): BulkBatch["rows"] {
  const columns = <Name extends string>(names: readonly Name[], { arrays, count }: PostedColumns) =>
    Columns.from(names, arrays, isEmpty ? 0 : count);
  return {
    events: columns(AUDIT_COLUMNS, events),
    paths: columns(PATH_COLUMNS, paths),
    parts: columns(PART_COLUMNS, parts),
  };
}

/** A batch on its way between the threads. */
export type PostedBatch = Omit<BulkBatch, "rows"> & { readonly rows: PostedRows };

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
  | { readonly kind: "written"; readonly rows: PostedRows }
  /** `bytes` were taken back with the line, because its event has them: to be read again from `end` on. */
  | {
      readonly kind: "cut";
      readonly end: number;
      readonly bytes: Uint8Array;
      readonly isSegmentStart: boolean;
    };
