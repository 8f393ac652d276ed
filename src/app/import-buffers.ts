/** A piece of the log on its way: its buffer, the stream offset behind its new bytes, and the batch that has them. */
interface Lent {
  readonly buffer: Buffer;
  readonly end: number;
  readonly batch: number;
}

/**
 * Buffers that both threads see, so that a piece of the log is read once and never copied. A buffer is used again
 * when its batch is written and no incomplete event has lines in it: memory does not depend on the log's size.
 */
export class SharedBuffers {
  readonly #size: number;
  #free: Buffer[] = [];
  #lent: Lent[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** A buffer to read into. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.from(new SharedArrayBuffer(this.#size));
  }

  /** It is needed no longer: nothing of it was new. */
  giveBack(buffer: Buffer): void {
    if (buffer.length === this.#size) this.#free.push(buffer);
  }

  /** It goes to the other thread with this batch. */
  lend(buffer: Buffer, end: number, batch: number): void {
    this.#lent.push({ buffer, end, batch });
  }

  /** Takes back buffers of written batches whose events are complete up to `completeTo`. */
  collect(writtenBatches: number, completeTo: number): void {
    let count = 0;
    for (; count < this.#lent.length; count++) {
      const lent = this.#lent[count];
      if (lent === undefined || lent.batch > writtenBatches || lent.end > completeTo) break;
      this.giveBack(lent.buffer);
    }
    if (count > 0) this.#lent = this.#lent.slice(count);
  }
}
