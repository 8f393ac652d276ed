import { epochMs } from "../model/ids.ts";
import type { SourceHealth, SourceName } from "../model/line.ts";
import type { Clock } from "../ports/source.ts";

/** Keeps a source's health up to date: what it is called with last is what people see. */
export interface HealthRecord {
  up(detail: string): void;
  /** @param mend one command that a person can paste; null where there is none. */
  down(detail: string, mend: string | null): void;
  /** Counts what was given on. */
  count(lines: number, bytes: number): void;
  current(): SourceHealth;
}

/** A new record in state `starting`. `sinceMs` moves only when the state changes. */
export function openHealth(source: SourceName, clock: Clock): HealthRecord {
  let now: SourceHealth = {
    source,
    state: "starting",
    sinceMs: epochMs(clock.now()),
    detail: "not opened yet",
    mend: null,
    lines: 0,
    bytes: 0,
    lastLineMs: null,
  };
  const turn = (state: SourceHealth["state"], detail: string, mend: string | null): void => {
    const sinceMs = state === now.state ? now.sinceMs : epochMs(clock.now());
    now = { ...now, state, sinceMs, detail, mend };
  };
  return {
    up: (detail) => turn("up", detail, null),
    down: (detail, mend) => turn("down", detail, mend),
    count(lines, bytes) {
      if (lines === 0) return;
      now = {
        ...now,
        lines: now.lines + lines,
        bytes: now.bytes + bytes,
        lastLineMs: epochMs(clock.now()),
      };
    },
    current: () => now,
  };
}
