import type { StateRow } from "../model/batch.ts";
import type { AuditEvent, SshdEvent } from "../model/event.ts";
import type { Attribution, Evidence } from "../model/session.ts";
import { auditIds, proctitle } from "../records/audit/accessors.ts";
import type { Person } from "./actors.ts";
import { type AuditFact, baseName } from "./audit-fact.ts";
import { expressPerson, shellWord } from "./expressions.ts";
import { type OpenRow, UNSET } from "./rows.ts";
import { Table } from "./table.ts";
import { Watch } from "./watch.ts";
import type { World } from "./world.ts";

const MOST_OPEN = 20_000;
const CLAIMS = new Set(["failed", "invalid-user", "max-attempts"]);

/** Who is behind audit and sshd events: their session, or their container's exec. Kept while more may become known. */
export class Onlookers {
  readonly #world: World;
  readonly #open: Table<OpenRow>;
  readonly #watch = new Watch();
  /** Events of this push that are forgotten again unless something rests on them. */
  readonly #passing = new Map<string, OpenRow>();

  constructor(world: World, state: readonly StateRow[]) {
    this.#world = world;
    this.#open = new Table("open", state);
    for (const row of this.#open.values()) this.#watch.set(row.ref, this.#say(row, false).watches);
  }
  drain(): StateRow[] {
    return this.#open.drain();
  }

  /** Begins a push: what was not followed since the last one is forgotten. */
  begin(): void {
    this.#passing.clear();
  }

  /** Null for what no login and no container has to do with. */
  audit(event: AuditEvent, nowMs: number): Attribution | null {
    const fact = this.#world.factOf(event);
    const { ses, pid, ppid } = fact ?? auditIds(event);
    const session = this.#world.sessions.at(ses, event.timeMs);
    const exe =
      fact?.exe ?? event.records.find((record) => record.fields["exe"] !== undefined)?.fields["exe"] ?? "";
    const link =
      session === null ? this.#world.processes.linkOf({ pid, ppid, ses, exe, timeMs: event.timeMs }) : null;
    if (session === null && link === null) return null;
    return this.#begin({
      ref: event.ref,
      timeMs: event.timeMs,
      arrivedMs: nowMs,
      sessionId: session?.id ?? null,
      link,
      guesses: link?.viaShim === true ? this.#world.processes.execsBefore(link.container, event.timeMs) : [],
      program: baseName(exe),
      pid: null,
      evidence: { source: "audit", serial: event.serial, ref: event.ref },
      command: commandOf(event, fact),
      attribution: null,
    });
  }

  sshd(event: SshdEvent, nowMs: number): Attribution | null {
    const evidence: Evidence = { source: "sshd", line: event.raw, ref: event.ref };
    if (CLAIMS.has(event.outcome)) return claimed(event, evidence);
    if (event.pid === null) return null;
    return this.#begin({
      ref: event.ref,
      timeMs: event.timeMs,
      arrivedMs: nowMs,
      sessionId: null,
      link: null,
      guesses: [],
      program: event.program,
      pid: event.pid,
      evidence,
      command: null,
      attribution: event.outcome === "accepted" ? accepted(event, evidence) : null,
    });
  }

  /** True for events whose attribution the store keeps whether or not a rule matched: logins, and what containers did. */
  isKept(event: AuditEvent | SshdEvent): boolean {
    return event.source === "sshd" ? event.outcome === "accepted" : !this.#passing.has(event.ref);
  }

  /** Something rests on these events of this push: they stay open while more may become known. @returns who is behind them. */
  follow(refs: Iterable<string>): Attribution[] {
    const followed: Attribution[] = [];
    for (const ref of refs) {
      const row = this.#passing.get(ref);
      if (row === undefined || row.attribution === null) continue;
      this.#passing.delete(ref);
      this.#keep(row, this.#say(row, false).watches);
      followed.push(row.attribution);
    }
    return followed;
  }

  /** @returns what these changes made of open rows. */
  resolve(keys: readonly string[]): Attribution[] {
    const changed: Attribution[] = [];
    for (const key of keys)
      for (const ref of Array.from(this.#watch.of(key))) {
        const row = this.#open.get(ref);
        if (row !== undefined && this.#again(row, false)) changed.push(row.attribution as Attribution);
      }
    return changed;
  }

  settle(beforeMs: number): Attribution[] {
    const changed: Attribution[] = [];
    for (const row of this.#open.values()) {
      const isForced = this.#open.size > MOST_OPEN;
      if (!isForced && row.arrivedMs > beforeMs) break;
      if (this.#again(row, true)) changed.push(row.attribution as Attribution);
      this.#close(row);
    }
    return changed;
  }

  #begin(row: OpenRow): Attribution | null {
    const { attribution, watches } = this.#say(row, false);
    if (attribution === null && row.pid === null) return null;
    row.attribution = attribution;
    // What a person did on the host follows from the session, at any time; in a container the exec decides, which goes.
    if (row.link === null && row.pid === null) this.#passing.set(row.ref, row);
    else this.#keep(row, watches);
    return attribution;
  }

  #keep(row: OpenRow, watches: readonly string[]): void {
    if (row.attribution?.final === true) return;
    this.#open.set(row.ref, row);
    this.#watch.set(row.ref, watches);
  }

  #again(row: OpenRow, settled: boolean): boolean {
    const { attribution, watches } = this.#say(row, settled);
    this.#watch.set(row.ref, watches);
    const isSame = JSON.stringify(attribution) === JSON.stringify(row.attribution);
    row.attribution = attribution;
    this.#open.touch(row.ref);
    if (attribution?.final === true) this.#close(row);
    return !isSame && attribution !== null;
  }

  #close(row: OpenRow): void {
    this.#open.delete(row.ref);
    this.#watch.delete(row.ref);
  }

  #say(row: OpenRow, settled: boolean): { attribution: Attribution | null; watches: readonly string[] } {
    const own = row.pid === null ? [] : [`p:${row.pid}`];
    const person = this.#personOf(row);
    if (person === null)
      return {
        attribution: row.attribution === null ? null : { ...row.attribution, final: settled },
        watches: own,
      };
    return {
      attribution: expressPerson(row.ref, person, row.evidence, row.command, settled),
      watches: [...person.watches, ...own],
    };
  }

  #personOf(row: OpenRow): Person | null {
    const { sessions, actors } = this.#world;
    if (row.link !== null && actors.isOver(row.link, row.timeMs)) return null;
    if (row.link !== null) return actors.ofProcess(row.link, row.guesses, row.timeMs, row.program);
    const session =
      row.sessionId !== null ? sessions.get(row.sessionId) : sessions.ofProcess(row.pid ?? UNSET, row.timeMs);
    if (session === undefined || session === null) return null;
    return actors.ofSession(
      session,
      [row.program].filter((name) => name !== ""),
    );
  }
}

function commandOf(event: AuditEvent, fact: AuditFact | null): string | null {
  const words = fact?.argv ?? null;
  if (words !== null) return words.map(shellWord).join(" ");
  const command = event.records.find((record) => record.type === "USER_CMD")?.fields["cmd"];
  return command ?? proctitle(event);
}

/** The line itself names who logged in; the session's number comes with the audit record. */
function accepted(event: SshdEvent, evidence: Evidence): Attribution {
  const { user, address, port, method, key } = event;
  return {
    ref: event.ref,
    actor: { user, address, port, method, key, ses: null, auid: null, via: ["sshd"] },
    origin: null,
    confidence: "exact",
    candidates: [],
    evidence: [evidence],
    command: null,
    end: null,
    final: false,
  };
}

/** Nobody logged in: the name is only what the peer claimed. */
function claimed(event: SshdEvent, evidence: Evidence): Attribution {
  const { user, address, port, method, key } = event;
  return {
    ref: event.ref,
    actor: { user, address, port, method, key, ses: null, auid: null, via: ["sshd"] },
    origin: null,
    confidence: null,
    candidates: [],
    evidence: [evidence],
    command: null,
    end: "not logged in: the name is only claimed",
    final: true,
  };
}
