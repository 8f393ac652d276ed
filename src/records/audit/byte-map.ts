/** Words of one byte text: found again by their bytes, so that a word seen before costs no string. */
interface Slot<T> {
  readonly hash: number;
  readonly text: string;
  readonly value: T;
}

const empty = (length: number): null[] => Array.from({ length }, () => null);

/**
 * What belongs to a word, keyed by the word's bytes. Words come from logs, so their number is bounded: beyond
 * `limit` the map starts anew, and `make` is called again for words it had seen.
 */
export class ByteMap<T> {
  #slots: (Slot<T> | null)[];
  #size = 0;
  readonly #make: (text: string, index: number) => T;
  readonly #limit: number;

  /** @param make what belongs to a new word; `index` counts from 0 and starts again with the map. */
  constructor(make: (text: string, index: number) => T, limit = 8192) {
    this.#make = make;
    this.#limit = limit;
    this.#slots = empty(256);
  }

  /** What belongs to the word in [start, end). `hash` must be {@link hashOf} of these bytes. */
  at(bytes: Uint8Array, start: number, end: number, hash: number): T {
    const mask = this.#slots.length - 1;
    let index = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const slot = this.#slots[index];
      if (slot === null || slot === undefined) break;
      if (slot.hash === hash && isText(bytes, start, end, slot.text)) return slot.value;
      index = (index + 1) & mask;
    }
    return this.#add(
      Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1"),
      hash,
    );
  }

  #add(text: string, hash: number): T {
    if (this.#size >= this.#limit) {
      this.#slots = empty(256);
      this.#size = 0;
    }
    if (this.#size * 2 >= this.#slots.length) {
      const old = this.#slots;
      this.#slots = empty(old.length * 2);
      for (const slot of old) if (slot !== null) this.#place(slot);
    }
    const value = this.#make(text, this.#size);
    this.#size += 1;
    this.#place({ hash, text, value });
    return value;
  }

  #place(slot: Slot<T>): void {
    const mask = this.#slots.length - 1;
    let index = (slot.hash ^ (slot.hash >>> 15)) & mask;
    while (this.#slots[index] !== null) index = (index + 1) & mask;
    this.#slots[index] = slot;
  }
}

function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let at = start, k = 0; at < end; at += 1, k += 1) if (bytes[at] !== text.charCodeAt(k)) return false;
  return true;
}

/** The hash that {@link ByteMap.at} wants; scanners compute it while they look for the word's end. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  return hash;
}
