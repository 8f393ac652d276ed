import { ABSENT, type AuditColumn, PATH_ROLES } from "../../model/audit-columns.ts";
import { epochMs } from "../../model/ids.ts";
import type {
  AuditLines,
  AuditPath,
  AuditReads,
  AuditRow,
  AuditRun,
  AuditSelection,
} from "../../ports/audit-reads.ts";
import { openChunks } from "./audit-chunks.ts";
import { mergedRuns } from "./audit-runs.ts";
import {
  ColumnSpace,
  compileSelection,
  countColumn,
  countPathNames,
  noneOf,
  type OpenChunk,
  PATH_AT,
  type Selector,
} from "./audit-select.ts";
import { refOf } from "./audit-session.ts";
import { guardMethods, openDatabase, storeError } from "./database.ts";
import { IMPORT_LOW, openRaw, type RawStream, STREAM_HIGH } from "./raw.ts";
import { openTexts, type Texts } from "./texts.ts";

/** First and one past the last entry of each event in a column of owners: where that rises, as it does but for late records. */
function rangeFinder(owners: Float64Array): (index: number) => readonly number[] {
  let rises = true;
  for (let at = 1; at < owners.length && rises; at++) rises = (owners[at] ?? 0) >= (owners[at - 1] ?? 0);
  if (!rises)
    return (index) => {
      const found: number[] = [];
      for (let at = owners.indexOf(index); at >= 0; at = owners.indexOf(index, at + 1)) found.push(at);
      return found;
    };
  return (index) => {
    let low = 0;
    let high = owners.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((owners[middle] ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (let at = low; at < owners.length && owners[at] === index; at++) found.push(at);
    return found;
  };
}

/** The row under the finger. */
class Cursor implements AuditRow {
  chunk: OpenChunk | null = null;
  index = 0;
  readonly #texts: Texts;
  readonly #raw: (at: number) => RawStream;
  #pathsOf: { chunk: OpenChunk; find: (index: number) => readonly number[] } | null = null;
  #partsOf: { chunk: OpenChunk; find: (index: number) => readonly number[] } | null = null;
  #linesOf: {
    chunk: OpenChunk;
    ats: Float64Array;
    sizes: Float64Array;
    /** Events that others are interleaved with. */
    parted: ReadonlySet<number>;
  } | null = null;

  constructor(texts: Texts, raw: (at: number) => RawStream) {
    this.#texts = texts;
    this.#raw = raw;
  }

  #value(name: AuditColumn): number {
    return this.chunk?.column(name)[this.index] ?? noneOf(name);
  }
  get timeMs() {
    return epochMs(this.#value("time"));
  }
  get serial() {
    return this.#value("serial");
  }
  get ref() {
    return refOf(this.#texts, this.timeMs, this.serial, this.#value("node"), this.#value("stamp"));
  }
  number(column: AuditColumn): number | null {
    const value = this.#value(column);
    return value === ABSENT ? null : value;
  }
  text(column: AuditColumn): string | null {
    const id = this.#value(column);
    return id === 0 ? null : this.#texts.textOf(id);
  }
  paths(): readonly AuditPath[] {
    const { chunk } = this;
    if (chunk === null) return [];
    if (this.#pathsOf?.chunk !== chunk)
      this.#pathsOf = { chunk, find: rangeFinder(chunk.path(PATH_AT.event)) };
    return this.#pathsOf.find(this.index).map((at) => {
      const item = chunk.path(PATH_AT.item)[at] ?? ABSENT;
      const name = chunk.path(PATH_AT.name)[at] ?? 0;
      return {
        item: item === ABSENT ? null : item,
        name: name === 0 ? null : this.#texts.textOf(name),
        role: PATH_ROLES[chunk.path(PATH_AT.role)[at] ?? 0] ?? "",
      };
    });
  }
  bytes(): Buffer {
    const { chunk } = this;
    if (chunk === null) return Buffer.alloc(0);
    if (this.#partsOf?.chunk !== chunk) this.#partsOf = { chunk, find: rangeFinder(chunk.part(0)) };
    const at = this.#value("at");
    const first = this.#raw(at).read(at, this.#value("size"));
    const parts = this.#partsOf.find(this.index);
    if (parts.length === 0) return first;
    const more = parts.map((part) => {
      const start = chunk.part(1)[part] ?? 0;
      return this.#raw(start).read(start, chunk.part(2)[part] ?? 0);
    });
    return Buffer.concat([first, ...more]);
  }
  /** As {@link bytes}, in the block that holds them where it is one. */
  lines(): AuditLines {
    const { chunk, index } = this;
    if (chunk !== null && this.#linesOf?.chunk !== chunk)
      this.#linesOf = {
        chunk,
        ats: chunk.column("at"),
        sizes: chunk.column("size"),
        parted: new Set(chunk.part(0)),
      };
    if (chunk !== null && this.#linesOf?.parted.has(index) === false) {
      const at = this.#linesOf.ats[index] ?? 0;
      const size = this.#linesOf.sizes[index] ?? 0;
      const lines = this.#raw(at).span(at, size);
      if (lines.end - lines.start === size) return lines;
    }
    const bytes = this.bytes();
    return { bytes, start: 0, end: bytes.length };
  }
}

/**
 * Opens the audit events of a database for reports, at one consistent view that lasts until it is disposed of.
 * @throws DockwardenError DW_STORE_….
 */
export function openAuditReads(file: string): AuditReads {
  const db = openDatabase(file, true);
  db.pragma("mmap_size = 1073741824");
  db.exec("BEGIN");
  const texts = openTexts(db);
  const chunks = openChunks(db);
  const live = openRaw(db, "audit", 0, IMPORT_LOW);
  const imported = openRaw(db, "audit", IMPORT_LOW, STREAM_HIGH);
  const rawAt = (at: number): RawStream => (at < IMPORT_LOW ? live : imported);

  const selectorOf = (selection: AuditSelection): Selector => compileSelection(chunks, texts, selection);

  function* inReadingOrder(selection: AuditSelection, cursor: Cursor): Generator<AuditRow> {
    const selector = selectorOf(selection);
    const spaces = new ColumnSpace();
    for (const zone of selector.zones()) {
      const chunk = selector.open(zone, spaces);
      const rows = selector.rows(chunk);
      cursor.chunk = chunk;
      const total = rows?.length ?? zone.events;
      for (let at = 0; at < total; at++) {
        cursor.index = rows === null ? at : (rows[at] ?? 0);
        yield cursor;
      }
      chunk.close();
    }
  }

  function* inTimeOrder(selection: AuditSelection, cursor: Cursor): Generator<AuditRow> {
    for (const { chunk, rows } of mergedRuns(selectorOf(selection))) {
      cursor.chunk = chunk;
      for (let at = 0; at < rows.length; at++) {
        cursor.index = rows[at] ?? 0;
        yield cursor;
      }
    }
  }

  function* runs(selection: AuditSelection): Generator<AuditRun> {
    const cursor = new Cursor(texts, rawAt);
    for (const { chunk, rows } of mergedRuns(selectorOf(selection))) {
      cursor.chunk = chunk;
      yield {
        rows,
        column: (name) => chunk.column(name),
        text: (id) => chunk.text(id),
        get paths() {
          return chunk.paths;
        },
        get pathRows() {
          return chunk.pathRows;
        },
        row(place) {
          cursor.index = place;
          return cursor;
        },
        bytes(place) {
          cursor.index = place;
          return cursor.bytes();
        },
        lines(place) {
          cursor.index = place;
          return cursor.lines();
        },
      };
    }
  }

  function* guarded<T>(rows: Generator<T>): Generator<T> {
    try {
      yield* rows;
    } catch (error) {
      throw storeError(file, error);
    }
  }
  const textCounts = (counts: ReadonlyMap<number, number>): Map<string, number> =>
    new Map([...counts].map(([id, count]) => [texts.textOf(id), count]));

  return guardMethods<AuditReads>(file, {
    extent() {
      const zones = chunks.zones(-Infinity, Infinity, -Infinity, Infinity);
      if (zones.length === 0) return null;
      return {
        events: zones.reduce((sum, { events }) => sum + events, 0),
        firstMs: epochMs(zones.reduce((low, { minTime }) => Math.min(low, minTime), Infinity)),
        lastMs: epochMs(zones.reduce((high, { maxTime }) => Math.max(high, maxTime), -Infinity)),
      };
    },
    events(selection, order = "time") {
      const cursor = new Cursor(texts, rawAt);
      return guarded(order === "time" ? inTimeOrder(selection, cursor) : inReadingOrder(selection, cursor));
    },
    runs: (selection) => guarded(runs(selection)),
    countTexts: (selection, column) => textCounts(countColumn(selectorOf(selection), column)),
    countNumbers: (selection, column) => countColumn(selectorOf(selection), column),
    countPaths: (selection) => textCounts(countPathNames(selectorOf(selection))),
    [Symbol.dispose]: () => void db.close(),
  });
}
