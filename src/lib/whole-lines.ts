const NEWLINE = 10;

/** A line that was skipped because it is longer than the bound. */
export interface SkippedLine {
  /** Offset of its first byte in the stream. */
  readonly offset: number;
  /** Its length, newline included. */
  readonly length: number;
}

/** Whole lines with their newlines, and the stream offset of their first byte. */
export interface Lines {
  readonly bytes: Buffer;
  readonly offset: number;
}

/** What {@link WholeLines} gives for a chunk. */
export interface CutLines {
  /** At most two pieces: the line that began in an earlier chunk, and the rest, which is not copied. */
  readonly pieces: readonly Lines[];
  /** The line that was skipped before them, if there was one. */
  readonly skipped: SkippedLine | null;
}

/**
 * Cuts a stream of chunks into whole lines, holding at most one line. Chunks are taken over: they must not be changed
 * afterwards.
 */
export class WholeLines {
  readonly #maxBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Set while an overlong line is being skipped: how many of its bytes have gone by. */
  #skipping = 0;
  /** Stream offset of the first byte that was neither given nor skipped. */
  #offset = 0;

  /** @param maxBytes the longest line that is given out; a longer one is skipped, in constant memory, and told. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): CutLines {
    let rest = chunk;
    let skipped: SkippedLine | null = null;
    if (this.#skipping > 0) {
      const newline = rest.indexOf(NEWLINE);
      const gone = newline < 0 ? rest.length : newline + 1;
      this.#skipping += gone;
      this.#offset += gone;
      if (newline < 0) return { pieces: [], skipped: null };
      skipped = this.#endSkipping();
      rest = rest.subarray(gone);
    }
    const pieces: Lines[] = [];
    if (this.#heldBytes > 0) {
      const newline = rest.indexOf(NEWLINE);
      if (newline >= 0) {
        this.#held.push(rest.subarray(0, newline + 1));
        pieces.push(this.#give(Buffer.concat(this.#held)));
        this.#held = [];
        this.#heldBytes = 0;
        rest = rest.subarray(newline + 1);
      }
    }
    const last = rest.lastIndexOf(NEWLINE);
    if (last >= 0) {
      pieces.push(this.#give(rest.subarray(0, last + 1)));
      rest = rest.subarray(last + 1);
    }
    this.#hold(rest);
    return { pieces, skipped };
  }

  /** The last line where it lacks its newline, or that it was too long. */
  end(): CutLines {
    const skipped = this.#skipping > 0 ? this.#endSkipping() : null;
    const pieces = this.#heldBytes === 0 ? [] : [this.#give(Buffer.concat(this.#held))];
    this.#held = [];
    this.#heldBytes = 0;
    return { pieces, skipped };
  }

  #give(bytes: Buffer): Lines {
    const offset = this.#offset;
    this.#offset += bytes.length;
    return { bytes, offset };
  }

  #endSkipping(): SkippedLine {
    const skipped = { offset: this.#offset - this.#skipping, length: this.#skipping };
    this.#skipping = 0;
    return skipped;
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#held.push(piece);
    this.#heldBytes += piece.length;
    if (this.#heldBytes <= this.#maxBytes) return;
    this.#skipping = this.#heldBytes;
    this.#offset += this.#heldBytes;
    this.#held = [];
    this.#heldBytes = 0;
  }
}
