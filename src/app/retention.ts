import { setImmediate as nextTurn } from "node:timers/promises";
import { schedule } from "node-cron";
import { epochMs } from "../model/ids.ts";
import type { Settings } from "../model/settings.ts";
import type { Clock } from "../ports/source.ts";
import type { Store } from "../ports/store.ts";
import type { Logger } from "./log.ts";

/** Local time, when nobody waits for anything. */
const NIGHTLY = "17 3 * * *";
const DAY_MS = 86_400_000;

/**
 * Drops what the configuration does not keep, in small steps between which turns go on, then tidies the file.
 * @returns how many steps it took.
 */
export async function retain(
  store: Pick<Store, "prune" | "tidy">,
  retention: Settings["retention"],
  nowMs: number,
  signal: AbortSignal,
): Promise<number> {
  let steps = 0;
  const bounds = {
    beforeMs: epochMs(nowMs - retention.days * DAY_MS),
    maxBytes: retention.maxSizeMiB * 2 ** 20,
  };
  while (!signal.aborted && store.prune(bounds, epochMs(nowMs))) {
    steps++;
    await nextTurn();
  }
  if (!signal.aborted) store.tidy();
  return steps;
}

/** Retention every night, until it is disposed of. */
export function scheduleRetention(
  store: Pick<Store, "prune" | "tidy">,
  retention: Settings["retention"],
  clock: Clock,
  log: Logger,
): Disposable {
  const ended = new AbortController();
  const task = schedule(NIGHTLY, async () => {
    try {
      const steps = await retain(store, retention, clock.now(), ended.signal);
      log.info({ steps }, "retention is done");
    } catch (error) {
      log.warn({ err: (error as Error).message }, "retention failed; it is tried again tomorrow");
    }
  });
  return {
    [Symbol.dispose]() {
      ended.abort();
      void task.destroy();
    },
  };
}
