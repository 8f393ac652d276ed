import { ownText } from "../query/c-text.ts";

/**
 * Counts texts or numbers. Totals are by count; equal ones stay in the order of their first appearance (texts), or
 * by number, as in the real tool's lists.
 */
export class Tally {
  readonly #texts = new Map<string, number>();
  readonly #numbers = new Map<number, number>();

  add(text: string): void {
    const hits = this.#texts.get(text);
    // The key of its own: a slice would hold the whole chunk of the log that it is of.
    if (hits === undefined) this.#texts.set(ownText(text), 1);
    else this.#texts.set(text, hits + 1);
  }

  addNumber(number: number): void {
    this.#numbers.set(number, (this.#numbers.get(number) ?? 0) + 1);
  }

  /** How many different ones there are. */
  get size(): number {
    return this.#texts.size + this.#numbers.size;
  }

  /** Texts and numbers as text with their counts, the most frequent first. */
  totals(): readonly (readonly [string, number])[] {
    const numbers = [...this.#numbers].sort(([a], [b]) => a - b);
    return [...this.#texts, ...numbers.map(([number, hits]) => [String(number), hits] as const)].sort(
      ([, a], [, b]) => b - a,
    );
  }
}
