import type { Db } from "./database.ts";

const CACHED_TEXTS = 50_000;
const NEIGHBOURS = 64;

/** The dictionary of texts that columns name by number. Text is bytes as latin1, NUL included. */
export interface Texts {
  /** The text's number, a new one where it is new; 0 for the empty text. Only within a transaction. */
  idOf(text: string): number;
  /** The same for texts that are given by their place in a list, which may grow: each is looked up once. */
  idsOf(list: readonly string[]): (place: number) => number;
  /** The number of a text that is known; null where it is not. */
  find(text: string): number | null;
  /** The text of a number; empty for 0 and for one that is not known. */
  textOf(id: number): string;
  /** Every number whose text passes. */
  search(test: (text: string) => boolean): number[];
  /** Every text by number, for reports over all of them. */
  all(): ReadonlyMap<number, string>;
  refresh(): void;
}

/** Opens the dictionary. Its caches are bounded. */
export function openTexts(db: Db): Texts {
  const byText = db.prepare<[string], number>("SELECT id FROM text WHERE value = ?").pluck();
  const near = db
    .prepare<[number, number], [number, string]>("SELECT id, value FROM text WHERE id BETWEEN ? AND ?")
    .raw();
  const insert = db.prepare<[string], number>("INSERT INTO text(value) VALUES(?) RETURNING id").pluck();
  const every = db.prepare<[], [number, string]>("SELECT id, value FROM text").raw();
  const ids = new Map<string, number>();
  const texts = new Map<number, string>();

  const remember = (text: string, id: number): number => {
    if (ids.size >= CACHED_TEXTS) ids.clear();
    ids.set(text, id);
    return id;
  };
  function find(text: string): number | null {
    if (text === "") return 0;
    const cached = ids.get(text);
    if (cached !== undefined) return cached;
    const id = byText.get(text);
    return id === undefined ? null : remember(text, id);
  }
  const idOf = (text: string): number => find(text) ?? remember(text, insert.get(text) ?? 0);
  let listed: { readonly list: readonly string[]; ids: Int32Array } | null = null;
  return {
    find,
    idOf,
    idsOf(list) {
      if (listed?.list !== list) listed = { list, ids: new Int32Array(list.length) };
      const known = listed;
      if (known.ids.length < list.length) {
        const larger = new Int32Array(list.length * 2);
        larger.set(known.ids);
        known.ids = larger;
      }
      const { ids: found } = known;
      return (place) => found[place] || (found[place] = idOf(list[place] ?? ""));
    },
    textOf(id) {
      if (id === 0) return "";
      const cached = texts.get(id);
      if (cached !== undefined) return cached;
      if (texts.size >= CACHED_TEXTS) texts.clear();
      // A miss reads its neighbours too: a look-up of one costs as much as twenty more.
      const first = id - (id % NEIGHBOURS);
      for (const [other, text] of near.all(first, first + NEIGHBOURS - 1)) texts.set(other, text);
      const text = texts.get(id) ?? "";
      texts.set(id, text);
      return text;
    },
    search(test) {
      const found: number[] = [];
      for (const [id, value] of every.iterate()) if (test(value)) found.push(id);
      return found;
    },
    all: () => new Map(every.iterate()),
    refresh() {
      listed = null;
      ids.clear();
      texts.clear();
    },
  };
}
