import { setTimeout as sleep } from "node:timers/promises";
import { epochMs } from "../model/ids.ts";
import type { LineBatch, Position, SourceName } from "../model/line.ts";
import type { Clock, Source } from "../ports/source.ts";
import type { Pipeline, Turn } from "./pipeline.ts";

export interface IntakeParts {
  readonly sources: readonly Source[];
  readonly positionOf: (source: SourceName) => Position | null;
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly onTurn: (turn: Turn, lines: readonly LineBatch[]) => void;
  readonly signal: AbortSignal;
}

/** How long the first batch of a turn waits for others: fewer commits, at a latency nobody notices. */
const GATHER_MS = 30;
/** While something waits for time to pass (an event's window, an alert's actor). */
const BUSY_TICK_MS = 25;
const IDLE_TICK_MS = 1000;
/** Ticks go on this long after the last line: alerts waiting for an actor are given out within it. */
const LINGER_MS = 1500;

interface Offer {
  readonly batch: LineBatch;
  readonly done: () => void;
}

/**
 * Pulls all sources and turns what they give into commits, one turn at a time, until `signal` aborts; ends with a last
 * turn. Each source has at most one batch under way: it is pulled again when that one is committed, which is the
 * backpressure. @throws what a turn throws (a full disk): nothing of that turn is lost, its lines are read again.
 */
export async function runIntake(parts: IntakeParts): Promise<void> {
  const { pipeline, clock, signal } = parts;
  const abort = new AbortController();
  const stop = AbortSignal.any([signal, abort.signal]);
  const offers: Offer[] = [];
  let wake = (): void => {};

  const follow = async (source: Source): Promise<void> => {
    for await (const batch of source.follow(parts.positionOf(source.name), stop)) {
      // Nobody takes offers any more; what is not committed is read again at the next start.
      if (stop.aborted) return;
      await new Promise<void>((done) => {
        offers.push({ batch, done });
        wake();
      });
      if (stop.aborted) return;
    }
  };
  const following = Promise.all(parts.sources.map(follow));
  // A source never throws by contract; if one does, the loop below must see it at once.
  let broken: { readonly error: unknown } | null = null;
  following.catch((error: unknown) => {
    broken = { error };
    wake();
  });

  let lastLineMs = clock.now();
  try {
    while (!stop.aborted) {
      if (offers.length === 0) {
        const isBusy = pipeline.isWaiting || clock.now() - lastLineMs < LINGER_MS;
        await nextOffer(isBusy ? BUSY_TICK_MS : IDLE_TICK_MS);
      } else await sleep(GATHER_MS, undefined, { signal: stop }).catch(() => {});
      if (broken !== null) throw (broken as { error: unknown }).error;
      turn();
    }
    // Batches that were offered before the stop are whole: commit them, then say so.
    turn();
  } finally {
    abort.abort();
    for (const { done } of offers) done();
    await following.catch(() => {});
  }

  function turn(): void {
    const taken = offers.splice(0);
    const nowMs = epochMs(clock.now());
    const lines = taken.map(({ batch }) => batch);
    if (lines.length > 0) lastLineMs = nowMs;
    try {
      parts.onTurn(lines.length > 0 ? pipeline.push(lines, nowMs) : pipeline.tick(nowMs), lines);
    } finally {
      // Also when it throws: a source that waits for ever could not be ended.
      for (const { done } of taken) done();
    }
  }

  async function nextOffer(ms: number): Promise<void> {
    const timer = new AbortController();
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    stop.addEventListener("abort", wake, { once: true, signal: timer.signal });
    await Promise.race([woken, sleep(ms, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
  }
}
