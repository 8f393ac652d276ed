import type { Delivery, Outcome } from "../model/alert.ts";
import { type EpochMs, epochMs } from "../model/ids.ts";

const FIRST_MS = 5000;
const LONGEST_MS = 3_600_000;
/** A receiver may ask for patience, within reason. */
const LONGEST_ASKED_MS = 24 * 3_600_000;
/** Trying ends this long after the delivery was made; it is dead then, and shown. */
export const GIVE_UP_MS = 3 * 24 * 3_600_000;

const REASON_CHARS = 300;

/**
 * Full jitter: anything from nothing to a bound that doubles from 5 s to an hour, so that receivers that come back
 * are not met by everybody at once. At least a second. @param attempts made so far, from 1. @param random from 0 to 1.
 */
export function backoffMs(attempts: number, random: number): number {
  const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, 30));
  return Math.max(1000, Math.round(random * bound));
}

/** The delivery after one more attempt that ended so. */
export function afterAttempt(delivery: Delivery, outcome: Outcome, nowMs: EpochMs, random: number): Delivery {
  const attempts = delivery.attempts + 1;
  switch (outcome.kind) {
    case "delivered":
      return { ...delivery, attempts, state: "delivered", deliveredMs: outcome.atMs, lastError: null };
    case "rejected":
      return { ...delivery, attempts, state: "dead", lastError: outcome.reason.slice(0, REASON_CHARS) };
    case "retry": {
      const asked = Math.min(LONGEST_ASKED_MS, outcome.afterMs ?? 0);
      const nextMs = epochMs(nowMs + Math.max(asked, backoffMs(attempts, random)));
      const isTooLate = nextMs - delivery.createdMs > GIVE_UP_MS;
      const reason = outcome.reason.slice(0, REASON_CHARS);
      return isTooLate
        ? { ...delivery, attempts, state: "dead", lastError: `gave up after 3 days: ${reason}` }
        : { ...delivery, attempts, nextMs, lastError: reason };
    }
    default:
      return outcome satisfies never;
  }
}
