import type { AuditEvent, AuditIds, AuditRecord } from "../../model/event.ts";
import { type Auid, auid, type Pid, pid, type Ses, ses } from "../../model/ids.ts";
import { machineOf } from "./tables/machine.ts";

/** An event or a part of one: all that these questions need. */
export type WithRecords = Pick<AuditEvent, "records">;

const U32_MAX = 4_294_967_295;
/** The kernel's own bound on arguments is 2^31 / 8; a log that says more than this is not believed. */
const ARGUMENTS_MAX = 131_072;

/** A field as an unsigned 32-bit number; `-1`, as old kernels wrote unset ids, is 4294967295; anything else null. */
function idNumber(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (text === "-1") return U32_MAX;
  if (!/^\d{1,10}$/.test(text)) return null;
  const number = Number(text);
  return number <= U32_MAX ? number : null;
}

/** The first record of this type, or null. */
export function recordOf(event: WithRecords, type: string): AuditRecord | null {
  return event.records.find((record) => record.type === type) ?? null;
}

const REMOVED = " (deleted)";

/**
 * The program's file, null where the record has none. The kernel adds " (deleted)" once the file was replaced or removed,
 * as an upgrade does under a running daemon: it is left out.
 */
export function exeOf({ fields }: Pick<AuditRecord, "fields">): string | null {
  const { exe } = fields;
  if (exe === undefined) return null;
  return exe.endsWith(REMOVED) ? exe.slice(0, -REMOVED.length) : exe;
}

/**
 * Who an event is about, as numbers: each from the SYSCALL record where it has it, else from the first record that
 * has it; null where none has. Unset is `AUID_UNSET` / `SES_UNSET`, not null.
 */
export function auditIds(event: WithRecords): AuditIds {
  const syscall = recordOf(event, "SYSCALL");
  const records = syscall === null ? event.records : [syscall, ...event.records];
  const numberOf = (name: string): number | null => {
    for (const record of records) {
      const number = idNumber(record.fields[name]);
      if (number !== null) return number;
    }
    return null;
  };
  const of = <T>(name: string, brand: (value: number) => T): T | null => {
    const number = numberOf(name);
    return number === null ? null : brand(number);
  };
  return {
    auid: of<Auid>("auid", auid),
    ses: of<Ses>("ses", ses),
    pid: of<Pid>("pid", pid),
    ppid: of<Pid>("ppid", pid),
    uid: numberOf("uid"),
  };
}

/**
 * The arguments of the program that the event started, joined again where the kernel split them over several EXECVE
 * records (`a1`) or one of them over several fields (`a1_len=… a1[0]=… a1[1]=…`). An argument that is missing from
 * the log is the empty string. Null for an event without EXECVE. Text is latin1, as in {@link AuditRecord}.
 */
export function argv(event: WithRecords): string[] | null {
  return wholeArguments(event) ?? joinedArguments(event);
}

/** Nearly every event has one EXECVE record with each argument whole: read without looking at other fields. Null for others. */
function wholeArguments({ records }: WithRecords): string[] | null {
  let execve: AuditRecord | null = null;
  for (const record of records) {
    if (record.type !== "EXECVE") continue;
    if (execve !== null) return null;
    execve = record;
  }
  const argc = execve?.fields["argc"];
  const count = Number(argc);
  if (execve === null || !(count > 0 && count <= 64) || String(count) !== argc) return null;
  const words: string[] = [];
  for (let at = 0; at < count; at++) {
    const word = execve.fields[`a${at}`];
    if (word === undefined) return null;
    words.push(word);
  }
  return words;
}

function joinedArguments(event: WithRecords): string[] | null {
  const parts = new Map<number, string[]>();
  let count = 0;
  let seen = false;
  for (const record of event.records) {
    if (record.type !== "EXECVE") continue;
    seen = true;
    const argc = idNumber(record.fields["argc"]);
    if (argc !== null) count = Math.max(count, Math.min(argc, ARGUMENTS_MAX));
    for (const [name, value] of Object.entries(record.fields)) {
      const [, index, part] = /^a(\d{1,6})(?:\[(\d{1,6})\])?$/.exec(name) ?? [];
      if (index === undefined || Number(index) >= ARGUMENTS_MAX) continue;
      const list = parts.get(Number(index)) ?? [];
      list[Number(part ?? 0)] = value;
      parts.set(Number(index), list);
    }
  }
  if (!seen) return null;
  const highest = Math.max(-1, ...parts.keys());
  // A truncated record says argc=48 and holds 19 arguments: only what is there is given.
  return Array.from({ length: Math.min(count, highest + 1) || highest + 1 }, (_, index) =>
    (parts.get(index) ?? []).join(""),
  );
}

/** The keys of the rules that matched, without repeats: several in one field are split at byte 0x01; `(null)` is none. */
export function keysOf(event: WithRecords): string[] {
  const keys = new Set<string>();
  for (const { fields } of event.records) {
    const { key } = fields;
    if (key === undefined || key === "(null)") continue;
    for (const part of key.split("\x01")) if (part !== "") keys.add(part);
  }
  return [...keys];
}

/**
 * The process title: its arguments joined by spaces, as `ausearch -i` shows them. The kernel cuts it at 128 bytes and
 * the process may overwrite it, so {@link argv} is better where there is one. Null where there is none.
 */
export function proctitle(event: WithRecords): string | null {
  const title = recordOf(event, "PROCTITLE")?.fields["proctitle"];
  if (title === undefined || title === "(null)") return null;
  return title.replace(/\0+$/, "").replaceAll("\0", " ");
}

/**
 * The name of a SYSCALL record's system call: what auditd added, else by the table of the record's machine. Null
 * where the record has none, or neither knows it.
 */
export function syscallName(record: AuditRecord): string | null {
  const added = record.enriched["SYSCALL"];
  if (added !== undefined && !added.startsWith("unknown")) return added;
  const { arch, syscall } = record.fields;
  if (arch === undefined || syscall === undefined) return null;
  return machineOf(arch)?.syscalls.get(Number(syscall)) ?? null;
}
