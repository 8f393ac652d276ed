import type { StateRow } from "../model/batch.ts";
import type { AuditEvent, SshdEvent } from "../model/event.ts";
import { type Auid, epochMs, pid as pidOf, type Ses } from "../model/ids.ts";
import type { Session } from "../model/session.ts";
import { auditIds } from "../records/audit/accessors.ts";
import { baseName, nameOf } from "./audit-fact.ts";
import { type Elevation, type LoginFact, type SessionRow, UNSET } from "./rows.ts";
import { Table } from "./table.ts";

/** sshd's line and the kernel's LOGIN record of one login lie this close together (216 of 216 measured). */
const JOIN_MS = 5000;
/** Logins that no session claimed are kept this long: sources may lag by a minute. */
const UNCLAIMED_MS = 180_000;
/** How long after an event lines of another source may still come: a minute, and some. */
export const SETTLE_MS = 70_000;
const MOST_SESSIONS = 20_000;
const MOST_ELEVATIONS = 32;

const KINDS: Readonly<Record<string, SessionRow["kind"]>> = {
  sshd: "ssh",
  "sshd-session": "ssh",
  cron: "cron",
  crond: "cron",
  atd: "cron",
  login: "local",
  gdm: "local",
  lightdm: "local",
  sddm: "local",
};
const ELEVATES = new Set(["sudo", "su", "doas", "pkexec", "runuser"]);

/** Logins and jobs by the kernel's session number, joined with sshd's log by pid, kept after their end. */
export class Sessions {
  readonly #rows: Table<SessionRow>;
  readonly #logins: Table<LoginFact>;
  readonly #bySes = new Map<number, SessionRow[]>();
  readonly #byPid = new Map<number, SessionRow[]>();
  readonly #loginsByPid = new Map<number, LoginFact[]>();
  readonly #changed = new Set<SessionRow>();
  #clockMs = 0;

  constructor(state: readonly StateRow[]) {
    this.#rows = new Table("session", state);
    this.#logins = new Table("login", state);
    for (const row of this.#rows.values()) this.#index(row);
    for (const login of this.#logins.values()) push(this.#loginsByPid, login.pid, login);
  }

  /** The time of reading. */
  set clockMs(nowMs: number) {
    this.#clockMs = Math.max(this.#clockMs, nowMs);
  }
  /** Nothing can be learnt of its login any more: its line is there, or would have come by now. */
  isKnown(row: SessionRow): boolean {
    if (row.login !== null || row.kind === "cron" || row.kind === "local") return true;
    return this.#clockMs - row.openedMs > SETTLE_MS;
  }

  /** Sessions that changed since the last call. */
  takeChanged(): SessionRow[] {
    const rows = [...this.#changed];
    this.#changed.clear();
    return rows;
  }
  drain(): StateRow[] {
    return [...this.#rows.drain(), ...this.#logins.drain()];
  }
  get(id: string): SessionRow | undefined {
    return this.#rows.get(id);
  }

  /** The session that had this number at this time (numbers begin anew at boot); null for the unset number. */
  at(ses: number | null, timeMs: number): SessionRow | null {
    if (ses === null || ses === UNSET) return null;
    return latest(this.#bySes.get(ses), timeMs + 50);
  }

  /** The session that this process led, or that it raised privileges in, at this time. */
  ofProcess(pid: number, timeMs: number): SessionRow | null {
    return latest(this.#byPid.get(pid), timeMs + JOIN_MS);
  }

  /** As {@link at}; a session that began before we looked is made up from what its events say. */
  seenIn(
    event: AuditEvent,
    ses: number | null,
    auid: number | null,
    user: string | null,
    nowMs: number,
  ): SessionRow | null {
    if (ses === null || ses === UNSET) return null;
    return this.at(ses, event.timeMs) ?? this.#open(event, ses, auid, user, nowMs);
  }

  /** Reads the records that begin, end and describe sessions; true where the event was one. */
  audit(event: AuditEvent, nowMs: number): void {
    for (const record of event.records) {
      const { type, fields, enriched } = record;
      if (type === "LOGIN") this.#login(event, record.fields, nameOf(enriched["AUID"]), nowMs);
      else if (type === "SYSTEM_BOOT" || type === "SYSTEM_SHUTDOWN") this.#endAll(event.timeMs);
      else if (type.startsWith("USER_"))
        this.#userSpace(event, type, fields, nameOf(enriched["AUID"]), nowMs);
    }
  }

  #login(
    event: AuditEvent,
    fields: Readonly<Record<string, string>>,
    user: string | null,
    nowMs: number,
  ): void {
    const [ses, pid] = [numberOf(fields["ses"]), numberOf(fields["pid"])];
    if (ses === null || ses === UNSET) return;
    const known = this.at(ses, event.timeMs);
    const isAgain = known !== null && known.hasStart && known.pid === pid;
    // The same number from another process is another boot's session.
    const row =
      known !== null && (isAgain || (!known.hasStart && known.endMs === null))
        ? known
        : this.#open(event, ses, numberOf(fields["auid"]), user, nowMs);
    const exe = event.records.find((record) => record.type === "SYSCALL")?.fields["exe"];
    row.hasStart = true;
    // PAM's record, which is complete at once, may overtake LOGIN, which has several.
    row.startMs = Math.min(row.startMs, event.timeMs);
    row.auid = numberOf(fields["auid"]) ?? row.auid;
    row.user ??= user;
    if (exe !== undefined) row.kind = KINDS[baseName(exe)] ?? row.kind;
    if (pid !== null && row.pid !== pid) {
      row.pid = pid;
      push(this.#byPid, pid, row);
    }
    if (!isAgain) row.evidence = [{ source: "audit", serial: event.serial, ref: event.ref }];
    this.#join(row);
    this.#change(row, nowMs);
  }

  #userSpace(
    event: AuditEvent,
    type: string,
    fields: Readonly<Record<string, string>>,
    user: string | null,
    nowMs: number,
  ): void {
    const ids = auditIds(event);
    const row = this.seenIn(event, ids.ses, ids.auid, user, nowMs);
    if (row === null || ids.pid === null) return;
    const program = baseName(fields["exe"] ?? "");
    if (ELEVATES.has(program)) {
      this.#elevate(row, event, type, program, ids.pid, fields["cmd"] ?? null, nowMs);
      return;
    }
    if (type === "USER_START" && (row.pid === null || row.pid === ids.pid)) {
      row.kind = KINDS[program] ?? row.kind;
      if (row.pid === null) {
        row.pid = ids.pid;
        push(this.#byPid, ids.pid, row);
      }
      row.user = wordOf(fields["acct"]) ?? row.user;
      row.address ??= wordOf(fields["addr"]);
      row.tty ??= terminalOf(fields["terminal"]);
      this.#join(row);
      this.#change(row, nowMs);
    } else if (type === "USER_LOGIN" && row.pid === ids.pid && fields["res"] === "success") {
      const terminal = terminalOf(fields["terminal"]);
      if (terminal === null || terminal === row.tty) return;
      row.tty = terminal;
      this.#change(row, nowMs);
    } else if (type === "USER_END" && row.pid === ids.pid) {
      row.endMs = event.timeMs;
      this.#change(row, nowMs);
    }
  }

  #elevate(
    row: SessionRow,
    event: AuditEvent,
    type: string,
    program: string,
    pid: number,
    command: string | null,
    nowMs: number,
  ): void {
    const known = row.elevations.find((elevation) => elevation.pid === pid && elevation.endMs === null);
    if (type === "USER_END") {
      if (known === undefined) return;
      known.endMs = event.timeMs;
    } else if (type === "USER_CMD" || type === "USER_START") {
      if (known !== undefined) return;
      const elevation: Elevation = { program, pid, startMs: event.timeMs, endMs: null, command };
      row.elevations = [...row.elevations, elevation].slice(-MOST_ELEVATIONS);
      push(this.#byPid, pid, row);
    } else return;
    row.touchedMs = nowMs;
    this.#rows.touch(row.id);
  }

  /** A line of sshd's log: an accepted login, or a session's end where the audit log does not tell it. */
  sshd(event: SshdEvent, nowMs: number): void {
    if (event.outcome !== "accepted" || event.pid === null) return;
    const { ref, timeMs, user, address, port, method, key, pid, raw } = event;
    if (this.#logins.has(ref)) return;
    const login = { ref, line: raw, timeMs, user, address, port, method, key, pid, touchedMs: nowMs };
    this.#logins.set(ref, login);
    push(this.#loginsByPid, pid, login);
    for (const row of this.#byPid.get(pid) ?? [])
      if (row.pid === pid && Math.abs(row.startMs - timeMs) <= JOIN_MS && this.#join(row))
        this.#change(row, nowMs);
  }

  /**
   * Finds the login line of a session: same pid, within five seconds, and nothing that PAM said against it (anybody
   * may write to syslog under sshd's name and pid). @returns true where that changed the session.
   */
  #join(row: SessionRow): boolean {
    if (row.pid === null || !row.hasStart) return false;
    const fitting = (this.#loginsByPid.get(row.pid) ?? []).filter(
      (login) =>
        Math.abs(row.startMs - login.timeMs) <= JOIN_MS &&
        (row.user === null || login.user === row.user) &&
        (row.address === null || login.address === null || sameAddress(row.address, login.address)),
    );
    const distance = (login: LoginFact): number => Math.abs(row.startMs - login.timeMs);
    const best = fitting.sort((a, b) => distance(a) - distance(b) || (a.ref < b.ref ? -1 : 1))[0] ?? null;
    if (best?.ref === row.login?.ref) return false;
    row.login = best;
    if (best !== null) row.kind = "ssh";
    return true;
  }

  #open(event: AuditEvent, ses: number, auid: number | null, user: string | null, nowMs: number): SessionRow {
    const row: SessionRow = {
      id: `${ses}:${event.timeMs}`,
      ses,
      auid,
      kind: "unknown",
      user,
      address: null,
      tty: null,
      pid: null,
      startMs: event.timeMs,
      endMs: null,
      hasStart: false,
      login: null,
      elevations: [],
      evidence: [{ source: "audit", serial: event.serial, ref: event.ref }],
      openedMs: nowMs,
      touchedMs: nowMs,
    };
    this.#rows.set(row.id, row);
    push(this.#bySes, ses, row);
    this.#change(row, nowMs);
    if (this.#rows.size > MOST_SESSIONS) this.#forgetOldest();
    return row;
  }

  #change(row: SessionRow, nowMs: number): void {
    row.touchedMs = nowMs;
    this.#rows.touch(row.id);
    this.#changed.add(row);
  }

  #index(row: SessionRow): void {
    push(this.#bySes, row.ses, row);
    if (row.pid !== null) push(this.#byPid, row.pid, row);
    for (const { pid } of row.elevations) push(this.#byPid, pid, row);
  }

  #endAll(timeMs: number): void {
    for (const row of this.#rows.values())
      if (row.endMs === null && row.startMs < timeMs) {
        row.endMs = timeMs;
        this.#change(row, row.touchedMs);
      }
  }

  /** Drops a tenth: the sessions that ended first, then those that began first. */
  #forgetOldest(): void {
    const rows = [...this.#rows.values()].sort(
      (a, b) => (a.endMs ?? Infinity) - (b.endMs ?? Infinity) || a.startMs - b.startMs,
    );
    for (const row of rows.slice(0, MOST_SESSIONS / 10)) {
      this.#rows.delete(row.id);
      drop(this.#bySes, row.ses, row);
      if (row.pid !== null) drop(this.#byPid, row.pid, row);
      for (const { pid } of row.elevations) drop(this.#byPid, pid, row);
    }
  }

  /** Drops login lines that were claimed, or that nobody claimed in time. */
  forget(nowMs: number): void {
    for (const login of this.#logins.values()) {
      if (nowMs - login.touchedMs <= UNCLAIMED_MS) continue;
      this.#logins.delete(login.ref);
      drop(this.#loginsByPid, login.pid, login);
    }
  }
}

/** A session as the store and people know it. */
export function sessionOf(row: SessionRow): Session {
  const { login } = row;
  return {
    id: row.id,
    kind: row.kind,
    ses: row.ses as Ses,
    auid: row.auid as Auid | null,
    user: login?.user ?? row.user,
    address: login?.address ?? row.address,
    port: login?.port ?? null,
    method: login?.method ?? null,
    key: login?.key ?? null,
    tty: row.tty,
    pid: row.pid === null ? null : pidOf(row.pid),
    startMs: epochMs(row.startMs),
    endMs: row.endMs === null ? null : epochMs(row.endMs),
    evidence:
      login === null
        ? row.evidence
        : [...row.evidence, { source: "sshd", line: login.line, ref: login.ref as never }],
  };
}

function latest(rows: readonly SessionRow[] | undefined, timeMs: number): SessionRow | null {
  let best: SessionRow | null = null;
  for (const row of rows ?? [])
    if (row.startMs <= timeMs && (best === null || row.startMs >= best.startMs)) best = row;
  return best;
}

/** Without a terminal PAM has the service's name there (`ssh`, `cron`). */
const terminalOf = (text: string | undefined): string | null =>
  text !== undefined && /^(\/dev\/)?(pts|tty|console)/.test(text) ? text : null;

/** PAM prints `?` for what it does not know. */
const wordOf = (text: string | undefined): string | null =>
  text === undefined || text === "?" || text === "(null)" || text === "" ? null : text;

function numberOf(text: string | undefined): number | null {
  if (text === "-1") return UNSET;
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= UNSET ? Number(text) : null;
}

/** sshd prints a mapped IPv4 address plainly, PAM may not. */
const sameAddress = (a: string, b: string): boolean =>
  a.replace(/^::ffff:/, "") === b.replace(/^::ffff:/, "");

function push<Key, Row>(map: Map<Key, Row[]>, key: Key, row: Row): void {
  const rows = map.get(key);
  if (rows === undefined) map.set(key, [row]);
  else if (!rows.includes(row)) rows.push(row);
}

function drop<Key, Row>(map: Map<Key, Row[]>, key: Key, row: Row): void {
  const rest = (map.get(key) ?? []).filter((other) => other !== row);
  if (rest.length === 0) map.delete(key);
  else map.set(key, rest);
}
