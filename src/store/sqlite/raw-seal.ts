import { packBytes } from "./raw-pack.ts";
import type { PackedStretch, Stretch } from "./raw-stretch.ts";

/** At least so many frames at a time, so that a quiet host comes to an end too. */
const MIN_FRAMES = 2;
/** Faster than bytes come in. */
const BYTES_PER_BYTE = 2;

/**
 * Packs a stretch little by little, with each commit some frames: all at once would hold up a commit for 15 ms, and zlib
 * would hold 40 MB until the next collection of garbage.
 */
export class Sealing {
  readonly stretch: Stretch;
  readonly #frames: Uint8Array[] = [];
  #at = 0;

  constructor(stretch: Stretch) {
    this.stretch = stretch;
  }

  /** Goes on by as much as befits so many new bytes. @returns the whole stretch when it is done. */
  step(newBytes: number): PackedStretch | null {
    const { start, bytes, ends, order } = this.stretch;
    const until = this.#at + newBytes * BYTES_PER_BYTE;
    for (
      let frames = 0;
      this.#frames.length < ends.length && (frames < MIN_FRAMES || this.#at < until);
      frames++
    ) {
      const end = ends[this.#frames.length] as number;
      this.#frames.push(packBytes(bytes.subarray(this.#at, end)));
      this.#at = end;
    }
    return this.#frames.length < ends.length ? null : { start, ends, order, frames: this.#frames };
  }
}
