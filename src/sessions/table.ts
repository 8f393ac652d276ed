import type { StateRow } from "../model/batch.ts";

/** Separates a table's prefix from a row's id in a state key. */
const MARK = ":";

/**
 * Rows by id that outlive a restart: what changed since the last drain is given out as JSON. Rows are plain values
 * (JSON and back yields the same); whoever changes one in place says so with `touch`.
 */
export class Table<Row> {
  readonly #prefix: string;
  readonly #rows = new Map<string, Row>();
  readonly #changed = new Set<string>();
  readonly #keep: (row: Row) => Row;

  /**
   * @param prefix tells this table's state rows from those of others; without a colon.
   * @param keep what of a row is worth writing down, where the rest can be worked out again.
   */
  constructor(prefix: string, state: readonly StateRow[], keep: (row: Row) => Row = (row) => row) {
    this.#keep = keep;
    this.#prefix = prefix + MARK;
    for (const { key, json } of state)
      if (key.startsWith(this.#prefix) && json !== null)
        this.#rows.set(key.slice(this.#prefix.length), JSON.parse(json) as Row);
  }

  get size(): number {
    return this.#rows.size;
  }
  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }
  has(id: string): boolean {
    return this.#rows.has(id);
  }
  set(id: string, row: Row): void {
    this.#rows.set(id, row);
    this.#changed.add(id);
  }
  /** The row was changed in place. */
  touch(id: string): void {
    this.#changed.add(id);
  }
  delete(id: string): void {
    if (this.#rows.delete(id)) this.#changed.add(id);
  }
  values(): IterableIterator<Row> {
    return this.#rows.values();
  }
  entries(): IterableIterator<[string, Row]> {
    return this.#rows.entries();
  }

  /** What changed since the last call, as state rows of the stage `sessions`. */
  drain(): StateRow[] {
    const rows: StateRow[] = [];
    for (const id of this.#changed) {
      const row = this.#rows.get(id);
      rows.push({
        stage: "sessions",
        key: this.#prefix + id,
        json: row === undefined ? null : JSON.stringify(this.#keep(row)),
      });
    }
    this.#changed.clear();
    return rows;
  }
}
