import type { StateRow } from "../model/batch.ts";
import { type AuditFact, baseName } from "./audit-fact.ts";
import type { Processes } from "./processes.ts";
import type { ClientRow, SessionRow } from "./rows.ts";
import { isSameSession, UNSET } from "./rows.ts";
import type { Sessions } from "./sessions.ts";
import { Table } from "./table.ts";

/** Audit's clock is coarse: its stamps are up to 4 ms early and 4 ms apart, Docker's are exact. */
export const CONNECT_SLACK_MS = 10;
export const EXIT_SLACK_MS = 14;
/** A program whose exit we do not see may still use a connection this long after it connected. */
const OPAQUE_MS = 15_000;
/** A docker client whose exit we never saw (the rules were loaded meanwhile, the record was lost). */
const OPEN_MS = 3_600_000;
const KEPT_MS = 600_000;
const MOST_CLIENTS = 8000;
const MOST_CONNECTS = 64;
const MOST_EVIDENCE = 8;
const BUCKET_MS = 10_000;
const MOST_BUCKETS = 8;

const DOCKER_CLIENT = /^docker(-compose|-buildx)?$/;

/** The processes that talk to the API, found again by the time at which they could have called it. */
export class Clients {
  readonly #rows: Table<ClientRow>;
  readonly #byPid = new Map<number, ClientRow[]>();
  readonly #bySession = new Map<string, Set<ClientRow>>();
  readonly #buckets = new Map<number, Set<ClientRow>>();
  readonly #long = new Set<ClientRow>();
  readonly #bucketsOf = new Map<ClientRow, readonly [number, number] | null>();
  readonly #sessions: Sessions;
  readonly #processes: Processes;
  readonly #changed = new Set<ClientRow>();

  constructor(state: readonly StateRow[], sessions: Sessions, processes: Processes) {
    this.#rows = new Table("client", state);
    this.#sessions = sessions;
    this.#processes = processes;
    for (const row of this.#rows.values()) {
      this.#put(row);
      this.#reindex(row);
    }
  }
  drain(): StateRow[] {
    return this.#rows.drain();
  }
  takeChanged(): ClientRow[] {
    const rows = [...this.#changed];
    this.#changed.clear();
    return rows;
  }
  get(id: string): ClientRow | undefined {
    return this.#rows.get(id);
  }
  touch(row: ClientRow): void {
    this.#rows.touch(row.id);
  }

  /** Begins a client's life when the event is a docker client's exec. */
  exec(fact: AuditFact, session: SessionRow | null, nowMs: number): void {
    if (fact.pid === null || !fact.succeeded || !DOCKER_CLIENT.test(baseName(fact.exe))) return;
    const id = `${fact.pid}:${fact.serial}`;
    if (this.#rows.has(id)) return;
    const before = this.#last(fact.pid, fact.timeMs);
    if (before !== null && before.endMs === null) before.endMs = fact.timeMs;
    this.#add(id, fact, fact.argv, session, nowMs);
  }

  connect(fact: AuditFact, session: SessionRow | null, nowMs: number): void {
    if (fact.pid === null) return;
    let row = this.#last(fact.pid, fact.timeMs);
    const isItself =
      row !== null &&
      row.exe === fact.exe &&
      isSameSession(row.ses, fact.ses) &&
      (row.endMs === null || fact.timeMs <= row.endMs) &&
      (row.argv !== null || fact.timeMs - (row.connects.at(-1) ?? row.startMs) < OPEN_MS);
    if (row === null || !isItself) {
      const process = this.#processes.inSession(fact.pid, fact.ses);
      const argv = process?.exe === fact.exe ? process.argv : null;
      row = this.#add(`${fact.pid}:${fact.serial}`, fact, argv, session, nowMs);
    }
    row.title ??= fact.title;
    this.#proof(row, fact);
    if (fact.succeeded) row.connects = keptTimes([...row.connects, fact.timeMs].sort((a, b) => a - b));
    else row.denied++;
    this.#change(row, nowMs);
  }

  exit(fact: AuditFact, nowMs: number): void {
    if (fact.pid === null) return;
    const row = this.#last(fact.pid, fact.timeMs);
    if (row === null || row.endMs !== null || row.exe !== fact.exe) return;
    if (!isSameSession(row.ses, fact.ses)) return;
    row.endMs = fact.timeMs;
    this.#proof(row, fact);
    this.#change(row, nowMs);
  }

  ofSession(id: string): Iterable<ClientRow> {
    return this.#bySession.get(id) ?? [];
  }

  /** Those that could have made a call that ended in an event at this time. In the order of their start. */
  aliveAt(timeMs: number): ClientRow[] {
    const near = this.#buckets.get(Math.floor(timeMs / BUCKET_MS)) ?? [];
    return [...near, ...this.#long].filter((row) => this.isAlive(row, timeMs)).sort(byStart);
  }

  isAlive(row: ClientRow, timeMs: number): boolean {
    const first = row.connects[0];
    if (first === undefined || first > timeMs + CONNECT_SLACK_MS) return false;
    if (row.endMs !== null) return row.endMs >= timeMs - EXIT_SLACK_MS;
    const last = lastBefore(row.connects, timeMs + CONNECT_SLACK_MS) ?? first;
    if (isDockerClient(row)) return timeMs - last < OPEN_MS;
    const sessionEnd = row.sessionId === null ? null : (this.#sessions.get(row.sessionId)?.endMs ?? null);
    if (sessionEnd !== null && last < sessionEnd && timeMs > sessionEnd + EXIT_SLACK_MS) return false;
    return timeMs - last < OPAQUE_MS;
  }

  /** The span in which the client may be behind events, slack included. */
  spanOf(row: ClientRow): readonly [number, number] | null {
    const [first] = row.connects;
    if (first === undefined) return null;
    const last = row.connects.at(-1) ?? first;
    const end = row.endMs ?? last + (isDockerClient(row) ? OPEN_MS : OPAQUE_MS);
    return [first - CONNECT_SLACK_MS, end + EXIT_SLACK_MS];
  }

  /** Drops clients that nothing new was heard of for ten minutes, but those that may still be running. */
  forget(nowMs: number): void {
    const isOver = (row: ClientRow): boolean => {
      const idleMs = nowMs - row.touchedMs;
      return idleMs > OPEN_MS || (idleMs > KEPT_MS && (row.endMs !== null || !isDockerClient(row)));
    };
    for (const row of this.#rows.values()) if (isOver(row)) this.#remove(row);
    if (this.#rows.size <= MOST_CLIENTS) return;
    const oldest = [...this.#rows.values()].sort((a, b) => a.touchedMs - b.touchedMs || byStart(a, b));
    for (const row of oldest.slice(0, this.#rows.size - MOST_CLIENTS)) this.#remove(row);
  }

  #add(
    id: string,
    fact: AuditFact,
    argv: readonly string[] | null,
    session: SessionRow | null,
    nowMs: number,
  ): ClientRow {
    const link = this.#processes.linkOf(fact);
    const row: ClientRow = {
      id,
      pid: fact.pid ?? 0,
      ppid: fact.ppid,
      ses: fact.ses === UNSET ? null : fact.ses,
      sessionId: session?.id ?? null,
      auid: fact.auid === UNSET ? null : fact.auid,
      uid: fact.uid,
      user: fact.user,
      exe: fact.exe,
      argv,
      title: fact.title,
      startMs: fact.timeMs,
      endMs: null,
      connects: [],
      denied: 0,
      link,
      isOrphan: link === null && session === null && !this.#processes.isKnown(fact.ppid, fact.ses),
      execGuesses: link?.viaShim === true ? this.#processes.execsBefore(link.container, fact.timeMs) : [],
      via: this.#via(fact, session),
      evidence: [],
      uses: [],
      touchedMs: nowMs,
    };
    this.#proof(row, fact);
    this.#rows.set(id, row);
    this.#put(row);
    this.#change(row, nowMs);
    return row;
  }

  /** The way from the session to this process: what raised its privileges, and ancestors whose exec was seen. */
  #via(fact: AuditFact, session: SessionRow | null): string[] {
    const program = baseName(fact.exe);
    const open = (session?.elevations ?? []).filter(
      ({ startMs, endMs }) => startMs <= fact.timeMs && (endMs === null || endMs >= fact.timeMs),
    );
    const ancestors: string[] = [];
    let pid = fact.ppid;
    let isRaised = false;
    for (let depth = 0; depth < 16 && pid !== null; depth++) {
      const raised = open.find((elevation) => elevation.pid === pid);
      const process = this.#processes.inSession(pid, fact.ses);
      if (raised !== undefined) isRaised = true;
      const name = raised?.program ?? (process === undefined ? null : baseName(process.exe));
      if (name !== null && process?.link == null && name !== ancestors[0]) ancestors.unshift(name);
      pid = process?.ppid ?? null;
    }
    // With use_pty sudo's child is not the parent of what it runs: then the changed user tells.
    const isOther = fact.uid !== null && fact.auid !== null && fact.uid !== fact.auid;
    const raised = isRaised || !isOther ? [] : open.map((elevation) => elevation.program);
    const head = session === null || session.kind === "unknown" ? [] : [PROGRAM_OF[session.kind]];
    const names = [...head, ...raised, ...ancestors, program].map((name) =>
      name === "sshd-session" ? "sshd" : name,
    );
    return names.filter((name, at) => name !== names[at - 1]);
  }

  #proof(row: ClientRow, fact: AuditFact): void {
    if (row.evidence.length >= MOST_EVIDENCE) row.evidence.splice(MOST_EVIDENCE / 2, 1);
    row.evidence.push({ source: "audit", serial: fact.serial, ref: fact.ref });
  }

  #change(row: ClientRow, nowMs: number): void {
    row.touchedMs = nowMs;
    this.#rows.touch(row.id);
    this.#changed.add(row);
    this.#reindex(row);
  }

  #last(pid: number, timeMs: number): ClientRow | null {
    let best: ClientRow | null = null;
    for (const row of this.#byPid.get(pid) ?? [])
      if (row.startMs <= timeMs && (best === null || row.startMs >= best.startMs)) best = row;
    return best;
  }

  #put(row: ClientRow): void {
    const rows = this.#byPid.get(row.pid);
    if (rows === undefined) this.#byPid.set(row.pid, [row]);
    else rows.push(row);
    if (row.sessionId === null) return;
    const ofSession = this.#bySession.get(row.sessionId) ?? new Set();
    ofSession.add(row);
    this.#bySession.set(row.sessionId, ofSession);
  }

  #reindex(row: ClientRow): void {
    this.#unindex(row);
    const span = this.spanOf(row);
    if (span === null) return;
    const [from, to] = [Math.floor(span[0] / BUCKET_MS), Math.floor(span[1] / BUCKET_MS)];
    if (to - from >= MOST_BUCKETS) {
      this.#long.add(row);
      this.#bucketsOf.set(row, null);
      return;
    }
    for (let bucket = from; bucket <= to; bucket++) {
      const rows = this.#buckets.get(bucket) ?? new Set();
      rows.add(row);
      this.#buckets.set(bucket, rows);
    }
    this.#bucketsOf.set(row, [from, to]);
  }

  #unindex(row: ClientRow): void {
    const span = this.#bucketsOf.get(row);
    this.#bucketsOf.delete(row);
    this.#long.delete(row);
    if (span === undefined || span === null) return;
    for (let bucket = span[0]; bucket <= span[1]; bucket++) {
      const rows = this.#buckets.get(bucket);
      rows?.delete(row);
      if (rows?.size === 0) this.#buckets.delete(bucket);
    }
  }

  #remove(row: ClientRow): void {
    this.#rows.delete(row.id);
    this.#unindex(row);
    const rest = (this.#byPid.get(row.pid) ?? []).filter((other) => other !== row);
    if (rest.length === 0) this.#byPid.delete(row.pid);
    else this.#byPid.set(row.pid, rest);
    if (row.sessionId === null) return;
    const ofSession = this.#bySession.get(row.sessionId);
    ofSession?.delete(row);
    if (ofSession?.size === 0) this.#bySession.delete(row.sessionId);
  }
}

const PROGRAM_OF = { ssh: "sshd", cron: "cron", local: "login", unknown: "" } as const;

/** Its exec and exit are audited, so that its life is exactly known. */
export const isDockerClient = (row: ClientRow): boolean =>
  row.argv !== null && DOCKER_CLIENT.test(baseName(row.exe));

const byStart = (a: ClientRow, b: ClientRow): number => a.startMs - b.startMs || (a.id < b.id ? -1 : 1);

/** The first and the latest: the first says since when, the latest which calls. */
function keptTimes(times: number[]): number[] {
  return times.length <= MOST_CONNECTS ? times : [times[0] ?? 0, ...times.slice(-(MOST_CONNECTS - 1))];
}

function lastBefore(times: readonly number[], timeMs: number): number | null {
  for (let at = times.length - 1; at >= 0; at--) {
    const time = times[at];
    if (time !== undefined && time <= timeMs) return time;
  }
  return null;
}
