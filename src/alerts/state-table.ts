import type { StateRow } from "../model/batch.ts";

/** A keyed value that remembers its place in time, so that a restart restores the order in which a full table forgets. */
export interface Ordered {
  readonly order: number;
}

/**
 * A bounded table whose changed rows are drained for the commit. Rows of one table share `prefix`; setting a row moves
 * it to the young end; beyond `limit` the oldest goes, through `forget`.
 */
export class StateTable<Value> {
  readonly #prefix: string;
  readonly #limit: number;
  readonly #rows = new Map<string, Value & Ordered>();
  readonly #changed = new Set<string>();
  readonly #forget: (value: Value) => void;
  #next = 0;

  constructor(
    prefix: string,
    limit: number,
    state: readonly StateRow[],
    forget: (value: Value) => void = () => {},
  ) {
    this.#prefix = prefix;
    this.#limit = limit;
    this.#forget = forget;
    const loaded = state
      .filter(({ key, json }) => key.startsWith(prefix) && json !== null)
      .map(({ key, json }) => ({
        key: key.slice(prefix.length),
        value: JSON.parse(json ?? "") as Value & Ordered,
      }))
      .sort((a, b) => a.value.order - b.value.order);
    for (const { key, value } of loaded) {
      this.#rows.set(key, value);
      this.#next = value.order + 1;
    }
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): Value | undefined {
    return this.#rows.get(key);
  }

  /** Oldest first. Rows may be deleted meanwhile, not set. */
  entries(): IterableIterator<readonly [string, Value]> {
    return this.#rows.entries();
  }

  /** Replaces a row; `keepPlace` leaves it as old as it was. */
  set(key: string, value: Value, keepPlace = false): void {
    const before = this.#rows.get(key);
    if (before !== undefined && keepPlace) {
      this.#rows.set(key, { ...value, order: before.order });
    } else {
      this.#rows.delete(key);
      this.#rows.set(key, { ...value, order: this.#next++ });
    }
    this.#changed.add(key);
    for (const [oldest, forgotten] of this.#rows) {
      if (this.#rows.size <= this.#limit) break;
      this.delete(oldest);
      this.#forget(forgotten);
    }
  }

  delete(key: string): void {
    if (this.#rows.delete(key)) this.#changed.add(key);
  }

  /** Rows changed since the last call. */
  drain(): readonly StateRow[] {
    const rows = [...this.#changed].map((key): StateRow => {
      const value = this.#rows.get(key);
      return {
        stage: "alerts",
        key: this.#prefix + key,
        json: value === undefined ? null : JSON.stringify(value),
      };
    });
    this.#changed.clear();
    return rows;
  }
}
