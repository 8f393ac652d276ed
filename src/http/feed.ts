import type { SourceName } from "../model/line.ts";
import type { Change, Feed } from "../ports/feed.ts";

/** A feed with the end that commits are told to. */
export interface OpenFeed extends Feed, Disposable {
  /** To be called after each commit. Costs next to nothing while nobody listens. */
  publish(change: Change): void;
}

/**
 * Joins the changes of many commits into few: the first goes out at once, what follows within `gatherMs` together.
 * A change of nothing is dropped.
 */
export function openFeed(gatherMs = 250): OpenFeed {
  const listeners = new Set<(change: Change) => void>();
  let timer: NodeJS.Timeout | null = null;
  let sources = new Set<SourceName>();
  let alerts = 0;

  function tell(): void {
    if (sources.size === 0 && alerts === 0) return;
    const change: Change = { sources: [...sources], alerts };
    sources = new Set();
    alerts = 0;
    for (const listener of listeners) listener(change);
    timer = setTimeout(() => {
      timer = null;
      tell();
    }, gatherMs);
    timer.unref();
  }

  return {
    publish(change) {
      if (listeners.size === 0) return;
      for (const source of change.sources) sources.add(source);
      alerts += change.alerts;
      if (timer === null) tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    [Symbol.dispose]() {
      if (timer !== null) clearTimeout(timer);
      listeners.clear();
    },
  };
}
