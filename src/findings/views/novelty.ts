import type { StateRow } from "../../model/batch.ts";

const PREFIX = "known:";
const MOST_KEYS = 2048;
const MOST_VALUES = 256;

/** Remembers which values each key had: which addresses a user came from, which images the host ran. */
export class NoveltyTable {
  readonly #known = new Map<string, string[]>();
  readonly #changed = new Set<string>();

  restore(rows: readonly StateRow[]): void {
    for (const { key, json } of rows)
      if (key.startsWith(PREFIX) && json !== null)
        this.#known.set(key.slice(PREFIX.length), JSON.parse(json) as string[]);
  }

  /** Takes note. @returns true where the value is new to a key that had others: the first of all is no novelty. */
  learn(key: string, value: string): boolean {
    const values = this.#known.get(key);
    if (values?.includes(value) === true) return false;
    this.#known.delete(key);
    this.#known.set(key, [...(values ?? []), value].slice(-MOST_VALUES));
    this.#changed.add(key);
    if (this.#known.size > MOST_KEYS) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) {
        this.#known.delete(oldest);
        this.#changed.add(oldest);
      }
    }
    return values !== undefined;
  }

  drain(): readonly StateRow[] {
    const rows = [...this.#changed].map((key): StateRow => {
      const values = this.#known.get(key);
      return {
        stage: "findings",
        key: `${PREFIX}${key}`,
        json: values === undefined ? null : JSON.stringify(values),
      };
    });
    this.#changed.clear();
    return rows;
  }
}
