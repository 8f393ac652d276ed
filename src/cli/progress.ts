import type { Terminal } from "./command.ts";

const QUIET_MS = 1000;
const STEP_MS = 100;

/** Says how far a long command has come. */
export interface Progress extends Disposable {
  /** @param share 0 to 1; @param detail what is being looked at. */
  tell(share: number, detail: string): void;
}

/** A line that changes on a terminal's standard error, for what takes more than a second; nothing in a pipe. */
export function openProgress({ err, isTerminal }: Terminal, verb: string): Progress {
  const startedMs = performance.now();
  let toldMs = startedMs + QUIET_MS - STEP_MS;
  let isShown = false;
  return {
    tell(share, detail) {
      const nowMs = performance.now();
      if (!isTerminal || nowMs - toldMs < STEP_MS) return;
      toldMs = nowMs;
      isShown = true;
      const percent = Math.max(0, Math.min(100, Math.floor(share * 100)));
      err.write(`\r\x1b[K${verb} … ${percent} %  ${detail}`);
    },
    [Symbol.dispose]() {
      if (isShown) err.write("\r\x1b[K");
    },
  };
}
