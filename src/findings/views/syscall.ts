import type { AuditEvent, AuditRecord } from "../../model/event.ts";
import { exeOf, recordOf, syscallName } from "../../records/audit/accessors.ts";
import type { FieldValue } from "./view.ts";

/** What the views of a system call share: who made it, and where. Texts are latin1. */
export interface Syscall {
  readonly record: AuditRecord;
  readonly name: string;
  readonly exe: string;
  readonly pid: number;
  readonly ppid: number;
  readonly cwd: string | null;
  readonly user: string | undefined;
  /** The login's user by name, else by number; null where nobody logged in. */
  readonly loginUser: string | null;
}

/** The system call of an event; null for an event without one, or with one of unknown name. */
export function syscallOf(event: AuditEvent): Syscall | null {
  const record = recordOf(event, "SYSCALL");
  if (record === null) return null;
  const name = syscallName(record);
  if (name === null) return null;
  const { fields, enriched } = record;
  const auid = enriched["AUID"] ?? fields["auid"];
  return {
    record,
    name,
    exe: exeOf(record) ?? "",
    pid: Number(fields["pid"]),
    ppid: Number(fields["ppid"]),
    cwd: recordOf(event, "CWD")?.fields["cwd"] ?? null,
    user: enriched["UID"] ?? fields["uid"],
    loginUser: auid === undefined || auid === "unset" || auid === "4294967295" || auid === "-1" ? null : auid,
  };
}

/** A name as the call had it, made absolute by the working directory, without `.` and `..`. */
export function absolutePath(name: string, cwd: string | null): string {
  const joined = name.startsWith("/") || cwd === null ? name : `${cwd}/${name}`;
  if (!/\/\/|\/\.{1,2}(\/|$)/.test(joined)) return joined;
  const parts: string[] = [];
  for (const part of joined.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `${joined.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}

const KEY_SEPARATOR = "\x01";

/** Several audit rules' keys stand in one field, joined. */
export function keyField(text: string | undefined): FieldValue {
  return text?.includes(KEY_SEPARATOR) === true
    ? text.split(KEY_SEPARATOR).filter((key) => key !== "")
    : text;
}
