import { decodeColumn, encodeColumn } from "../../lib/column-codec.ts";
import { ABSENT } from "../../model/audit-columns.ts";
import { joinColumns, splitColumns } from "./audit-chunk.ts";

/** Runs of log that belong together, by offset in the stream, which rises; runs of one cluster are stored side by side. */
export interface Spans {
  readonly at: Float64Array;
  readonly size: Float64Array;
  /** From 1: 0 is all that no span covers. */
  readonly cluster: Uint32Array;
}

/** A stretch of log that is stored in another order than it was read in: its runs as the log has them. */
export interface Order {
  /** Where each run begins in the stretch, and where the last one ends. */
  readonly at: Float64Array;
  /** Where each run is stored in the stretch. */
  readonly to: Float64Array;
}

/** The runs of a stretch, one behind the other. */
interface Runs {
  readonly size: number[];
  readonly cluster: number[];
}

/** What no span covers is cut into runs of this many bytes, so that it never makes one overlong frame. */
const MAX_GAP = 64 * 1024;

function runsOf(start: number, size: number, { at, size: sizes, cluster }: Spans): Runs {
  const runs: Runs = { size: [], cluster: [] };
  const addGap = (bytes: number): void => {
    for (let left = bytes; left > 0; left -= MAX_GAP) {
      runs.size.push(Math.min(left, MAX_GAP));
      runs.cluster.push(0);
    }
  };
  const end = start + size;
  let place = start;
  for (let span = 0; span < at.length && place < end; span++) {
    const from = Math.max(place, at[span] as number);
    const to = Math.min(end, (at[span] as number) + (sizes[span] as number));
    if (to <= from) continue;
    if (from > place) addGap(from - place);
    runs.size.push(to - from);
    runs.cluster.push(cluster[span] as number);
    place = to;
  }
  addGap(end - place);
  return runs;
}

/**
 * How a stretch is stored: cluster by cluster, within one in the order of the log; and where its stored bytes are cut into
 * frames of whole runs, each of at least `frameBytes` but the last. Null where all is one cluster.
 */
export function orderOf(
  start: number,
  bytes: number,
  spans: Spans,
  frameBytes: number,
): { readonly order: Order; readonly frameEnds: readonly number[] } | null {
  const { size, cluster } = runsOf(start, bytes, spans);
  const count = size.length;
  const clusters = cluster.reduce((most, of) => Math.max(most, of), 0) + 1;
  // Runs by cluster, counted out.
  const next = new Uint32Array(clusters + 1);
  for (let run = 0; run < count; run++)
    next[(cluster[run] as number) + 1] = (next[(cluster[run] as number) + 1] as number) + 1;
  for (let of = 1; of <= clusters; of++) {
    if (next[of] === count) return null;
    next[of] = (next[of] as number) + (next[of - 1] as number);
  }
  const stored = new Uint32Array(count);
  for (let run = 0; run < count; run++) {
    const of = cluster[run] as number;
    stored[next[of] as number] = run;
    next[of] = (next[of] as number) + 1;
  }
  const at = new Float64Array(count + 1);
  for (let run = 0; run < count; run++) at[run + 1] = (at[run] as number) + (size[run] as number);
  const to = new Float64Array(count);
  const frameEnds: number[] = [];
  let end = 0;
  let frameStart = 0;
  for (let place = 0; place < count; place++) {
    const run = stored[place] as number;
    to[run] = end;
    end += size[run] as number;
    if (end - frameStart < frameBytes && place < count - 1) continue;
    frameEnds.push(end);
    frameStart = end;
  }
  return { order: { at, to }, frameEnds };
}

/** Puts the log's bytes, which lie in `pieces` one behind the other, into `space` in the order in which they are stored. */
export function permute(pieces: Iterable<Uint8Array>, { at, to }: Order, space: Uint8Array): void {
  let pieceStart = 0;
  let run = 0;
  for (const piece of pieces) {
    const pieceEnd = pieceStart + piece.length;
    for (; run < to.length; run++) {
      const from = Math.max(at[run] as number, pieceStart);
      const end = Math.min(at[run + 1] as number, pieceEnd);
      if (end > from)
        space.set(
          piece.subarray(from - pieceStart, end - pieceStart),
          (to[run] as number) + from - (at[run] as number),
        );
      if ((at[run + 1] as number) > pieceEnd) break;
    }
    pieceStart = pieceEnd;
  }
}

const AT = 0;
const TO = 1;
export const encodeOrder = ({ at, to }: Order): Buffer =>
  joinColumns(
    new Map([
      [AT, encodeColumn(at, ABSENT, true)],
      [TO, encodeColumn(to, ABSENT, false)],
    ]),
  );

/** What {@link encodeOrder} wrote. @throws RangeError where the bytes are not that. */
export function decodeOrder(bytes: Buffer): Order {
  const columns = splitColumns(bytes);
  const column = (code: number): Float64Array => {
    const coded = columns.get(code);
    return coded === undefined ? new Float64Array(0) : decodeColumn(coded, ABSENT);
  };
  const order = { at: column(AT), to: column(TO) };
  if (order.at.length !== order.to.length + 1)
    throw new RangeError(`${order.to.length} runs have ${order.at.length} boundaries`);
  return order;
}

/** The run that holds a place of the stretch; `hint` is where it is looked for first. */
export function runAt({ at, to }: Order, place: number, hint: number): number {
  for (let run = hint; run < hint + 2 && run < to.length; run++)
    if (place >= (at[run] as number) && place < (at[run + 1] as number)) return run;
  return lastAtMost(at, to.length, place);
}

/** Where the last of the first `count` values is that is at most this one; they rise. 0 where none is. */
export function lastAtMost(values: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
