const EMPTY_SLOTS = 1 << 12;
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Numbers for byte texts: the same bytes get the same number, and a text that was seen costs no string. Numbers count
 * from 1. Beyond `maxTexts` or `maxBytes` it forgets all: a text may then get another number.
 */
export class ByteTexts {
  /** Texts that are new since {@link take}. */
  #fresh: string[] = [];
  #next = 1;
  #slots = new Int32Array(EMPTY_SLOTS);
  /** Per text since the last reset: hash, offset in the arena, length, number. */
  #table = new Int32Array(4096);
  #count = 0;
  #arena = Buffer.allocUnsafeSlow(1 << 16);
  #top = 0;
  readonly #maxTexts: number;
  readonly #maxBytes: number;

  constructor(maxTexts = 1 << 17, maxBytes = 16 << 20) {
    this.#maxTexts = maxTexts;
    this.#maxBytes = maxBytes;
  }

  /** The number of the text in [start, end). */
  at(bytes: Uint8Array, start: number, end: number): number {
    let hash = FNV_BASIS;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), FNV_PRIME);
    hash ^= hash >>> 15;
    const length = end - start;
    const mask = this.#slots.length - 1;
    const table = this.#table;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) break;
      const row = (entry - 1) * 4;
      if (table[row] === hash && table[row + 2] === length) {
        const arena = this.#arena;
        let from = table[row + 1] as number;
        let at = start;
        while (at < end && arena[from] === bytes[at]) {
          from++;
          at++;
        }
        if (at === end) return table[row + 3] as number;
      }
    }
    return this.#add(bytes, start, end, hash);
  }

  /** The number of a text given as a string of latin1. */
  of(text: string): number {
    const bytes = Buffer.from(text, "latin1");
    return this.at(bytes, 0, bytes.length);
  }

  /** The number that the next new text gets. */
  get next(): number {
    return this.#next;
  }

  /** The texts that were new since the last call; their numbers run up to {@link next}. */
  take(): string[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const length = end - start;
    if (this.#count >= this.#maxTexts || this.#top + length > this.#maxBytes) {
      this.#count = 0;
      this.#top = 0;
      this.#slots = new Int32Array(EMPTY_SLOTS);
    }
    if (this.#top + length > this.#arena.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#arena.length * 2, this.#top + length));
      this.#arena.copy(larger, 0, 0, this.#top);
      this.#arena = larger;
    }
    this.#arena.set(bytes.subarray(start, end), this.#top);
    if ((this.#count + 1) * 4 > this.#table.length) {
      const larger = new Int32Array(this.#table.length * 2);
      larger.set(this.#table);
      this.#table = larger;
    }
    const number = this.#next++;
    this.#table.set([hash, this.#top, length, number], this.#count * 4);
    this.#count++;
    this.#top += length;
    this.#fresh.push(Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString("latin1"));
    if (this.#count * 2 > this.#slots.length) this.#grow();
    else this.#place(hash, this.#count);
    return number;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let entry = 1; entry <= this.#count; entry++)
      this.#place(this.#table[(entry - 1) * 4] as number, entry);
  }

  #place(hash: number, entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
  }
}
