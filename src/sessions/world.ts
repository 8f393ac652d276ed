import type { StateRow } from "../model/batch.ts";
import type { AuditEvent } from "../model/event.ts";
import { Actors } from "./actors.ts";
import { type AuditFact, auditFact } from "./audit-fact.ts";
import { Cases } from "./cases.ts";
import { Clients } from "./clients.ts";
import { Containers } from "./containers.ts";
import { Matcher } from "./matching.ts";
import { Processes } from "./processes.ts";
import type { SessionRow } from "./rows.ts";
import { Sessions } from "./sessions.ts";
import { Table } from "./table.ts";

/** All that is known: sessions, processes, clients, containers, and the events under judgement. */
export class World {
  readonly sessions: Sessions;
  readonly processes: Processes;
  readonly clients: Clients;
  readonly containers: Containers;
  readonly cases: Cases;
  readonly matcher = new Matcher();
  readonly actors: Actors;
  readonly #flags: Table<boolean>;
  readonly #ownPid: number | null;
  readonly #notices = new Set<string>();
  readonly #facts = new WeakMap<AuditEvent, AuditFact>();
  readonly #sessionsChanged = new Map<string, SessionRow>();

  constructor(state: readonly StateRow[], ownPid: number | null) {
    this.#ownPid = ownPid;
    this.sessions = new Sessions(state);
    this.processes = new Processes(state);
    this.clients = new Clients(state, this.sessions, this.processes);
    this.containers = new Containers(state);
    this.cases = new Cases(state);
    this.actors = new Actors(this);
    this.#flags = new Table("flag", state);
  }

  /** Whether the audit log ever showed a connect to the API: without, clients cannot be seen. */
  get sawConnects(): boolean {
    return this.#flags.get("connects") === true;
  }

  audit(event: AuditEvent, nowMs: number): void {
    this.sessions.audit(event, nowMs);
    const fact = auditFact(event);
    if (fact !== null) this.#facts.set(event, fact);
    if (fact === null || (fact.pid !== null && fact.pid === this.#ownPid)) return;
    const session = this.sessions.seenIn(event, fact.ses, fact.auid, fact.loginUser, nowMs);
    if (fact.deed === "exec") {
      this.processes.exec(fact);
      this.clients.exec(fact, session, nowMs);
    } else if (fact.deed === "connect") {
      if (!this.sawConnects) this.#flags.set("connects", true);
      this.clients.connect(fact, session, nowMs);
    } else if (fact.deed === "exit") this.clients.exit(fact, nowMs);
  }

  /** What was read of an event that was given to {@link audit}; null for one without a SYSCALL record. */
  factOf(event: AuditEvent): AuditFact | null {
    return this.#facts.get(event) ?? null;
  }

  /** Something that attributions hang on has changed (`s:SESSION`, `x:EXEC`, `c:CONTAINER`, `p:PID`). */
  notice(key: string): void {
    this.#notices.add(key);
  }
  peekNotices(): Iterable<string> {
    return this.#notices;
  }
  takeNotices(): string[] {
    const keys = [...this.#notices];
    this.#notices.clear();
    return keys;
  }

  /** Sessions whose rows changed since the last {@link takeSessions}, for the judges. */
  sessionsChanged(): SessionRow[] {
    const rows = this.sessions.takeChanged();
    for (const row of rows) this.#sessionsChanged.set(row.id, row);
    return rows;
  }
  takeSessions(): SessionRow[] {
    this.sessionsChanged();
    const rows = [...this.#sessionsChanged.values()];
    this.#sessionsChanged.clear();
    return rows;
  }

  forget(nowMs: number): void {
    this.sessions.forget(nowMs);
    this.clients.forget(nowMs);
    this.processes.containersGone(new Set(this.containers.forget(nowMs)));
  }

  drain(): StateRow[] {
    return [this.sessions, this.processes, this.clients, this.containers, this.cases, this.#flags].flatMap(
      (part) => part.drain(),
    );
  }
}
