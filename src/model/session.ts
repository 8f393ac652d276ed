import type { Auid, ContainerId, EpochMs, EventRef, Pid, Ses } from "./ids.ts";

/**
 * How sure a link is. `exact`: one token that nothing else can have (a pid within its life, an id). `strong`: the only
 * candidate. `ordered`: told apart by order in time. `window`: several fit, all are listed.
 */
export type Confidence = "exact" | "strong" | "ordered" | "window";
export const CONFIDENCES: readonly Confidence[] = ["exact", "strong", "ordered", "window"];

/** The person (or job) behind an event. Field names are the `who --json` contract. */
export interface Actor {
  readonly user: string | null;
  readonly address: string | null;
  readonly port: number | null;
  readonly method: string | null;
  readonly key: string | null;
  readonly ses: Ses | null;
  readonly auid: Auid | null;
  /** The way from the login to the API call, outermost first: `sshd`, `sudo`, `sh`, `docker`, `container web1`, `cron`. */
  readonly via: readonly string[];
}

/** Where a claim can be checked. */
export type Evidence =
  | { readonly source: "audit"; readonly serial: number; readonly ref: EventRef }
  | { readonly source: "sshd"; readonly line: string; readonly ref: EventRef }
  | { readonly source: "docker"; readonly ref: EventRef };

/** Who did something, how sure that is, and why. `actor` null and `origin` set: a consequence of an earlier act. */
export interface Attribution {
  /** The event that is explained. */
  readonly ref: EventRef;
  readonly actor: Actor | null;
  readonly origin: Actor | null;
  readonly confidence: Confidence | null;
  readonly candidates: readonly Actor[];
  readonly evidence: readonly Evidence[];
  /** The client's command line, where it is known. */
  readonly command: string | null;
  /** Where the chain ends when there is no person: `daemon`, `cron of bob`, `unknown: no audit rule for connect`. */
  readonly end: string | null;
  /** False while a later line (the client's exit, a delayed log) can still change it. */
  readonly final: boolean;
}

/** One login or job, kept after its end: host + boot + `ses`. */
export interface Session {
  /** `ses:TIMEMS`, unique across boots. */
  readonly id: string;
  readonly kind: "ssh" | "cron" | "local" | "unknown";
  readonly ses: Ses | null;
  readonly auid: Auid | null;
  readonly user: string | null;
  readonly address: string | null;
  readonly port: number | null;
  readonly method: string | null;
  readonly key: string | null;
  readonly tty: string | null;
  /** sshd's pid, which the log and the audit records share. */
  readonly pid: Pid | null;
  readonly startMs: EpochMs;
  readonly endMs: EpochMs | null;
  readonly evidence: readonly Evidence[];
}

/** A container from create to destroy, kept after its end. */
export interface Container {
  readonly id: ContainerId;
  readonly name: string | null;
  readonly image: string | null;
  readonly createdMs: EpochMs | null;
  readonly startedMs: EpochMs | null;
  readonly endedMs: EpochMs | null;
  readonly destroyedMs: EpochMs | null;
}

/** A login as a row for people: each attempt that sshd decided. */
export interface Login {
  readonly ref: EventRef;
  readonly timeMs: EpochMs;
  readonly outcome: "accepted" | "failed" | "invalid-user" | "max-attempts";
  readonly user: string | null;
  readonly address: string | null;
  readonly port: number | null;
  readonly method: string | null;
  readonly key: string | null;
  readonly pid: Pid | null;
}
