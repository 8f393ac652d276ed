const NEWLINE = 10;

/** A line that was skipped because it is longer than the bound. */
export interface SkippedLine {
  /** Offset of its first byte in the stream. */
  readonly offset: number;
  /** Its length, newline included. */
  readonly length: number;
}

/**
 * Cuts a stream of chunks into whole lines, holding at most one line and one chunk. Chunks are taken over: they must
 * not be changed afterwards.
 */
export class WholeLines {
  readonly #maxBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Set while an overlong line is being skipped: how many of its bytes have gone by. */
  #skipping = 0;
  #offset = 0;

  /** @param maxBytes the longest line that is given out; a longer one is skipped, in constant memory, and told. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @returns whole lines with their newlines (maybe empty) and the stream offset of their first byte; and the line that
   * was skipped before them, if there was one.
   */
  push(chunk: Buffer): {
    readonly lines: Buffer;
    readonly offset: number;
    readonly skipped: SkippedLine | null;
  } {
    let rest = chunk;
    let skipped: SkippedLine | null = null;
    if (this.#skipping > 0) {
      const newline = rest.indexOf(NEWLINE);
      const gone = newline < 0 ? rest.length : newline + 1;
      this.#skipping += gone;
      this.#offset += gone;
      if (newline < 0) return { lines: rest.subarray(0, 0), offset: this.#offset, skipped: null };
      skipped = { offset: this.#offset - this.#skipping, length: this.#skipping };
      this.#skipping = 0;
      rest = rest.subarray(gone);
    }
    const last = rest.lastIndexOf(NEWLINE);
    if (last < 0) {
      const offset = this.#offset;
      this.#hold(rest);
      return { lines: rest.subarray(0, 0), offset, skipped };
    }
    const whole = rest.subarray(0, last + 1);
    const lines = this.#heldBytes === 0 ? whole : Buffer.concat([...this.#held, whole]);
    const offset = this.#offset;
    this.#held = [];
    this.#heldBytes = 0;
    this.#offset = offset + lines.length;
    this.#hold(rest.subarray(last + 1));
    return { lines, offset, skipped };
  }

  /** The last line where it lacks its newline (maybe empty), or that it was too long. */
  end(): { readonly lines: Buffer; readonly offset: number; readonly skipped: SkippedLine | null } {
    const skipped =
      this.#skipping > 0 ? { offset: this.#offset - this.#skipping, length: this.#skipping } : null;
    const lines = Buffer.concat(this.#held);
    const offset = this.#offset;
    this.#held = [];
    this.#heldBytes = 0;
    this.#skipping = 0;
    this.#offset += lines.length;
    return { lines, offset, skipped };
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
