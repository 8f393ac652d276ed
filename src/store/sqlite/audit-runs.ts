import { ColumnSpace, everyIndex, type OpenChunk, type Selector } from "./audit-select.ts";

/** Events of one chunk, by time and serial. */
export interface ChunkRun {
  readonly chunk: OpenChunk;
  /** Places in the chunk's columns. */
  readonly rows: Uint32Array;
}

/** Rows of one chunk that are to be given out, in order. */
interface Queue {
  readonly chunk: OpenChunk;
  readonly order: Uint32Array;
  readonly times: Float64Array;
  next: number;
}

/** Selected events by time and serial. Merges the chunks: only those whose times overlap are held at once. */
export function* mergedRuns(selector: Selector): Generator<ChunkRun> {
  const zones = selector.zones().toSorted((a, b) => a.minTime - b.minTime);
  let queues: Queue[] = [];
  const spaces = new ColumnSpace();
  let opened = 0;
  for (;;) {
    const best = firstOf(queues);
    const nextMin = zones[opened]?.minTime ?? Infinity;
    if (best !== null && timeAt(best, best.next) < nextMin) {
      const end = endOfRun(best, queues, nextMin);
      const rows = best.order.subarray(best.next, end);
      best.next = end;
      if (end === best.order.length) queues = queues.filter((queue) => queue !== best);
      yield { chunk: best.chunk, rows };
      if (end === best.order.length) best.chunk.close();
    } else if (opened < zones.length) {
      const zone = zones[opened++];
      if (zone === undefined) continue;
      const chunk = selector.open(zone, spaces);
      const rows = selector.rows(chunk);
      if (rows !== null) chunk.narrow(rows);
      if (rows?.length === 0) chunk.close();
      else queues.push(queueOf(chunk, rows));
    } else if (best === null) return;
  }
}

/** Serials are decoded when two events of the same time are compared: a question for few events seldom meets such. */
const serialOf = (chunk: OpenChunk, place: number): number => chunk.column("serial")[place] ?? 0;

const timeAt = ({ times, order }: Queue, at: number): number => times[order[at] ?? 0] ?? 0;

/** True where the event at `at` of one queue comes before that at `bt` of another. */
function isBefore(a: Queue, at: number, b: Queue, bt: number): boolean {
  const byTime = timeAt(a, at) - timeAt(b, bt);
  if (byTime !== 0) return byTime < 0;
  return serialOf(a.chunk, a.order[at] ?? 0) < serialOf(b.chunk, b.order[bt] ?? 0);
}

/** The queue whose next row is the first in time and serial; of equal ones the first queue. */
function firstOf(queues: readonly Queue[]): Queue | null {
  let best: Queue | null = null;
  for (const queue of queues) if (best === null || isBefore(queue, queue.next, best, best.next)) best = queue;
  return best;
}

/** How far `best` may be given out before another queue or chunk has an earlier event. */
function endOfRun(best: Queue, queues: readonly Queue[], nextMin: number): number {
  const { length } = best.order;
  const place = queues.indexOf(best);
  let end = best.next + 1;
  if (queues.length === 1 && timeAt(best, length - 1) < nextMin) return length;
  while (
    end < length &&
    timeAt(best, end) < nextMin &&
    queues.every(
      (queue, at) =>
        queue === best ||
        (at < place ? isBefore(best, end, queue, queue.next) : !isBefore(queue, queue.next, best, end)),
    )
  )
    end++;
  return end;
}

/** Sorted by insertion: lines are nearly in order of time. */
function queueOf(chunk: OpenChunk, rows: Uint32Array | null): Queue {
  const times = chunk.column("time");
  const order = rows ?? everyIndex(times.length);
  const isLater = (a: number, b: number): boolean => {
    const byTime = (times[a] ?? 0) - (times[b] ?? 0);
    return byTime > 0 || (byTime === 0 && (serialOf(chunk, a) - serialOf(chunk, b) || a - b) > 0);
  };
  const mostMoves = order.length * 16;
  let moves = 0;
  for (let at = 1; at < order.length && moves <= mostMoves; at++) {
    const index = order[at] as number;
    let to = at;
    for (; to > 0 && isLater(order[to - 1] as number, index); to--) order[to] = order[to - 1] as number;
    order[to] = index;
    moves += at - to;
  }
  if (moves > mostMoves) order.sort((a, b) => (isLater(a, b) ? 1 : -1));
  return { chunk, order, times, next: 0 };
}
