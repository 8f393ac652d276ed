import { setTimeout as sleep } from "node:timers/promises";

/** Anything but "not yet". */
export type Truthy<T> = Exclude<T, undefined | null | false | 0 | "">;

/**
 * Asks until the answer is true, and gives it back. The deadline (default 30 s) only ends a failing test: it is no
 * statement about speed.
 * @throws Error that names `what`, with the last error of `ask` as its cause.
 */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  withinMs = 30_000,
): Promise<Truthy<T>> {
  const end = performance.now() + withinMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer as Truthy<T>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > end) throw new Error(`did not happen within ${withinMs} ms: ${what}`, { cause });
    await sleep(20);
  }
}
