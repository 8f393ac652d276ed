import type { StateRow } from "../../model/batch.ts";

/** A running program as rules need it of a parent. Texts are latin1. */
export interface ProcessFacts {
  readonly exe: string;
  readonly commandLine: string;
  readonly ppid: number;
}

/** Pids below this bound of live programs on a busy host; the oldest exec is forgotten first. */
const MOST_PROCESSES = 8192;
const LONGEST_COMMAND = 2048;
const DEEPEST = 32;
const PREFIX = "process:";

/**
 * The programs by pid, as far as they were seen to start (or were running when the daemon began): who the parent of a
 * new program is, and what stands above it. A pid's next exec replaces what it was.
 */
export class ProcessTable {
  readonly #byPid = new Map<number, ProcessFacts>();
  readonly #changed = new Set<number>();

  /** Takes up rows of an earlier run, oldest first. */
  restore(rows: readonly StateRow[]): void {
    for (const { key, json } of rows)
      if (key.startsWith(PREFIX) && json !== null)
        this.#byPid.set(Number(key.slice(PREFIX.length)), JSON.parse(json) as ProcessFacts);
  }

  learn(pid: number, facts: ProcessFacts): void {
    this.#byPid.delete(pid);
    this.#byPid.set(pid, { ...facts, commandLine: facts.commandLine.slice(0, LONGEST_COMMAND) });
    this.#changed.add(pid);
    if (this.#byPid.size <= MOST_PROCESSES) return;
    const [oldest] = this.#byPid.keys();
    if (oldest === undefined) return;
    this.#byPid.delete(oldest);
    this.#changed.add(oldest);
  }

  find(pid: number): ProcessFacts | null {
    return this.#byPid.get(pid) ?? null;
  }

  /** From the parent upwards, as far as it is known. */
  ancestors(ppid: number): readonly ProcessFacts[] {
    const chain: ProcessFacts[] = [];
    const seen = new Set<number>();
    for (let pid = ppid; chain.length < DEEPEST && !seen.has(pid); ) {
      seen.add(pid);
      const facts = this.find(pid);
      if (facts === null) break;
      chain.push(facts);
      pid = facts.ppid;
    }
    return chain;
  }

  drain(): readonly StateRow[] {
    const rows = [...this.#changed].map((pid): StateRow => {
      const facts = this.#byPid.get(pid);
      return {
        stage: "findings",
        key: `${PREFIX}${pid}`,
        json: facts === undefined ? null : JSON.stringify(facts),
      };
    });
    this.#changed.clear();
    return rows;
  }
}
