import type { SourceName } from "../../model/line.ts";
import { type Db, decoded } from "./database.ts";
import { encodeOrder, lastAtMost, runAt, type Spans } from "./raw-order.ts";
import { expectReleases, packStretch, release, unpackBytes } from "./raw-pack.ts";
import { openRegions, type Region } from "./raw-regions.ts";
import { BLOCK_BYTES, type PackedStretch, plainStretch, type Stretch, Stretches } from "./raw-stretch.ts";

/** Audit lines wait for the chunk of their events, 4 MB as a rule, to be clustered: so many bytes of other lines do not. */
const MAX_OPEN_BYTES = 16 << 20;
/** The audit stream has two parts, so that a log can be imported while the daemon follows another: live bytes, then imported ones. */
export const IMPORT_LOW = 2 ** 51;
export const STREAM_HIGH = 2 ** 53 - 1;
const CACHED_BLOCKS = 6;

/** A run of stored bytes. */
export interface Block {
  readonly start: number;
  readonly size: number;
}
interface RawRow extends Block {
  readonly packed: number;
  readonly data: Buffer;
}

/** Stored bytes: [start, end) of these. */
export interface StoredSpan {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}
const NO_BYTES: Buffer = Buffer.alloc(0);

/** One source's bytes, addressed by offset from the first byte ever stored. Offsets from `low` up to `high` are this stream's. */
export interface RawStream {
  /** Offset behind the last byte. */
  end(): number;
  /** Adds bytes at the end; sealed when enough has gathered. @returns their offset. */
  append(bytes: Buffer, timeMs: number): number;
  /** Adds bytes that are packed already at the end. */
  appendPacked(packed: PackedStretch): void;
  /** Clusters and packs what was appended and is not sealed. @param clusters gives the spans of a stretch. */
  seal(clusters: (start: number, end: number) => Spans): void;
  /** Bytes from `start`; fewer where they are not (or no longer) stored. */
  read(start: number, size: number): Buffer;
  /** The same in the bytes that hold them, as far as they lie together there. Valid until the next call. */
  span(start: number, size: number): StoredSpan;
  /** Bytes from this offset on, up to some hundred KiB; null where there are none. */
  block(at: number): { readonly start: number; readonly bytes: Buffer } | null;
  /** Cuts the stream off at this offset. */
  truncate(at: number): void;
  /** Blocks in order of offset, from the one that holds `from`. */
  blocks(from: number, to: number): readonly Block[];
  /** Forgets cached state: another process wrote. */
  refresh(): void;
}

/** Opens one source's stream within [low, high). */
export function openRaw(db: Db, source: SourceName, low: number, high: number): RawStream {
  const table = `raw_${source}`;
  const insert = db.prepare<[number, number, number, number, Uint8Array], void>(
    `INSERT INTO ${table}(start, size, packed, time, data) VALUES(?, ?, ?, ?, ?)`,
  );
  const last = db.prepare<[number, number], Block>(
    `SELECT start, size FROM ${table} WHERE start >= ? AND start < ? ORDER BY start DESC LIMIT 1`,
  );
  const holding = db.prepare<[number, number], RawRow>(
    `SELECT start, size, packed, data FROM ${table} WHERE start <= ? AND start >= ? ORDER BY start DESC LIMIT 1`,
  );
  // Where it is known where a row begins: a search for the last one before an offset reads pages of its neighbour, too.
  const beginning = db.prepare<[number], RawRow>(
    `SELECT start, size, packed, data FROM ${table} WHERE start = ?`,
  );
  const tail = db.prepare<[number, number], Block & { packed: number }>(
    `SELECT start, size, packed FROM ${table} WHERE start >= ? AND start < ? ORDER BY start DESC`,
  );
  const from = db.prepare<[number, number], RawRow>(
    `SELECT start, size, packed, data FROM ${table} WHERE start >= ? AND start < ? ORDER BY start`,
  );
  const removeFrom = db.prepare<[number, number], void>(
    `DELETE FROM ${table} WHERE start >= ? AND start < ?`,
  );
  const list = db.prepare<[number, number], Block>(
    `SELECT start, size FROM ${table} WHERE start >= ? AND start < ? ORDER BY start`,
  );
  const regions = source === "audit" ? openRegions(db, low, high) : null;
  const mostOpen = source === "audit" ? MAX_OPEN_BYTES : BLOCK_BYTES;

  const cache = new Map<number, { start: number; bytes: Buffer }>();
  /** Where the rows that are not sealed begin, and the stream's end; null: to be looked up. */
  let open: { start: number; end: number } | null = null;
  const stretches = new Stretches();
  let hasUnpacked = false;

  function state(): { start: number; end: number } {
    if (open !== null) return open;
    const newest = last.get(low, high);
    const end = newest === undefined ? low : newest.start + newest.size;
    let start = end;
    for (const row of tail.iterate(low, high)) {
      if (row.packed === 1) break;
      start = row.start;
    }
    open = { start, end };
    return open;
  }

  /** The bytes that wait, row by row: all at once they are 4 MB that stay until garbage is collected. */
  function* openBytes(): Generator<Buffer> {
    const { start, end } = state();
    if (end > start) for (const { data } of from.iterate(start, high)) yield data;
  }

  function insertPacked({ start, ends, frames, order }: PackedStretch, timeMs: number): void {
    let at = 0;
    for (const [frame, end] of ends.entries()) {
      insert.run(start + at, end - at, 1, timeMs, frames[frame] as Uint8Array);
      at = end;
    }
    if (order !== null) regions?.add(start, at, encodeOrder(order));
    open = { start: start + at, end: start + at };
  }

  /** Packs all that waits. */
  function sealAs(stretch: Stretch, timeMs: number): void {
    removeFrom.run(stretch.start, high);
    insertPacked(packStretch(stretch), timeMs);
  }

  /** Packs all that waits as it was read. */
  function sealPlainly(timeMs: number): void {
    const { start, end } = state();
    if (end > start) sealAs(plainStretch(start, Buffer.concat([...openBytes()])), timeMs);
  }

  /** The row that is found, where it holds this offset. */
  function rowAt(
    at: number,
    find: () => RawRow | undefined,
  ): { readonly start: number; readonly bytes: Buffer; readonly isPacked: boolean } | null {
    return decoded(
      db,
      () => `the log at ${at}`,
      () => {
        const row = find();
        if (row === undefined || at < row.start || at >= row.start + row.size) return null;
        const { start, size, data } = row;
        const isPacked = row.packed === 1;
        if (isPacked && !hasUnpacked) expectReleases();
        hasUnpacked ||= isPacked;
        return { start, bytes: isPacked ? unpackBytes(data, size) : data, isPacked };
      },
    );
  }

  /** Forgets the oldest blocks. */
  function forget(count: number): void {
    for (const { start, bytes } of [...cache.values()].slice(0, count)) {
      cache.delete(start);
      release(bytes);
    }
  }

  /** The block that is stored at this offset. */
  function stored(at: number): { start: number; bytes: Buffer } | null {
    for (const cached of cache.values())
      if (at >= cached.start && at < cached.start + cached.bytes.length) return cached;
    const found = rowAt(at, () => holding.get(at, low));
    if (found?.isPacked === true) {
      if (cache.size >= CACHED_BLOCKS) forget(1);
      cache.set(found.start, found);
    }
    return found;
  }

  /** The frame that is stored at this offset of a region of an order of its own; none where it is not stored. */
  function frameAt(region: Region, at: number): { readonly start: number; readonly bytes: Buffer } {
    region.frameStarts ??= Float64Array.from(list.all(region.start, region.end), ({ start }) => start);
    const starts = region.frameStarts;
    const start = starts[lastAtMost(starts, starts.length, at)] ?? region.end;
    let frame = region.frames.get(start);
    if (frame === undefined) {
      frame = { start, bytes: rowAt(at, () => beginning.get(start))?.bytes ?? NO_BYTES };
      region.frames.set(start, frame);
    }
    return frame;
  }

  /** One for all answers: a report asks for the lines of each event. */
  const found = { bytes: NO_BYTES, start: 0, end: 0 } satisfies StoredSpan;

  /** Bytes from this offset on, as far as they lie together. */
  function span(at: number, size: number): StoredSpan {
    const region = regions?.at(at);
    let frame: { readonly start: number; readonly bytes: Buffer } | null;
    let place = at;
    let most = size;
    if (region?.order == null) frame = stored(at);
    else {
      const { order, start } = region;
      const run = runAt(order, at - start, region.run);
      region.run = run;
      most = Math.min(size, start + (order.at[run + 1] as number) - at);
      place = at - (order.at[run] as number) + (order.to[run] as number);
      frame = frameAt(region, place);
    }
    found.bytes = frame?.bytes ?? NO_BYTES;
    found.start = Math.min(found.bytes.length, place - (frame?.start ?? place));
    found.end = Math.min(found.bytes.length, found.start + most);
    return found;
  }

  /** The same as a copy, which lasts. */
  function together(at: number, size: number): Buffer {
    const { bytes, start, end } = span(at, size);
    return Buffer.from(bytes.subarray(start, end));
  }

  function read(start: number, size: number): Buffer {
    const first = together(start, size);
    if (first.length === size || first.length === 0) return first;
    const parts = [first];
    let at = start + first.length;
    while (at < start + size) {
      const part = together(at, start + size - at);
      if (part.length === 0) break;
      parts.push(part);
      at += part.length;
    }
    return Buffer.concat(parts, at - start);
  }

  return {
    end: () => state().end,
    append(bytes, timeMs) {
      const { start, end } = state();
      if (bytes.length === 0) return end;
      insert.run(end, bytes.length, 0, timeMs, bytes);
      open = { start, end: end + bytes.length };
      if (open.end - open.start >= mostOpen) sealPlainly(timeMs);
      return end;
    },
    appendPacked(packed) {
      sealPlainly(0);
      insertPacked(packed, 0);
    },
    seal(clusters) {
      const { start, end } = state();
      if (end > start) sealAs(stretches.of(start, openBytes(), end - start, clusters(start, end)), 0);
    },
    read,
    span,
    block(at) {
      const bytes = read(at, Math.min(BLOCK_BYTES, state().end - at));
      return bytes.length === 0 ? null : { start: at, bytes };
    },
    truncate(at) {
      const region = regions?.at(at);
      const cut =
        region?.order == null
          ? holding.get(at, low)
          : { start: region.start, size: region.end - region.start };
      const isIn = cut !== undefined && at < cut.start + cut.size;
      const kept = isIn ? read(cut.start, at - cut.start) : Buffer.alloc(0);
      removeFrom.run(isIn ? cut.start : at, high);
      regions?.removeFrom(isIn ? cut.start : at);
      forget(CACHED_BLOCKS);
      open = null;
      if (isIn && kept.length > 0) insert.run(cut.start, kept.length, 0, 0, kept);
    },
    blocks: (start, to) => {
      const first = holding.get(start, low);
      return list.all(first === undefined ? start : first.start, Math.min(to, high));
    },
    refresh() {
      open = null;
      forget(CACHED_BLOCKS);
      regions?.refresh();
    },
  };
}
