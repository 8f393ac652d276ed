import { type Db, decoded } from "./database.ts";
import { decodeOrder, type Order } from "./raw-order.ts";
import { release } from "./raw-pack.ts";

/** A part of the audit stream: bytes stored in an order of their own, or as they were read. */
export interface Region {
  readonly start: number;
  readonly end: number;
  /** Null where the bytes are stored as they were read. */
  readonly order: Order | null;
  /** The run that was read last. */
  run: number;
  /** Its frames that were unpacked, by where they begin. */
  readonly frames: Map<number, { readonly start: number; readonly bytes: Buffer }>;
  /** Where its frames begin. */
  frameStarts: Float64Array | null;
}

/** Which parts of the stream within [low, high) are stored in an order of their own. */
export interface Regions {
  /** The one that holds this offset. */
  at(offset: number): Region;
  add(start: number, size: number, runs: Buffer): void;
  removeFrom(start: number): void;
  refresh(): void;
}

/** Each may have its frames unpacked, 4 MB of audit log as a rule. Events of several logs that overlap in time are read in turn. */
const CACHED_REGIONS = 4;

export function openRegions(db: Db, low: number, high: number): Regions {
  const before = db.prepare<[number, number], { start: number; size: number; runs: Buffer }>(
    "SELECT start, size, runs FROM raw_order WHERE start <= ? AND start >= ? ORDER BY start DESC LIMIT 1",
  );
  const behind = db
    .prepare<[number, number], number | null>(
      "SELECT min(start) FROM raw_order WHERE start > ? AND start < ?",
    )
    .pluck();
  const insert = db.prepare<[number, number, Buffer], void>(
    "INSERT INTO raw_order(start, size, runs) VALUES(?, ?, ?)",
  );
  const remove = db.prepare<[number, number], void>("DELETE FROM raw_order WHERE start >= ? AND start < ?");
  /** The one used last stands first. */
  let cached: Region[] = [];
  /** Forgets all but the first ones. */
  function keep(count: number): void {
    for (const { frames } of cached.splice(count)) for (const { bytes } of frames.values()) release(bytes);
  }

  function load(offset: number): Region {
    const row = before.get(offset, low);
    const isIn = row !== undefined && offset < row.start + row.size;
    const start = row === undefined ? low : isIn ? row.start : row.start + row.size;
    return {
      start,
      end: isIn ? row.start + row.size : (behind.get(offset, high) ?? high),
      order: isIn
        ? decoded(
            db,
            () => `the order of the log at ${start}`,
            () => decodeOrder(row.runs),
          )
        : null,
      run: 0,
      frames: new Map(),
      frameStarts: null,
    };
  }
  return {
    at(offset) {
      const first = cached[0];
      if (first !== undefined && offset >= first.start && offset < first.end) return first;
      const found = cached.find(({ start, end }) => offset >= start && offset < end) ?? load(offset);
      cached = [found, ...cached.filter((region) => region !== found)];
      keep(CACHED_REGIONS);
      return found;
    },
    add(start, size, runs) {
      insert.run(start, size, runs);
      keep(0);
    },
    removeFrom(start) {
      remove.run(start, high);
      keep(0);
    },
    refresh() {
      keep(0);
    },
  };
}
