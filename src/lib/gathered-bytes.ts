/** Texts and bytes that are gathered to be written at once. Its space is used again: what was given out is to be written before more is added. */
export class GatheredBytes {
  length = 0;
  readonly #enough: number;
  #bytes: Buffer;

  /** @param enough so many bytes are worth a write; it takes more, too. */
  constructor(enough: number) {
    this.#enough = enough;
    this.#bytes = Buffer.allocUnsafeSlow(enough + (enough >> 2));
  }

  get isEnough(): boolean {
    return this.length >= this.#enough;
  }

  /** What was gathered. */
  get gathered(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** Adds a text, latin1. */
  addText(text: string): void {
    this.length += this.room(text.length).write(text, this.length, "latin1");
  }

  /**
   * The space, with room for so many bytes behind `length`: who writes there counts that up. Valid until more is asked for.
   */
  room(size: number): Buffer {
    const needed = this.length + size;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.gathered);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}
