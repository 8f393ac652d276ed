import { ownText } from "../query/c-text.ts";

/** How often one text or number was counted. */
export interface Total {
  hits: number;
}

/**
 * Counts texts or numbers. Totals are by count; equal ones stay in the order of their first appearance (texts), or
 * by number, as in the real tool's lists.
 */
export class Tally {
  readonly #texts = new Map<string, Total>();
  readonly #numbers = new Map<number, Total>();
  /** How many events each of those that are counted from here on stands for. */
  weight = 1;

  add(text: string): void {
    this.total(text).hits += this.weight;
  }

  addNumber(number: number): void {
    this.numberTotal(number).hits += this.weight;
  }

  /** A text's total, which appears here where it did not before. */
  total(text: string): Total {
    let total = this.#texts.get(text);
    if (total === undefined) {
      total = { hits: 0 };
      // The key of its own: a slice would hold the whole chunk of the log that it is of.
      this.#texts.set(ownText(text), total);
    }
    return total;
  }

  /** A number's total. */
  numberTotal(number: number): Total {
    let total = this.#numbers.get(number);
    if (total === undefined) {
      total = { hits: 0 };
      this.#numbers.set(number, total);
    }
    return total;
  }

  /** How many different ones there are. */
  get size(): number {
    return this.#texts.size + this.#numbers.size;
  }

  /** Texts and numbers as text with their counts, the most frequent first. */
  totals(): readonly (readonly [string, number])[] {
    const numbers = [...this.#numbers].sort(([a], [b]) => a - b);
    return [
      ...[...this.#texts].map(([text, { hits }]) => [text, hits] as const),
      ...numbers.map(([number, { hits }]) => [String(number), hits] as const),
    ].sort(([, a], [, b]) => b - a);
  }
}
