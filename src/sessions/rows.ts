import type { Actor, Attribution, Confidence, Evidence } from "../model/session.ts";

/** The kernel's `(unsigned)-1`: no login, no session. */
export const UNSET = 4_294_967_295;

/** Null is written for {@link UNSET} in some rows: both are "no session". */
export const isSameSession = (a: number | null, b: number | null): boolean => (a ?? UNSET) === (b ?? UNSET);

/*
 * What attribution remembers, as JSON-safe values that are changed in place (see Table). Times are milliseconds since
 * 1970; `arrivedMs` and `touchedMs` are the time of reading, which decides how long a row is kept.
 */

/** sudo, su and the like, while they run. */
export interface Elevation {
  readonly program: string;
  readonly pid: number;
  readonly startMs: number;
  endMs: number | null;
  readonly command: string | null;
}

export interface LoginFact {
  readonly ref: string;
  readonly line: string;
  readonly timeMs: number;
  readonly user: string | null;
  readonly address: string | null;
  readonly port: number | null;
  readonly method: string | null;
  readonly key: string | null;
  readonly pid: number;
  readonly touchedMs: number;
}

export interface SessionRow {
  readonly id: string;
  readonly ses: number;
  auid: number | null;
  kind: "ssh" | "cron" | "local" | "unknown";
  user: string | null;
  address: string | null;
  tty: string | null;
  /** The process that became the session: sshd's, cron's. */
  pid: number | null;
  startMs: number;
  endMs: number | null;
  /** The LOGIN record was seen, so that `pid` and `startMs` are the session's own. */
  hasStart: boolean;
  login: LoginFact | null;
  /** The process that the session's commands descend from, from sshd's log. */
  elevations: Elevation[];
  evidence: Evidence[];
  /** When we first saw it. */
  readonly openedMs: number;
  touchedMs: number;
}

/** How a process belongs to a container: by the id in its runtime parent's arguments. */
export interface ContainerLink {
  readonly container: string;
  /** The exec that it belongs to; null for the container's own process or where only the shim is known. */
  readonly execId: string | null;
  /** Found through the shim: which exec is a matter of time. */
  readonly viaShim: boolean;
  readonly evidence: Evidence;
}

export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number | null;
  readonly ses: number | null;
  readonly exe: string;
  readonly argv: readonly string[] | null;
  readonly startMs: number;
  readonly link: ContainerLink | null;
}

/** The claim of one decided event on a client that can do such a thing once. */
export interface Use {
  readonly ref: string;
  readonly timeMs: number;
  readonly confidence: Confidence;
}

/** One process that talks to the API: from its exec (or first connect) to its exit. */
export interface ClientRow {
  readonly id: string;
  readonly pid: number;
  readonly ppid: number | null;
  readonly ses: number | null;
  readonly sessionId: string | null;
  readonly auid: number | null;
  readonly uid: number | null;
  readonly user: string | null;
  readonly exe: string;
  /** The whole command line, from its exec; null where only the title is known. */
  readonly argv: readonly string[] | null;
  title: string | null;
  readonly startMs: number;
  endMs: number | null;
  /** Times of its connects, the first one and the latest. */
  connects: number[];
  denied: number;
  readonly link: ContainerLink | null;
  /** Neither a login nor a parent that we know: a job of the host, or a process deep in a container. */
  readonly isOrphan: boolean;
  /** Which exec the shim's newest was when it started; a guess that `link` may not carry. */
  readonly execGuesses: readonly string[];
  readonly via: readonly string[];
  evidence: Evidence[];
  uses: Use[];
  touchedMs: number;
}

/** A snapshot of who did something, kept after the client's row has gone. */
export interface Doer {
  /** The event that it was said of. */
  readonly ref: string;
  readonly evidence: readonly Evidence[];
  readonly client: string;
  /** The clients that it was decided among. */
  readonly candidates: readonly string[];
  readonly confidence: Confidence;
  actor: Actor | null;
  end: string | null;
  command: string | null;
}

export interface Kill {
  readonly ref: string;
  readonly timeMs: number;
  readonly signal: string | null;
  doer: Doer | null;
}

export interface ContainerRow {
  readonly id: string;
  name: string | null;
  image: string | null;
  createdMs: number | null;
  /** Its first network: the beginning of its first start. */
  networkedMs: number | null;
  firstStartMs: number | null;
  startedMs: number | null;
  endedMs: number | null;
  destroyedMs: number | null;
  autoRemove: boolean | null;
  /** It can reach the engine's API by a socket that is mounted into it. */
  hasSocket: boolean;
  /** Where things of the host are mounted, for a container with the socket. */
  mounted: readonly string[];
  /** The command line of its health check, as an exec shows it. */
  probe: string | null;
  /** Its execs, newest last. */
  execs: string[];
  /** Who created it, once that is settled. */
  creator: Doer | null;
  /** The last one of the settled past. */
  lastKill: Kill | null;
  touchedMs: number;
}

export interface ExecRow {
  readonly id: string;
  readonly container: string;
  createdMs: number | null;
  endedMs: number | null;
  doer: Doer | null;
  touchedMs: number;
}

/** What matching compares of a container; from inspect. */
export interface CaseFacts {
  readonly command: readonly string[];
  readonly privileged: boolean;
  readonly autoRemove: boolean;
  readonly capAdd: number;
  readonly pidMode: string;
  readonly networkMode: string;
  readonly user: string;
  readonly tty: boolean;
  readonly binds: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What was decided of one Docker event. */
export interface Decision {
  /** `actor`: a client did it. `self`: nobody did it now (an exit, an auto-removal). `unknown`: no client was seen. */
  readonly kind: "actor" | "self" | "unknown";
  readonly client: string | null;
  readonly candidates: readonly string[];
  readonly confidence: Confidence | null;
  readonly end: string | null;
}

/** One Docker event whose attribution can still change. */
export interface CaseRow {
  readonly ref: string;
  readonly timeMs: number;
  readonly type: string;
  readonly action: string;
  readonly execCommand: string | null;
  readonly actorId: string;
  readonly container: string | null;
  /** The object's own name: the container's, the network's. */
  readonly name: string | null;
  readonly containerName: string | null;
  readonly image: string | null;
  readonly execId: string | null;
  readonly signal: string | null;
  readonly compose: boolean;
  /** The swarm's service that the container is a task of: the daemon's own agent made it. */
  readonly service: string | null;
  /** Inspect's answer may come with a later event. */
  facts: CaseFacts | null;
  readonly arrivedMs: number;
  decision: Decision | null;
  attribution: Attribution | null;
}

/** An audit or sshd event whose attribution is not complete yet. */
export interface OpenRow {
  readonly ref: string;
  readonly timeMs: number;
  readonly arrivedMs: number;
  readonly sessionId: string | null;
  readonly link: ContainerLink | null;
  readonly guesses: readonly string[];
  readonly program: string;
  /** For an sshd line: the process that wrote it. */
  readonly pid: number | null;
  readonly evidence: Evidence;
  readonly command: string | null;
  attribution: Attribution | null;
}
