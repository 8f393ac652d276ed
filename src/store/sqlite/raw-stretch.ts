import { type Order, orderOf, permute, type Spans } from "./raw-order.ts";

/** Bytes that are stored as they were read are packed in blocks of so many, or up to twice as many. */
export const BLOCK_BYTES = 192 * 1024;
/** Clustered ones are packed in frames of so many or little more: smaller ones pack worse, of larger ones more is unpacked than is asked for. */
const FRAME_BYTES = 96 * 1024;

/** Bytes of log that are packed at one time, as they will be stored. */
export interface Stretch {
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Where its frames end. */
  readonly ends: readonly number[];
  /** Null where the bytes are stored as they were read. */
  readonly order: Order | null;
}

/** The same, packed. */
export interface PackedStretch extends Pick<Stretch, "start" | "ends" | "order"> {
  readonly frames: readonly Uint8Array[];
}

/** Where blocks of this many bytes end; the last one takes what is left. */
function blockEnds(bytes: number): number[] {
  const blocks = Math.max(1, Math.floor(bytes / BLOCK_BYTES));
  return Array.from({ length: blocks }, (_, at) => (at === blocks - 1 ? bytes : (at + 1) * BLOCK_BYTES));
}

/** A stretch of bytes that are stored as they were read. */
export const plainStretch = (start: number, bytes: Uint8Array): Stretch => ({
  start,
  bytes,
  ends: blockEnds(bytes.length),
  order: null,
});

/** Makes stretches one after the other in the same space: each is valid until the next one. */
export class Stretches {
  #space: Uint8Array = new Uint8Array(0);

  /** @param pieces the bytes, `size` in all, one piece behind the other. @param spans what of them belongs together. */
  of(start: number, pieces: Iterable<Uint8Array>, size: number, spans: Spans): Stretch {
    const sorted = orderOf(start, size, spans, FRAME_BYTES);
    if (sorted === null) return plainStretch(start, Buffer.concat([...pieces], size));
    // Somewhat larger: the next one may be, too, and the old space is only free when garbage is collected.
    if (this.#space.length < size) this.#space = new Uint8Array(size + (size >> 2));
    permute(pieces, sorted.order, this.#space);
    return { start, bytes: this.#space.subarray(0, size), ends: sorted.frameEnds, order: sorted.order };
  }
}

/** A stretch's frames before they are packed. */
export function* framesOf({ bytes, ends }: Stretch): Generator<Uint8Array> {
  let at = 0;
  for (const end of ends) {
    yield bytes.subarray(at, end);
    at = end;
  }
}
