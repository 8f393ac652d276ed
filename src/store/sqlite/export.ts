import { type Db, openDatabase, storeError } from "./database.ts";
import { IMPORT_LOW, openRaw, type RawStream, STREAM_HIGH } from "./raw.ts";
import { openSegments } from "./segments.ts";

const NEWLINE = 10;
const STAMP = Buffer.from("audit(", "latin1");
/** A line's stamp stands near its beginning; what follows is a field's text. */
const STAMP_WITHIN_BYTES = 512;

/** The time of a line's stamp in milliseconds; null where it has none. */
export function stampOf(bytes: Buffer, start: number, end: number): number | null {
  const head = bytes.subarray(start, Math.min(end, start + STAMP_WITHIN_BYTES));
  const found = head.indexOf(STAMP);
  if (found < 0) return null;
  const match = /^(\d{1,14})\.(\d{3}):/.exec(head.toString("latin1", found + 6, found + 32));
  return match === null ? null : Number(match[1]) * 1000 + Number(match[2]);
}

/** The bytes of one segment, block by block. */
function* bytesOf(raw: RawStream, from: number, to: number): Generator<Buffer> {
  for (const { start, size } of raw.blocks(from, to)) {
    const begin = Math.max(from, start);
    const end = Math.min(to, start + size);
    if (end > begin) yield raw.read(begin, end - begin);
  }
}

/** Where each segment lies: up to the next one of its stream, or the stream's end. */
function extents(db: Db): [RawStream, number, number][] {
  const live = openRaw(db, "audit", 0, IMPORT_LOW);
  const imported = openRaw(db, "audit", IMPORT_LOW, STREAM_HIGH);
  const segments = openSegments(db).all();
  const sorted = segments.map(({ start }) => start).sort((a, b) => a - b);
  const ends = new Map(sorted.map((start, at) => [start, sorted[at + 1] ?? STREAM_HIGH]));
  return segments.map(({ start }) => {
    const raw = start < IMPORT_LOW ? live : imported;
    return [raw, start, Math.min(ends.get(start) ?? 0, raw.end())];
  });
}

/**
 * The audit bytes of a database, file by file in the order in which they were begun; with a span, whole lines whose
 * stamp lies in [sinceMs, untilMs), and a line without one where the line before it does. Reads one consistent view
 * through a connection of its own, so that a writer is neither seen half-way nor held up.
 */
export function* exportFrom(
  file: string,
  { sinceMs, untilMs }: { readonly sinceMs?: number; readonly untilMs?: number },
): Generator<Buffer> {
  const db = openDatabase(file, true);
  try {
    db.exec("BEGIN");
    for (const [raw, from, to] of extents(db))
      if (sinceMs === undefined && untilMs === undefined) yield* bytesOf(raw, from, to);
      else yield* linesOf(bytesOf(raw, from, to), sinceMs ?? -Infinity, untilMs ?? Infinity);
  } catch (error) {
    throw storeError(file, error);
  } finally {
    db.close();
  }
}

function* linesOf(blocks: Iterable<Buffer>, sinceMs: number, untilMs: number): Generator<Buffer> {
  let carry: Buffer = Buffer.alloc(0);
  let isIn = false;
  const isWithin = (time: number): boolean => time >= sinceMs && time < untilMs;
  for (const block of blocks) {
    const bytes = carry.length === 0 ? block : Buffer.concat([carry, block]);
    const whole = bytes.lastIndexOf(NEWLINE) + 1;
    carry = Buffer.from(bytes.subarray(whole));
    let keptFrom = isIn ? 0 : -1;
    for (let at = 0; at < whole; ) {
      const next = bytes.indexOf(NEWLINE, at) + 1;
      const time = stampOf(bytes, at, next);
      if (time !== null) isIn = isWithin(time);
      if (isIn && keptFrom < 0) keptFrom = at;
      if (!isIn && keptFrom >= 0) {
        if (at > keptFrom) yield bytes.subarray(keptFrom, at);
        keptFrom = -1;
      }
      at = next;
    }
    if (keptFrom >= 0 && whole > keptFrom) yield bytes.subarray(keptFrom, whole);
  }
  if (carry.length === 0) return;
  const time = stampOf(carry, 0, carry.length);
  if (time === null ? isIn : isWithin(time)) yield carry;
}
