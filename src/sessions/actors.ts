import type { Auid, Ses } from "../model/ids.ts";
import type { Actor, Confidence, Evidence } from "../model/session.ts";
import { baseName } from "./audit-fact.ts";
import type { Cases } from "./cases.ts";
import { weaker } from "./confidence.ts";
import type { Containers } from "./containers.ts";
import { isAnchor } from "./judge.ts";
import type { CaseRow, ClientRow, ContainerLink, ContainerRow, Decision, Doer, SessionRow } from "./rows.ts";
import type { Sessions } from "./sessions.ts";

/** Who a client, a session or a container's process goes back to, and what that rests on. */
export interface Person {
  readonly actor: Actor | null;
  /** Where there is no actor: who set it going. */
  readonly origin: Actor | null;
  readonly end: string | null;
  readonly confidence: Confidence;
  /** Several where time alone cannot tell. */
  readonly candidates: readonly Actor[];
  readonly evidence: readonly Evidence[];
  /** What this answer hangs on: it is asked again when one of these changes (`s:SESSION`, `x:EXEC`, `c:CONTAINER`). */
  readonly watches: readonly string[];
  /** False while a login's line may still come. */
  readonly isComplete: boolean;
}

export interface ActorParts {
  readonly sessions: Sessions;
  readonly containers: Containers;
  readonly cases: Cases;
}

/** What answers about programs without a known parent hang on: execs in containers that have the socket. */
export const ORPHANS = "o";

/** A container's processes end before its end is told, but for this much. */
const OVER_MS = 1000;

/** Turns clients and processes into people. */
export class Actors {
  readonly #parts: ActorParts;

  constructor(parts: ActorParts) {
    this.#parts = parts;
  }

  /** What tells the people behind two clients apart. */
  keyOf(client: ClientRow): string {
    if (client.link !== null && !this.isOver(client.link, client.startMs))
      return `c:${client.link.container}:${client.link.execId ?? client.execGuesses[0] ?? ""}`;
    return client.sessionId === null ? `p:${client.id}` : `s:${client.sessionId}`;
  }

  /** The container, or the exec, had ended by then: its process's number is another's now. */
  isOver({ container, execId }: ContainerLink, timeMs: number): boolean {
    const exec = execId === null ? undefined : this.#parts.containers.exec(execId);
    if (exec?.endedMs != null && exec.endedMs < timeMs - OVER_MS) return true;
    const row = this.#parts.containers.get(container);
    const endedMs = row?.destroyedMs ?? row?.endedMs ?? null;
    return endedMs !== null && endedMs < timeMs - OVER_MS && (row?.startedMs ?? 0) <= endedMs;
  }

  ofClient(client: ClientRow): Person {
    const isStale = client.link !== null && this.isOver(client.link, client.startMs);
    if (client.link !== null && !isStale)
      return this.#ofLink(client.link, client.execGuesses, client.startMs, baseName(client.exe));
    const session = client.sessionId === null ? undefined : this.#parts.sessions.get(client.sessionId);
    if (session !== undefined) return this.ofSession(session, client.via);
    return (client.isOrphan || isStale ? this.#ofOrphan(client) : null) ?? ofJob(client);
  }

  /**
   * A program whose parent we do not know, run from a path that a container with the socket has mounted there: it goes
   * back to the exec that was open in that container.
   */
  #ofOrphan(client: ClientRow): Person | null {
    const homes = this.#parts.containers.withSocketAndFile(client.exe, client.startMs);
    const [evidence] = client.evidence;
    if (homes.length === 0 || evidence === undefined) return null;
    const busy = homes.filter((row) => this.#openExecs(row, client.startMs).length > 0);
    const people = (busy.length > 0 ? busy : homes).map((row) =>
      this.#ofLink(
        { container: row.id, execId: null, viaShim: true, evidence },
        this.#openExecs(row, client.startMs),
        client.startMs,
        baseName(client.exe),
      ),
    );
    const [first] = people;
    if (first === undefined) return null;
    const candidates = people.flatMap(({ actor }) => (actor === null ? [] : [actor]));
    const confidence = people.length === 1 ? weaker(first.confidence, "strong") : "window";
    return {
      ...first,
      confidence,
      candidates: people.length === 1 ? first.candidates : candidates,
      watches: [...people.flatMap(({ watches }) => watches), ORPHANS],
      isComplete: false,
    };
  }

  /** Newest first. */
  #openExecs({ execs }: ContainerRow, timeMs: number): string[] {
    return execs.filter((id) => this.#isOpen(id, timeMs)).reverse();
  }

  #isOpen(exec: string, timeMs: number): boolean {
    const row = this.#parts.containers.exec(exec);
    return (
      row !== undefined &&
      (row.createdMs ?? Infinity) <= timeMs &&
      (row.endedMs === null || row.endedMs >= timeMs)
    );
  }

  ofSession(row: SessionRow, via: readonly string[]): Person {
    const { login } = row;
    const evidence: Evidence[] = [...row.evidence];
    if (login !== null) evidence.push({ source: "sshd", line: login.line, ref: login.ref as never });
    const user = login?.user ?? row.user;
    return {
      actor: {
        user,
        address: login?.address ?? row.address,
        port: login?.port ?? null,
        method: login?.method ?? null,
        key: login?.key ?? null,
        ses: row.ses as Ses,
        auid: row.auid as Auid | null,
        via,
      },
      origin: null,
      end: row.kind === "cron" ? `cron of ${user ?? "an unknown user"}` : null,
      confidence: "exact",
      candidates: [],
      evidence,
      watches: [`s:${row.id}`],
      isComplete: this.#parts.sessions.isKnown(row),
    };
  }

  /** A process of a container: whoever made its exec; the container's own process goes back to its creator. */
  ofProcess(link: ContainerLink, guesses: readonly string[], timeMs: number, program: string): Person {
    return this.#ofLink(link, guesses, timeMs, program);
  }

  #ofLink(link: ContainerLink, guesses: readonly string[], timeMs: number, program: string): Person {
    const name = `container ${this.#parts.containers.get(link.container)?.name ?? link.container.slice(0, 12)}`;
    if (link.execId !== null) return this.#ofExec(link.execId, link, name, program, "exact");
    if (link.viaShim && guesses.length > 0) {
      const open = guesses.filter((id) => {
        const endedMs = this.#parts.containers.exec(id)?.endedMs ?? null;
        return endedMs === null || endedMs >= timeMs;
      });
      const [newest = guesses[0] ?? ""] = open;
      const person = this.#ofExec(newest, link, name, program, open.length > 1 ? "window" : "strong");
      if (open.length < 2)
        return { ...person, watches: [...person.watches, ...guesses.map((id) => `x:${id}`)] };
      const others = open.map((id) => this.#ofExec(id, link, name, program, "window"));
      return {
        ...person,
        candidates: others.flatMap(({ actor }) => (actor === null ? [] : [actor])),
        watches: guesses.map((id) => `x:${id}`).concat(others.flatMap(({ watches }) => watches)),
      };
    }
    const creator = this.creatorOf(link.container);
    return {
      actor: null,
      origin: creator?.actor ?? null,
      end: `${name} itself`,
      confidence: creator?.confidence ?? "exact",
      candidates: [],
      evidence: [link.evidence],
      watches: [`c:${link.container}`],
      isComplete: true,
    };
  }

  #ofExec(id: string, link: ContainerLink, name: string, program: string, confidence: Confidence): Person {
    const doer = this.execDoer(id);
    const evidence = [link.evidence, ...(doer?.evidence ?? [])];
    const base = { origin: null, candidates: [], evidence, watches: [`x:${id}`] };
    if (doer === null || doer.actor === null)
      return {
        ...base,
        actor: null,
        end: doer?.end ?? `${name}: the exec's maker is not known`,
        confidence,
        isComplete: false,
      };
    const actor = { ...doer.actor, via: [...doer.actor.via, name, program] };
    return {
      ...base,
      actor,
      end: doer.end,
      confidence: weaker(confidence, doer.confidence),
      isComplete: true,
    };
  }

  /** Who created a container, by the case while it is open, else as it was settled. */
  creatorOf(container: string): Doer | null {
    const made = this.#parts.cases.ofContainer(container).find(isAnchor);
    if (made === undefined) return this.#parts.containers.get(container)?.creator ?? null;
    return doerOf(made);
  }

  /** The event that made the container (or exec) which this event concerns, if that client made it; null: whoever made it. */
  creationRef(row: CaseRow, client: string | null): string | null {
    const made = row.execId === null ? this.creatorOf(row.container ?? "") : this.execDoer(row.execId);
    return made === null || (client !== null && made.client !== client) ? null : made.ref;
  }

  execDoer(id: string): Doer | null {
    const made = this.#parts.cases.ofExec(id).find(isAnchor);
    if (made === undefined) return this.#parts.containers.exec(id)?.doer ?? null;
    return doerOf(made);
  }
}

/** No login and no container: a unit, an init script, a daemon. */
function ofJob(client: ClientRow): Person {
  const as = client.user ?? (client.uid === null ? "an unknown user" : `uid ${client.uid}`);
  return {
    actor: { ...NOBODY, via: client.via },
    origin: null,
    end: client.isOrphan
      ? `daemon, or a process deep in a container, running as ${as}`
      : `daemon, running as ${as}`,
    confidence: "exact",
    candidates: [],
    evidence: [],
    watches: client.isOrphan ? [ORPHANS] : [],
    isComplete: !client.isOrphan,
  };
}

/** What is kept of a decided case once it is settled. */
export function doerOf(row: {
  readonly ref: string;
  readonly decision: Pick<Decision, "client" | "candidates" | "confidence"> | null;
  readonly attribution: {
    readonly actor: Actor | null;
    readonly end: string | null;
    readonly command: string | null;
    readonly confidence: Confidence | null;
    readonly evidence: readonly Evidence[];
  } | null;
}): Doer | null {
  const { decision, attribution } = row;
  if (decision === null || decision.client === null || decision.confidence === null) return null;
  return {
    ref: row.ref,
    evidence: attribution?.evidence ?? [],
    client: decision.client,
    candidates: decision.candidates,
    confidence: attribution?.confidence ?? decision.confidence,
    actor: attribution?.actor ?? null,
    end: attribution?.end ?? null,
    command: attribution?.command ?? null,
  };
}

const NOBODY: Actor = {
  user: null,
  address: null,
  port: null,
  method: null,
  key: null,
  ses: null,
  auid: null,
  via: [],
};
