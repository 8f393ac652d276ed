import { setTimeout as wait } from "node:timers/promises";

/** Waits `ms`, or until `signal` aborts; never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await wait(ms, undefined, { signal });
  } catch {
    // Aborted: the caller looks at the signal.
  }
}

/**
 * How long to wait before trying again: doubles from `firstMs` up to `mostMs`, of which the second half is random,
 * so that many hosts do not knock in step.
 * @param attempt 0 for the first retry.
 */
export function backoffMs(attempt: number, firstMs = 250, mostMs = 10_000): number {
  const whole = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 20));
  return whole / 2 + (Math.random() * whole) / 2;
}
