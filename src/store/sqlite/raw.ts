import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { SourceName } from "../../model/line.ts";
import type { Db } from "./database.ts";

/** Small rows are sealed into one compressed block when they hold this many bytes; a block then has 192 to 448 KiB or one overlong line. */
export const SEAL_BYTES = 192 * 1024;
/** The audit stream has two parts, so that a log can be imported while the daemon follows another: live bytes, then imported ones. */
export const IMPORT_LOW = 2 ** 51;
export const STREAM_HIGH = 2 ** 53 - 1;
/** On audit logs level 2 gives as few bytes as 3 in half the time. */
const ZSTD_LEVEL = 2;
const CACHED_BLOCKS = 6;

/** Bytes of log as a zstd frame. */
export function packBytes(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, {
    // Fits what an audit log comes down to; the output is held in pieces of this size.
    chunkSize: Math.max(1024, bytes.length >> 3),
    params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
  });
}

/** A run of stored bytes. */
export interface Block {
  readonly start: number;
  readonly size: number;
}
interface RawRow extends Block {
  readonly packed: number;
  readonly data: Buffer;
}

/** One source's bytes, addressed by offset from the first byte ever stored. Offsets from `low` up to `high` are this stream's. */
export interface RawStream {
  /** Offset behind the last byte. */
  end(): number;
  /** Adds bytes at the end; sealed when enough has gathered. @returns their offset. */
  append(bytes: Buffer, timeMs: number): number;
  /** Adds a block that is compressed already. */
  appendPacked(packed: Uint8Array, size: number): number;
  /** Bytes from `start`; fewer where they are not (or no longer) stored. */
  read(start: number, size: number): Buffer;
  /** The whole block that holds this offset. */
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

  const cache = new Map<number, { start: number; bytes: Buffer }>();
  /** Where the rows that are not sealed begin, and the stream's end; null: to be looked up. */
  let open: { start: number; end: number } | null = null;

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

  /** Packs the rows that wait, and `more` behind them, into one block. */
  function seal(more: Buffer | null, timeMs: number): void {
    const { start, end } = state();
    const rows = end > start ? from.all(start, high).map(({ data }) => data) : [];
    if (more !== null) rows.push(more);
    const bytes = rows.length === 1 ? (rows[0] as Buffer) : Buffer.concat(rows);
    if (end > start) removeFrom.run(start, high);
    insert.run(start, bytes.length, 1, timeMs, packBytes(bytes));
    open = { start: start + bytes.length, end: start + bytes.length };
  }

  function block(at: number): { start: number; bytes: Buffer } | null {
    for (const cached of cache.values())
      if (at >= cached.start && at < cached.start + cached.bytes.length) return cached;
    const row = holding.get(at, low);
    if (row === undefined || at >= row.start + row.size) return null;
    const bytes = row.packed === 1 ? zstdDecompressSync(row.data, { chunkSize: row.size + 64 }) : row.data;
    const found = { start: row.start, bytes };
    if (row.packed === 1) {
      if (cache.size >= CACHED_BLOCKS) cache.delete(cache.keys().next().value ?? 0);
      cache.set(row.start, found);
    }
    return found;
  }

  return {
    end: () => state().end,
    append(bytes, timeMs) {
      const { start, end } = state();
      if (bytes.length === 0) return end;
      if (end + bytes.length - start >= SEAL_BYTES) seal(bytes, timeMs);
      else {
        insert.run(end, bytes.length, 0, timeMs, bytes);
        open = { start, end: end + bytes.length };
      }
      return end;
    },
    appendPacked(packed, size) {
      if (state().end > state().start) seal(null, 0);
      const { end } = state();
      insert.run(end, size, 1, 0, packed);
      open = { start: end + size, end: end + size };
      return end;
    },
    read(start, size) {
      const parts: Buffer[] = [];
      let at = start;
      while (at < start + size) {
        const found = block(at);
        if (found === null) break;
        const part = found.bytes.subarray(at - found.start, start + size - found.start);
        parts.push(part);
        at += part.length;
      }
      return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
    },
    block,
    truncate(at) {
      const cut = holding.get(at, low);
      cache.clear();
      open = null;
      removeFrom.run(at, high);
      if (cut === undefined || at >= cut.start + cut.size) return;
      const bytes = cut.packed === 1 ? zstdDecompressSync(cut.data, { chunkSize: cut.size + 64 }) : cut.data;
      removeFrom.run(cut.start, high);
      if (at > cut.start) insert.run(cut.start, at - cut.start, 0, 0, bytes.subarray(0, at - cut.start));
    },
    blocks: (start, to) => {
      const first = holding.get(start, low);
      return list.all(first === undefined ? start : first.start, Math.min(to, high));
    },
    refresh() {
      open = null;
      cache.clear();
    },
  };
}
