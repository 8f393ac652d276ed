/** Ends waits early. Whoever adds to the outbox calls `wake`; each worker waits with `wait`. */
export interface Wake {
  wake(): void;
  /** Resolves after `ms`, at the next `wake`, or when `signal` aborts; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  const waiting = new Set<() => void>();
  return {
    wake() {
      for (const end of waiting) end();
    },
    wait(ms, signal) {
      if (signal.aborted) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener("abort", end, { once: true });
      waiting.add(end);
      return promise;
    },
  };
}
