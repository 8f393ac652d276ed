import type { AuditEvent, AuditRecord } from "../model/event.ts";
import type { EpochMs, EventRef } from "../model/ids.ts";
import { argv, auditIds, exeOf, keysOf, proctitle, syscallName } from "../records/audit/accessors.ts";

/** What an audit event means for attribution; `other` still says which process and session it belongs to. */
export type Deed = "exec" | "connect" | "exit" | "other";

/** The parts of an audit event that attribution reads. Numbers are the kernel's; unset is 4294967295, absent is null. */
export interface AuditFact {
  readonly ref: EventRef;
  readonly serial: number;
  readonly timeMs: EpochMs;
  readonly deed: Deed;
  readonly pid: number | null;
  readonly ppid: number | null;
  readonly ses: number | null;
  readonly auid: number | null;
  readonly uid: number | null;
  readonly user: string | null;
  readonly loginUser: string | null;
  readonly exe: string;
  readonly succeeded: boolean;
  /** For an exec: its arguments; for others null. */
  readonly argv: readonly string[] | null;
  /** The process title's words, cut by the kernel at 128 bytes. */
  readonly title: string | null;
}

const EXEC = new Set(["execve", "execveat"]);
const EXIT = new Set(["exit_group", "exit"]);
const EINPROGRESS = "-115";
const SOCKETCALL_CONNECT = "3";

/** Reads an event that has a SYSCALL record; null for one that has not (user space's own records). */
export function auditFact(event: AuditEvent): AuditFact | null {
  const syscall = event.records.find((record) => record.type === "SYSCALL");
  if (syscall === undefined) return null;
  const { fields, enriched } = syscall;
  const ids = auditIds(event);
  const deed = deedOf(event, syscall);
  return {
    ref: event.ref,
    serial: event.serial,
    timeMs: event.timeMs,
    deed,
    pid: ids.pid,
    ppid: ids.ppid,
    ses: ids.ses,
    auid: ids.auid,
    uid: ids.uid,
    user: nameOf(enriched["UID"]),
    loginUser: nameOf(enriched["AUID"]),
    exe: exeOf(syscall) ?? "",
    succeeded: fields["success"] === "yes" || fields["exit"] === EINPROGRESS,
    argv: deed === "exec" ? argv(event) : null,
    title: deed === "connect" ? proctitle(event) : null,
  };
}

function deedOf(event: AuditEvent, syscall: AuditRecord): Deed {
  const name = syscallName(syscall);
  if (name === null) return "other";
  if (EXEC.has(name)) return "exec";
  if (EXIT.has(name)) return "exit";
  const connects =
    name === "connect" || (name === "socketcall" && syscall.fields["a0"] === SOCKETCALL_CONNECT);
  return connects && isToDocker(event) ? "connect" : "other";
}

/** By our rules' keys, else by the socket's path: other people's rules have keys of their own. */
function isToDocker(event: AuditEvent): boolean {
  const keys = keysOf(event);
  if (keys.includes("dw-api") || keys.includes("dw-api-tcp")) return true;
  return event.records.some(
    ({ type, fields, enriched }) =>
      (type === "PATH" && fields["name"]?.endsWith("/docker.sock") === true) ||
      (type === "SOCKADDR" && /path=\S*\/docker\.sock(\s|$)/.test(enriched["SADDR"] ?? "")),
  );
}

/** A name that auditd added; what it could not name (`unknown(1002)`, `unset`) is none. */
export function nameOf(text: string | undefined): string | null {
  return text === undefined || text === "unset" || text.startsWith("unknown") ? null : text;
}

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
