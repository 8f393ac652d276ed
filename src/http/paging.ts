import { type EpochMs, epochMs } from "../model/ids.ts";
import type { List } from "./api.ts";

/** A bound on what is read: everything before `untilMs`, without the first `skip` rows of it. */
interface Cursor {
  readonly untilMs: EpochMs | null;
  readonly skip: number;
}

/** Rows of one moment that a cursor can step over; syslog's stamps are whole seconds, so a flood shares one. */
const MAX_SKIP = 9999;

function parseCursor(before: string | undefined): Cursor {
  if (before === undefined) return { untilMs: null, skip: 0 };
  const [time, skip] = before.split("_");
  return { untilMs: epochMs(Number(time)), skip: Number(skip ?? 0) };
}

/**
 * One page of a list that is read newest first. The cursor is `TIME_SKIP`: rows up to and including that time, without
 * the first SKIP of them, so that rows which share a time are neither repeated nor lost.
 * @param read gives the newest `limit` rows before `untilMs` (all where it is null), newest first.
 */
export function readPage<Row>(
  limit: number,
  before: string | undefined,
  read: (span: { readonly limit: number; readonly untilMs?: EpochMs }) => readonly Row[],
  timeOf: (row: Row) => EpochMs,
): List<Row> {
  const { untilMs, skip } = parseCursor(before);
  // The store's spans are half-open; a microsecond is finer than any stamp we keep.
  const until = untilMs === null ? {} : { untilMs: epochMs(untilMs + 0.001) };
  const found = read({ limit: limit + skip + 1, ...until });
  const rows = found.slice(skip, skip + limit);
  const last = rows.at(-1);
  if (last === undefined || found.length <= skip + limit) return { rows, next: null };
  const lastMs = timeOf(last);
  const sameTime = rows.filter((row) => timeOf(row) === lastMs).length;
  const nextSkip = lastMs === untilMs ? skip + sameTime : sameTime;
  return { rows, next: nextSkip > MAX_SKIP ? `${lastMs - 0.001}` : `${lastMs}_${nextSkip}` };
}
