import type { StateRow } from "../model/batch.ts";
import type { AuditEvent } from "../model/event.ts";
import { auditIds, exeOf, recordOf } from "../records/audit/accessors.ts";

/** This program: its binary (as the kernel names it, `/proc/self/exe`), its process id and when it started. */
export interface Self {
  readonly exe: string;
  readonly pid: number;
  readonly startedMs: number;
}

const KEY = "self";
const MOST_LIVES = 8;

/**
 * Tells this program's own acts from others', also those of its earlier lives that are still in the log. Binary AND
 * process id must agree: whoever runs the same binary for something else stays visible.
 */
export class OwnActivity {
  readonly #lives: Self[] = [];
  #isChanged = false;

  constructor(self: Self | null, rows: readonly StateRow[]) {
    const row = rows.find(({ key }) => key === KEY);
    if (row !== undefined && row.json !== null) this.#lives.push(...(JSON.parse(row.json) as Self[]));
    if (self === null || this.#lives.some(({ startedMs }) => startedMs === self.startedMs)) return;
    this.#lives.push(self);
    this.#lives.splice(0, this.#lives.length - MOST_LIVES);
    this.#isChanged = true;
  }

  covers(event: AuditEvent): boolean {
    if (this.#lives.length === 0) return false;
    const call = recordOf(event, "SYSCALL");
    if (call === null) return false;
    const exe = exeOf(call);
    const { pid } = auditIds(event);
    return this.#lives.some(
      (life, at) =>
        life.exe === exe &&
        life.pid === pid &&
        event.timeMs >= life.startedMs &&
        event.timeMs < (this.#lives[at + 1]?.startedMs ?? Number.POSITIVE_INFINITY),
    );
  }

  drain(): readonly StateRow[] {
    if (!this.#isChanged) return [];
    this.#isChanged = false;
    return [{ stage: "findings", key: KEY, json: JSON.stringify(this.#lives) }];
  }
}
