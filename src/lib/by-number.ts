const FIRST_LENGTH = 4096;

/**
 * Values by small whole numbers. A plain array that is first written far behind its end becomes a hash table inside of
 * V8, which is several times slower to read; this one grows before it is written.
 */
export class ByNumber<T> {
  readonly #values: (T | undefined)[] = [];

  constructor() {
    this.#values.length = FIRST_LENGTH;
  }

  get(number: number): T | undefined {
    return this.#values[number];
  }

  set(number: number, value: T): void {
    if (number >= this.#values.length) this.#values.length = Math.max(number + 1, this.#values.length * 2);
    this.#values[number] = value;
  }

  /** Those that were set, by number. */
  *entries(): Generator<readonly [number, T]> {
    for (let number = 0; number < this.#values.length; number += 1) {
      const value = this.#values[number];
      if (value !== undefined) yield [number, value];
    }
  }
}
