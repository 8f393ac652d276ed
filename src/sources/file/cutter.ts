/** At most this many bytes of whole lines are given at a time. */
export const BATCH_BYTES = 256 * 1024;
/** A line longer than this is given in pieces of this size. */
export const LINE_BYTES = 8 * 1024 * 1024;

const NEWLINE = 10;

/** What can be given now. `overlong` is true for the first piece of a line beyond {@link LINE_BYTES}. */
export interface Cut {
  readonly bytes: Buffer;
  readonly lines: number;
  readonly overlong: boolean;
}

/** Cuts a stream of bytes into batches of whole lines; what it gives, put together, is what was added. */
export interface LineCutter {
  add(chunk: Buffer): void;
  /** The next batch, or null while no line is whole. @param soft where given, a batch ends at the first newline at or after so many bytes. */
  take(soft?: number): Cut | null;
  /** What is left when nothing more will come: a last line without newline; null where there is none. */
  rest(): Cut | null;
  /** Bytes added and not given yet. */
  readonly heldBytes: number;
}

/** An empty cutter. Lines that come whole within one chunk are not copied. */
export function openLineCutter(): LineCutter {
  const ready: Buffer[] = [];
  let partial: Buffer[] = [];
  let partialBytes = 0;
  let heldBytes = 0;
  let withinOverlong = false;

  const give = (bytes: Buffer): Cut => {
    heldBytes -= bytes.length;
    const ends = bytes.at(-1) === NEWLINE;
    const overlong = !ends && bytes.length === LINE_BYTES && !withinOverlong;
    withinOverlong = !ends && (withinOverlong || overlong);
    return { bytes, lines: ends ? newlines(bytes) : 1, overlong };
  };
  return {
    add(chunk) {
      heldBytes += chunk.length;
      const cut = chunk.lastIndexOf(NEWLINE) + 1;
      if (cut === 0) {
        partial.push(chunk);
        partialBytes += chunk.length;
        return;
      }
      const whole = chunk.subarray(0, cut);
      ready.push(partial.length === 0 ? whole : Buffer.concat([...partial, whole]));
      partial = cut === chunk.length ? [] : [chunk.subarray(cut)];
      partialBytes = chunk.length - cut;
    },
    take(soft = BATCH_BYTES) {
      const head = ready[0];
      if (head !== undefined) {
        const end = cutAt(head, soft);
        if (end === head.length) ready.shift();
        else ready[0] = head.subarray(end);
        return give(head.subarray(0, end));
      }
      if (partialBytes < LINE_BYTES) return null;
      const joined = Buffer.concat(partial);
      partial = joined.length === LINE_BYTES ? [] : [joined.subarray(LINE_BYTES)];
      partialBytes = joined.length - LINE_BYTES;
      return give(joined.subarray(0, LINE_BYTES));
    },
    rest() {
      if (partialBytes === 0) return null;
      const bytes = Buffer.concat(partial);
      partial = [];
      partialBytes = 0;
      return give(bytes);
    },
    get heldBytes() {
      return heldBytes;
    },
  };
}

/** Where a batch that begins at 0 ends. `bytes` ends in a newline. */
function cutAt(bytes: Buffer, soft: number): number {
  if (soft < bytes.length && soft < BATCH_BYTES) {
    const end = bytes.indexOf(NEWLINE, Math.max(0, soft - 1)) + 1;
    if (end <= BATCH_BYTES) return end;
  }
  if (bytes.length <= BATCH_BYTES) return bytes.length;
  const fitting = bytes.lastIndexOf(NEWLINE, BATCH_BYTES - 1) + 1;
  if (fitting > 0) return fitting;
  return Math.min(LINE_BYTES, bytes.indexOf(NEWLINE, BATCH_BYTES) + 1);
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
