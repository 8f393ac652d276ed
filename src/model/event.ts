import type { Auid, ContainerId, EpochMs, EventRef, Pid, Serial, Ses } from "./ids.ts";

/** Text values by field name, without a prototype (field names come from attackers). */
export type Fields = Readonly<Record<string, string>>;

/**
 * One audit line. `fields` has every field in the log's order with quoted and hex values decoded and `msg='…'`
 * flattened in (the outer field wins over an inner one of the same name); `enriched` is what follows byte 0x1d.
 * Text is the bytes read as latin1: lossless, and what compares equal to the log.
 */
export interface AuditRecord {
  readonly type: string;
  readonly fields: Fields;
  readonly enriched: Fields;
  /** The line as read, without its newline. */
  readonly raw: string;
}

/** All records with one time, serial and node: one thing that happened in the kernel or a trusted program. */
export interface AuditEvent {
  readonly source: "audit";
  readonly ref: EventRef;
  readonly timeMs: EpochMs;
  readonly serial: Serial;
  readonly node: string | null;
  readonly records: readonly AuditRecord[];
  /** Where its lines lie in the audit stream (all bytes ever stored, first byte 0): offset, length, offset, length, … with newlines; neighbours joined. */
  readonly spans: readonly number[];
  /** Records that came after their event was complete; joins the earlier event with the same `ref`. */
  readonly late: boolean;
  readonly backfill: boolean;
  /** What its columns say, where all of its lines were read for them. */
  readonly columns?: EventColumns;
}

/** What is kept of an audit event as columns. Texts are given by number, and many events share the list of these. */
export interface EventColumns {
  /** Values in the order of `AUDIT_COLUMNS`; 0 is no text. */
  readonly row: readonly number[];
  /** Of each PATH record, one behind the other, `PATH_VALUES`: `item`, the name, the index in `PATH_ROLES`. */
  readonly paths: readonly number[];
  /** Grows, and never changes what it has. */
  readonly texts: readonly string[];
}

/** What is risky about a container, from inspect; each is the field of `GET /containers/ID/json` that it is named after. */
export interface ContainerFacts {
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly pidMode: string;
  readonly ipcMode: string;
  readonly utsMode: string;
  readonly usernsMode: string;
  readonly networkMode: string;
  readonly cgroupnsMode: string;
  readonly securityOpt: readonly string[];
  readonly appArmorProfile: string;
  readonly user: string;
  readonly readonlyRootfs: boolean;
  readonly mounts: readonly {
    readonly type: string;
    readonly source: string;
    readonly destination: string;
    readonly rw: boolean;
  }[];
  readonly devices: readonly string[];
  readonly memoryBytes: number;
  readonly pidsLimit: number;
  readonly ports: readonly string[];
  readonly restartPolicy: string;
  readonly autoRemove: boolean;
  readonly image: string;
  readonly imageId: string;
  readonly command: readonly string[];
  readonly tty: boolean;
  /** `Config.Healthcheck.Test` as it is (`["CMD-SHELL", "curl …"]`); empty where there is none: such execs are nobody's act. */
  readonly healthcheck: readonly string[];
  readonly labels: Fields;
}

/** What is risky about an exec, from `GET /exec/ID/json`. */
export interface ExecFacts {
  readonly privileged: boolean;
  /** `--user`; empty for the container's own. */
  readonly user: string;
  readonly tty: boolean;
  readonly command: readonly string[];
}

/** One event of `GET /events`, normalised. */
export interface DockerEvent {
  readonly source: "docker";
  readonly ref: EventRef;
  readonly timeMs: EpochMs;
  /** Nanoseconds since 1970 as decimal text. */
  readonly timeNano: string;
  readonly type: string;
  /** The word before the colon: `exec_start`. */
  readonly action: string;
  /** What follows the colon: the exec's command line; null elsewhere. */
  readonly execCommand: string | null;
  readonly actorId: string;
  /** The container concerned (also for network connect); null where there is none. */
  readonly container: ContainerId | null;
  readonly name: string | null;
  readonly image: string | null;
  readonly execId: string | null;
  readonly exitCode: number | null;
  readonly attributes: Fields;
  /** From inspect at create or start; null where it was not fetched or had gone. */
  readonly facts: ContainerFacts | null;
  /** From inspect at exec_create; null where it was not fetched or had gone. */
  readonly exec?: ExecFacts | null;
  readonly inferred: boolean;
  readonly backfill: boolean;
  /** The event object as the daemon sent it, JSON. */
  readonly raw: string;
}

/** What an sshd line says. `other` is a line we keep but draw nothing from. */
export type SshdOutcome =
  | "connection"
  | "accepted"
  | "failed"
  | "invalid-user"
  | "key-found"
  | "max-attempts"
  | "session-opened"
  | "session-closed"
  | "child-pid"
  | "disconnected"
  | "closed"
  | "reset"
  | "other";

/** One line of the sshd log (or of sudo, su, cron in the same file: then `program` says so and `outcome` is `other` or session-…). */
export interface SshdEvent {
  readonly source: "sshd";
  readonly ref: EventRef;
  readonly timeMs: EpochMs;
  readonly host: string | null;
  /** `sshd`, `sshd-session`, `sshd-auth`, `sudo`, `su`, `cron`, … */
  readonly program: string;
  readonly pid: Pid | null;
  readonly outcome: SshdOutcome;
  readonly user: string | null;
  readonly address: string | null;
  readonly port: number | null;
  /** `publickey`, `password`, `keyboard-interactive/pam`, … */
  readonly method: string | null;
  /** The key's fingerprint, `SHA256:…`. */
  readonly key: string | null;
  /** For `child-pid`: the process that the session's commands descend from. */
  readonly childPid: Pid | null;
  /** The text after `program[pid]: `. */
  readonly message: string;
  readonly raw: string;
  readonly backfill: boolean;
}

/** Anything that happened. */
export type Event = AuditEvent | DockerEvent | SshdEvent;

/** The ids that an audit event carries, as numbers; from its SYSCALL record, else from the first record that has them. */
export interface AuditIds {
  readonly auid: Auid | null;
  readonly ses: Ses | null;
  readonly pid: Pid | null;
  readonly ppid: Pid | null;
  readonly uid: number | null;
}
