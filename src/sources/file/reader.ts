import { DockwardenError } from "../../model/fault.ts";
import { BATCH_BYTES, type Cut, openLineCutter } from "./cutter.ts";
import type { LogFile } from "./log-file.ts";

/** How many bytes before the offset are kept to recognise a file by. */
export const MARK_BYTES = 256;

/** What one step of reading yields. */
export type Step =
  | {
      readonly kind: "lines";
      readonly cut: Cut;
      /** Began before the size that the file had when a first start opened it. */
      readonly backfill: boolean;
    }
  /** All there is has been given, but for a last line without its newline. */
  | { readonly kind: "end" }
  /** The file no longer holds what was read from it: it became shorter, or other bytes stand there. */
  | { readonly kind: "truncated"; readonly sizeBytes: number };

/** Reads one file to its end, again and again, as it grows. */
export interface LogReader extends AsyncDisposable {
  readonly file: LogFile;
  next(): Promise<Step>;
  /** The last line without newline, once the file is final. */
  rest(): Cut | null;
  /** Offset of the first byte not given yet. */
  readonly offset: number;
  /** The last ≤ 256 bytes before `offset`. */
  readonly mark: Buffer;
  /** Offset of the first byte not read yet, and the bytes before it. */
  readonly frontier: { readonly offset: number; readonly mark: Buffer };
  /** The file's time of last write when it was last looked at. */
  readonly mtimeMs: number;
  /** Why a packed file could not be read to its end; null where it could. */
  readonly broken: string | null;
}

/** Where reading begins; `backfillUntil` is an offset, 0 for none. */
export interface ReaderStart {
  readonly offset: number;
  readonly mark: Buffer;
  readonly backfillUntil: number;
}

/** Takes `file` over and closes it with itself. */
export function openReader(file: LogFile, start: ReaderStart): LogReader {
  const cutter = openLineCutter();
  let offset = start.offset;
  let mark = start.mark;
  let readMark = start.mark;
  let { mtimeMs } = file.opened;
  // What is below the size seen last is read without looking again.
  let sizeBytes = 0;
  let broken: string | null = null;

  const give = (cut: Cut): Cut => {
    offset += cut.bytes.length;
    mark = lastBytes(mark, cut.bytes);
    return cut;
  };
  const fill = async (): Promise<"more" | "end" | { readonly sizeBytes: number }> => {
    const at = offset + cutter.heldBytes;
    if (file.packing !== "plain") {
      if (broken !== null) return "end";
      try {
        return take(await file.read(at, BATCH_BYTES));
      } catch (error) {
        if (!(error instanceof DockwardenError)) throw error;
        broken = error.message;
        return "end";
      }
    }
    if (at >= sizeBytes) {
      const facts = await file.facts();
      ({ mtimeMs, sizeBytes } = facts);
      if (sizeBytes < at) return { sizeBytes };
    }
    // What stands before `at` is read again along with what follows: a file that was cut and has grown to `at` again shows itself.
    const back = readMark.length;
    const room = Math.min(BATCH_BYTES, sizeBytes - at);
    if (back + room === 0) return "end";
    const bytes = await file.read(at - back, back + room);
    if (!bytes.subarray(0, back).equals(readMark)) return { sizeBytes: (await file.facts()).sizeBytes };
    if (bytes.length < back + room) sizeBytes = 0;
    return take(bytes.subarray(back));
  };
  const take = (chunk: Buffer): "more" | "end" => {
    if (chunk.length === 0) return "end";
    cutter.add(chunk);
    readMark = lastBytes(readMark, chunk);
    return "more";
  };
  return {
    file,
    async next() {
      for (;;) {
        const left = start.backfillUntil - offset;
        const cut = left > 0 ? cutter.take(left) : cutter.take();
        if (cut !== null) {
          give(cut);
          return { kind: "lines", cut, backfill: left > 0 };
        }
        const filled = await fill();
        if (filled === "end") return { kind: "end" };
        if (filled !== "more") return { kind: "truncated", sizeBytes: filled.sizeBytes };
      }
    },
    rest() {
      const cut = cutter.rest();
      return cut === null ? null : give(cut);
    },
    get offset() {
      return offset;
    },
    get mark() {
      return mark;
    },
    get frontier() {
      return { offset: offset + cutter.heldBytes, mark: readMark };
    },
    get mtimeMs() {
      return mtimeMs;
    },
    get broken() {
      return broken;
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

function lastBytes(before: Buffer, added: Buffer): Buffer {
  if (added.length >= MARK_BYTES) return Buffer.from(added.subarray(-MARK_BYTES));
  return Buffer.concat([before.subarray(-(MARK_BYTES - added.length)), added]);
}
