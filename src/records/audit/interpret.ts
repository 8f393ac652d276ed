import type { AuditRecord } from "../../model/event.ts";
import { isEncodedField } from "./field-name.ts";
import { leadingNumber, low32, sayCapabilities, sayExit, sayNumber } from "./interpret-number.ts";
import { saySocketAddress, sayTyped, upToNul } from "./interpret-text.ts";
import { argumentKind, enumTable } from "./tables/interpretations.ts";
import { type Machine, machineOf } from "./tables/machine.ts";

/** Who knows names that the record itself lacks: the host's users and groups. Null where there is no such name. */
export interface NameContext {
  readonly userName?: (uid: number) => string | null;
  readonly groupName?: (gid: number) => string | null;
}

const words = (kind: string, names: string): [string, string][] =>
  names.split(" ").map((name) => [name, kind]);
/** Field → kind, as `ausearch -i` of audit 3.0.9 has it. Others, and those of {@link isEncodedField}, are texts. */
const FIELD_KINDS: ReadonlyMap<string, string> = new Map([
  ...words("uid", "auid uid euid suid fsuid ouid oauid old-auid iuid id inode_uid sauid obj_uid"),
  ...words("gid", "obj_gid gid egid sgid fsgid ogid igid inode_gid new_gid"),
  ...words(
    "capabilities",
    "cap_pi cap_pe cap_pp cap_pa cap_fi cap_fp fp fi old_pp old_pi old_pe old_pa new_pp new_pi new_pe pp pi pe pa",
  ),
  ...words("permissions", "perm perm_mask"),
  ...words("promiscuous", "prom old_prom"),
  ...words("result", "res result"),
  ...words("signal", "sig sigev_signo"),
  ...words("argument", "a0 a1 a2 a3"),
  ...Object.entries({
    arch: "arch",
    syscall: "syscall",
    exit: "exit",
    mode: "mode",
    saddr: "address",
    capability: "capability",
    list: "list",
    data: "typed",
    ses: "session",
    family: "netfilter-family",
    icmptype: "icmp",
    proto: "protocol-number",
    per: "personality",
    code: "seccomp",
    oflag: "open",
    flags: "mmap",
    hook: "hook",
    action: "verdict",
    macproto: "protocol_mac",
    ioctlcmd: "ioctl",
    resp: "response",
    "nl-mcgrp": "multicast",
    resolve: "resolve",
    proctitle: "title",
  }),
]);
/** Fields whose number is hex, or octal; all others are decimal. */
const BASES: ReadonlyMap<string, 8 | 16> = new Map([
  ["mode", 8],
  ["per", 16],
  ["code", 16],
  ["oflag", 16],
  ["flags", 16],
  ["macproto", 16],
  ["hook", 16],
  ["action", 16],
  ["ioctlcmd", 16],
  ["resolve", 16],
]);

/**
 * The kind of a field in a record of this type (some names mean different things in different records), or null where
 * {@link interpretField} leaves it as it is: such a field `ausearch -i` prints with the quotes that it has in the log.
 */
export function fieldKind(type: string, name: string): string | null {
  if (type === "EXECVE" && name.startsWith("a") && name !== "argc" && !name.includes("_len")) return "text";
  if (name === "saddr" && (type === "AVC" || type === "NETFILTER_PKT")) return null;
  if (name === "flags" && type === "PATH") return "lookup";
  if (name === "mode" && type === "MQ_OPEN") return "mode-short";
  if (name === "fp" && type === "CRYPTO_KEY_USER") return null;
  if (name === "id" && (type === "ADD_GROUP" || type === "GRP_MGMT" || type === "DEL_GROUP")) return "gid";
  return FIELD_KINDS.get(name) ?? (isEncodedField(name) ? "text" : null);
}

/**
 * A field's value in words, as `ausearch -i` (audit 3.0.9) says it, before that tool escapes control characters:
 * what auditd added to the record goes first, then the tables, then `context` for users and groups.
 *
 * `value` is the decoded value of `record.fields[name]`. Text is latin1. Never throws; what is not understood stays
 * as it is.
 */
export function interpretField(
  record: AuditRecord,
  name: string,
  value: string,
  context: NameContext = {},
): string {
  const added = record.enriched[name.toUpperCase()];
  if (added !== undefined) return added;
  const kind = fieldKind(record.type, name);
  switch (kind) {
    case null:
      return value;
    case "text":
      return upToNul(value.startsWith("\0") ? value.slice(1) : value);
    case "title":
      return value.replaceAll("\0", " ");
    case "typed":
      return sayTyped(value);
    case "uid":
      return sayId(value, 10, context.userName);
    case "gid":
      return sayId(value, 10, context.groupName);
    case "session":
      return value === "4294967295" ? "unset" : value;
    case "capabilities":
      return sayCapabilities(value);
    case "exit":
      return sayExit(value);
    case "arch":
      return sayArch(value);
    case "syscall":
      return saySyscall(record);
    case "address":
      return saySocketAddress(value);
    case "argument":
      return sayArgument(record, name, value, context);
    case "result":
    case "response":
      return /^\d/.test(value) ? sayNumber(kind, value, 10) : value;
    default:
      return sayNumber(kind, value, BASES.get(name) ?? 10);
  }
}

function sayId(text: string, base: 10 | 16, nameOf: ((id: number) => string | null) | undefined): string {
  const number = leadingNumber(text, base);
  if (number === null) return `conversion error(${text})`;
  const id = low32(number);
  return id === 0xffffffff ? "unset" : (nameOf?.(id) ?? `unknown(${id | 0})`);
}

/** The machine of an arch field's text: the digits that it begins with count. */
export const machineIn = (text: string): Machine | null =>
  machineOf(text) ?? machineOf(low32(leadingNumber(text, 16) ?? 0n).toString(16));

function sayArch(text: string): string {
  if (leadingNumber(text, 16) === null) return `conversion error(${text}) `;
  return machineIn(text)?.name ?? `unknown-elf-type(${text})`;
}

/** The call's name by its own machine's table; an unknown machine's by x86_64's, as the real tool does on that machine. */
function callOf({ fields }: AuditRecord): string | null {
  const { arch, syscall } = fields;
  if (arch === undefined || syscall === undefined) return null;
  const machine = machineIn(arch) ?? machineOf("c000003e");
  return machine?.syscalls.get(Number(leadingNumber(syscall, 10) ?? -1n)) ?? null;
}

function saySyscall(record: AuditRecord): string {
  const name = callOf(record);
  if (name === null) return `unknown-syscall(${record.fields["syscall"] ?? ""})`;
  if (name !== "socketcall" && name !== "ipc") return name;
  const part = enumTable(name).names.get(argumentNumber(record, "a0"));
  return part === undefined ? name : `${name}(${part})`;
}

/** An argument's low 32 bits; -1 where it does not fit or is missing. */
function argumentNumber({ fields }: AuditRecord, name: string): number {
  const number = leadingNumber(fields[name] ?? "", 16);
  return number === null || number > 0xffffffffn ? -1 : Number(number);
}

const SOCKET_OPTIONS: ReadonlyMap<number, string> = new Map([
  [0, "option-ip"],
  [1, "option-socket"],
  [6, "option-tcp"],
  [17, "option-udp"],
  [41, "option-ipv6"],
  [263, "option-packet"],
]);
const PRCTL_ARGUMENTS: ReadonlyMap<number, string> = new Map([
  [1, "signal-argument"],
  [23, "capability-argument"],
  [24, "capability-argument"],
]);
const O_CREAT = 0x40;
const F = { setFd: 2, setOwner: 8 } as const;
/** On PowerPC these six options' numbers are the ones of others; the table has them 100 higher. */
const PPC_OPTIONS = { first: 16, last: 21, shift: 100 } as const;

/** What an argument is, where that depends on another one. */
function dependentKind(record: AuditRecord, call: string, name: string): string | null {
  if (name === "a1" && call === "prctl") return PRCTL_ARGUMENTS.get(argumentNumber(record, "a0")) ?? null;
  if (name === "a2" && (call === "setsockopt" || call === "getsockopt"))
    return SOCKET_OPTIONS.get(argumentNumber(record, "a1")) ?? null;
  if (name === "a0" && call === "socketcall") return "socketcall";
  if (name !== "a2") return argumentKind(call, name);
  if (call.startsWith("fcntl")) return argumentNumber(record, "a1") === F.setOwner ? "uid" : null;
  const isOptional = call === "open" || call === "mq_open";
  if (isOptional && (argumentNumber(record, "a1") & O_CREAT) === 0) return null;
  return argumentKind(call, name);
}

function sayArgument(record: AuditRecord, name: string, value: string, context: NameContext): string {
  const call = record.type === "SYSCALL" ? callOf(record) : null;
  if (call === null) return `0x${value}`;
  if (name === "a2" && call.startsWith("fcntl") && argumentNumber(record, "a1") === F.setFd && value === "1")
    return "FD_CLOEXEC";
  const kind = dependentKind(record, call, name);
  switch (kind) {
    case null:
      return `0x${value}`;
    case "uid":
      return sayId(value, 16, context.userName);
    case "gid":
      return sayId(value, 16, context.groupName);
    case "option-socket": {
      const option = argumentNumber(record, name);
      const isPpc = machineOf(record.fields["arch"] ?? "")?.name.startsWith("ppc") === true;
      const isShifted = isPpc && option >= PPC_OPTIONS.first && option <= PPC_OPTIONS.last;
      return isShifted
        ? sayNumber(kind, (option + PPC_OPTIONS.shift).toString(16), 16)
        : sayNumber(kind, value, 16);
    }
    default:
      return sayNumber(kind, value, 16);
  }
}
