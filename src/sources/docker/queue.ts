import type { EventKey } from "./event-key.ts";
import type { Inspection } from "./inspection.ts";

/** One event on its way, waiting for its facts. */
export interface Pending {
  readonly raw: string;
  readonly key: EventKey | null;
  readonly inspection: Promise<Inspection>;
  readonly inferred: boolean;
}

/** Events in order between the daemon's stream and the one who pulls. Bounded: what does not fit is refused. */
export interface PendingQueue {
  /** @returns false where it is full. */
  push(pending: Pending): boolean;
  /** Nothing more will come; `error` is what the reading ended with. */
  end(error: unknown): void;
  /** The next event; null after the last. Waits for one. @throws what the reading ended with. */
  next(): Promise<Pending | null>;
  /** The next event where its facts are there already, so that a batch can be filled without waiting. */
  ready(): Pending | null;
  readonly isReady: boolean;
}

/** The daemon drops events for a client that does not read (moby pkg/pubsub: 1,024, then 100 ms), so they are taken in and kept here. */
const MOST_EVENTS = 16_384;
const MOST_BYTES = 16 * 1024 * 1024;

export function openPendingQueue(): PendingQueue {
  const items: { readonly pending: Pending; settled: boolean }[] = [];
  let bytes = 0;
  let ended = false;
  let failure: unknown = null;
  let wake: (() => void) | null = null;

  const shift = (): Pending | null => {
    const item = items.shift();
    if (item === undefined) return null;
    bytes -= item.pending.raw.length;
    return item.pending;
  };
  return {
    push(pending) {
      if (items.length >= MOST_EVENTS || bytes > MOST_BYTES) return false;
      const item = { pending, settled: false };
      void pending.inspection.then(() => {
        item.settled = true;
      });
      items.push(item);
      bytes += pending.raw.length;
      wake?.();
      return true;
    },
    end(error) {
      ended = true;
      failure = error;
      wake?.();
    },
    async next() {
      while (items.length === 0) {
        if (ended && failure !== null) throw failure;
        if (ended) return null;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = null;
      }
      return shift();
    },
    ready: () => (items[0]?.settled === true ? shift() : null),
    get isReady() {
      return items[0]?.settled === true;
    },
  };
}
