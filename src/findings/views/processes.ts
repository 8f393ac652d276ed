import type { StateRow } from "../../model/batch.ts";

/** A running program as rules need it of a parent. Texts are latin1. */
export interface ProcessFacts {
  readonly exe: string;
  readonly commandLine: string;
  readonly ppid: number;
  /** The login's session as the log prints it; absent where nothing said it. */
  readonly ses?: string | undefined;
}

/** Pids below this bound of live programs on a busy host; the oldest exec is forgotten first. */
const MOST_PROCESSES = 8192;
const LONGEST_COMMAND = 2048;
const DEEPEST = 32;
const PREFIX = "process:";
/** The kernel's "no session". */
const NO_SESSION = "4294967295";
/** They have no session themselves and begin one for what they start. */
const BEGINS_SESSIONS =
  /(?:^|\/)(?:sshd(?:-session)?|login|cron|crond|atd|systemd|su|sudo|[gsx]dm[\w-]*|lightdm)$/;

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

  /**
   * The program with this pid, for one of its session: ends are not logged and numbers come back, so another session's
   * program is another program, unless it is one that begins sessions.
   */
  find(pid: number, ses: string | undefined): ProcessFacts | null {
    const facts = this.#byPid.get(pid);
    if (facts === undefined) return null;
    const isKin =
      facts.ses === undefined ||
      ses === undefined ||
      facts.ses === ses ||
      (facts.ses === NO_SESSION && BEGINS_SESSIONS.test(facts.exe));
    return isKin ? facts : null;
  }

  /** From the parent upwards, as far as it is known. @param ses the session of the program below. */
  ancestors(ppid: number, ses: string | undefined): readonly ProcessFacts[] {
    let session = ses;
    const chain: ProcessFacts[] = [];
    const seen = new Set<number>();
    for (let pid = ppid; chain.length < DEEPEST && !seen.has(pid); ) {
      seen.add(pid);
      const facts = this.find(pid, session);
      if (facts === null) break;
      chain.push(facts);
      session = facts.ses ?? session;
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
