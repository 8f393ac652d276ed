import { decodeColumn, decodePlaces } from "../../lib/column-codec.ts";
import { ABSENT, type AuditColumn } from "../../model/audit-columns.ts";
import {
  type AuditRows,
  absentOf,
  appendRows,
  columnCode,
  decodeRows,
  emptyRows,
  encodeRows,
  joinColumns,
  PART_BASE,
  PATH_BASE,
  splitColumns,
} from "./audit-chunk.ts";
import { type Db, decoded } from "./database.ts";

/** A chunk with this many events is full. */
export const CHUNK_EVENTS = 4096;
/** Chunks of fewer events wait to be joined into full ones. */
const SEAL_EVENTS = 4096;
const COLUMN_STRIDE = 2 ** 40;
const CACHED_CHUNKS = 8;
/** Events of a live log's last commits, among which late records are looked for: 2 MB, in full chunks or in crumbs. */
const CACHED_KEYS = 16 * CHUNK_EVENTS;

/** What is known of a chunk without reading it. */
export interface ChunkZone {
  readonly id: number;
  readonly events: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly minSerial: number;
  readonly maxSerial: number;
  /** Offset of its first line, and behind its last one. */
  readonly minAt: number;
  readonly maxAt: number;
}

/** The columns that name events. */
export interface EventKeys {
  readonly time: Float64Array;
  readonly serial: Float64Array;
  readonly node: Float64Array;
  readonly stamp: Float64Array;
}

/** Decodes columns of one chunk; those of paths and parts by their place. */
export interface ColumnReader {
  /** @param space where the values are put, if it is large enough. @param places which are read; null: all. */
  column(name: AuditColumn, space: Float64Array, places: Uint32Array | null): Float64Array;
  path(at: number, space?: Float64Array): Float64Array;
  part(at: number, space?: Float64Array): Float64Array;
}

/** The stored chunks of audit events. */
export interface AuditChunks {
  /** Adds rows as one chunk; small ones are joined into full ones when enough have gathered. @returns the rows of a full one. */
  add(rows: AuditRows): AuditRows | null;
  replace(id: number, rows: AuditRows): void;
  remove(id: number): void;
  rows(id: number): AuditRows;
  /** The columns that name its events. */
  keys(id: number): EventKeys;
  /** One column of a chunk, decoded. */
  column(id: number, name: AuditColumn): Float64Array;
  /** Columns of a chunk, of its PATH records and of its further parts, each decoded when it is asked for. */
  reader(id: number): ColumnReader;
  /** Chunks that may hold events of this span of times and serials, in reading order. */
  zones(minTime: number, maxTime: number, minSerial: number, maxSerial: number): readonly ChunkZone[];
  /** Chunks with lines behind this offset. */
  behind(at: number): readonly ChunkZone[];
  refresh(): void;
}

const range = (values: Float64Array, count: number): [number, number] => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at++) {
    const value = values[at] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
};

const lastByte = (starts: Float64Array, sizes: Float64Array, count: number): number => {
  let last = 0;
  for (let at = 0; at < count; at++) last = Math.max(last, (starts[at] ?? 0) + (sizes[at] ?? 0));
  return last;
};

/** Opens the chunks. Sealed chunks have a row per column, so that a report reads only the columns that it needs. */
export function openChunks(db: Db): AuditChunks {
  const insert = db
    .prepare<[number | null, number, number, number, number, number, number, number, Buffer | null], number>(
      `INSERT INTO audit_chunk(id, events, min_time, max_time, min_serial, max_serial, min_at, max_at, data)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    )
    .pluck();
  const insertColumn = db.prepare<[number, Buffer], void>("INSERT INTO audit_column(id, data) VALUES(?, ?)");
  const removeChunk = db.prepare<[number], void>("DELETE FROM audit_chunk WHERE id = ?");
  const removeColumn = db.prepare<[number], void>("DELETE FROM audit_column WHERE id = ?");
  const dataOf = db.prepare<[number], Buffer | null>("SELECT data FROM audit_chunk WHERE id = ?").pluck();
  const columnOf = db.prepare<[number], Buffer>("SELECT data FROM audit_column WHERE id = ?").pluck();
  const small = db.prepare<[], { id: number; events: number }>(
    "SELECT id, events FROM audit_chunk WHERE data IS NOT NULL ORDER BY id",
  );
  const ZONE = `SELECT id, events, min_time AS minTime, max_time AS maxTime, min_serial AS minSerial,
    max_serial AS maxSerial, min_at AS minAt, max_at AS maxAt FROM audit_chunk`;
  const behind = db.prepare<[number], ChunkZone>(`${ZONE} WHERE max_at > ? ORDER BY id`);
  const zones = db.prepare<[number, number, number, number], ChunkZone>(
    // Named, since ORDER BY id would have the planner read every chunk, at each commit.
    `${ZONE} INDEXED BY audit_chunk_time WHERE max_time >= ? AND min_time <= ? AND max_serial >= ? AND min_serial <= ? ORDER BY id`,
  );
  const cache = new Map<number, AuditRows>();
  const keyCache = new Map<number, EventKeys>();
  let cachedKeys = 0;
  function dropKeys(id: number): void {
    cachedKeys -= keyCache.get(id)?.time.length ?? 0;
    keyCache.delete(id);
  }
  function keepKeys(id: number, kept: EventKeys): EventKeys {
    dropKeys(id);
    keyCache.set(id, kept);
    cachedKeys += kept.time.length;
    for (const oldest of keyCache.keys()) {
      if (cachedKeys <= CACHED_KEYS || oldest === id) break;
      dropKeys(oldest);
    }
    return kept;
  }
  /** Events in chunks that are not full; null: to be counted. */
  let waiting: number | null = null;

  function write(id: number | null, rows: AuditRows, isFull: boolean): void {
    const { events } = rows;
    const [minTime, maxTime] = range(events.column("time"), events.count);
    const [minSerial, maxSerial] = range(events.column("serial"), events.count);
    const [minAt] = range(events.column("at"), events.count);
    const maxAt = Math.max(
      lastByte(events.column("at"), events.column("size"), events.count),
      lastByte(rows.parts.column("at"), rows.parts.column("size"), rows.parts.count),
    );
    const coded = encodeRows(rows);
    const data = isFull ? null : joinColumns(coded);
    const chunk =
      insert.get(id, events.count, minTime, maxTime, minSerial, maxSerial, minAt, maxAt, data) ?? 0;
    const copy = (name: AuditColumn): Float64Array => events.column(name).slice(0, events.count);
    keepKeys(chunk, {
      time: copy("time"),
      serial: copy("serial"),
      node: copy("node"),
      stamp: copy("stamp"),
    });
    if (isFull) for (const [code, bytes] of coded) insertColumn.run(code * COLUMN_STRIDE + chunk, bytes);
  }
  function remove(id: number): void {
    cache.delete(id);
    dropKeys(id);
    if (dataOf.get(id) === null)
      for (let code = 0; code < 64; code++) removeColumn.run(code * COLUMN_STRIDE + id);
    removeChunk.run(id);
  }
  function coded(id: number): (code: number) => Uint8Array | null {
    const data = dataOf.get(id);
    if (data === null) return (code) => columnOf.get(code * COLUMN_STRIDE + id) ?? null;
    const columns = data === undefined ? new Map<number, Buffer>() : splitColumns(data);
    return (code) => columns.get(code) ?? null;
  }
  const checked = <T>(id: number, read: () => T): T =>
    decoded(db, () => `group ${id} of the audit events`, read);
  function rows(id: number): AuditRows {
    const cached = cache.get(id);
    if (cached !== undefined) return cached;
    const found = checked(id, () => decodeRows(coded(id)));
    if (cache.size >= CACHED_CHUNKS) cache.delete(cache.keys().next().value ?? 0);
    cache.set(id, found);
    return found;
  }
  function keys(id: number): EventKeys {
    const cached = keyCache.get(id);
    if (cached !== undefined) return cached;
    return keepKeys(
      id,
      checked(id, () => {
        const columnOfChunk = coded(id);
        const read = (name: AuditColumn): Float64Array => {
          const bytes = columnOfChunk(columnCode(name));
          return bytes === null ? new Float64Array(0) : decodeColumn(bytes, absentOf(name));
        };
        return { time: read("time"), serial: read("serial"), node: read("node"), stamp: read("stamp") };
      }),
    );
  }
  function join(): AuditRows {
    const joined = emptyRows();
    for (const { id } of small.all()) {
      appendRows(
        joined,
        checked(id, () => decodeRows(coded(id))),
      );
      remove(id);
    }
    write(null, joined, true);
    waiting = 0;
    return joined;
  }

  return {
    add(added) {
      const { count } = added.events;
      if (count === 0) return null;
      waiting ??= small.all().reduce((sum, { events }) => sum + events, 0);
      const isFull = count >= SEAL_EVENTS;
      write(null, added, isFull);
      if (isFull) return added;
      waiting += count;
      return waiting >= SEAL_EVENTS ? join() : null;
    },
    replace(id, changed) {
      const isFull = dataOf.get(id) === null;
      remove(id);
      write(id, changed, isFull);
    },
    remove,
    rows,
    keys,
    column(id, name) {
      const cached = cache.get(id);
      if (cached !== undefined) return cached.events.column(name).subarray(0, cached.events.count);
      return checked(id, () => {
        const bytes = coded(id)(columnCode(name));
        return bytes === null ? new Float64Array(0) : decodeColumn(bytes, absentOf(name));
      });
    },
    reader(id) {
      const columnOfChunk = checked(id, () => coded(id));
      const read = (
        code: number,
        absent: number,
        space?: Float64Array,
        places: Uint32Array | null = null,
      ): Float64Array =>
        checked(id, () => {
          const bytes = columnOfChunk(code);
          if (bytes === null) return new Float64Array(0);
          return places === null || space === undefined
            ? decodeColumn(bytes, absent, space)
            : decodePlaces(bytes, absent, places, space);
        });
      return {
        column: (name, space, places) => read(columnCode(name), absentOf(name), space, places),
        path: (at, space) => read(PATH_BASE + at, ABSENT, space),
        part: (at, space) => read(PART_BASE + at, ABSENT, space),
      };
    },
    zones: (minTime, maxTime, minSerial, maxSerial) => zones.all(minTime, maxTime, minSerial, maxSerial),
    behind: (at) => behind.all(at),
    refresh() {
      waiting = null;
      cache.clear();
      keyCache.clear();
      cachedKeys = 0;
    },
  };
}
