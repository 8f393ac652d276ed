import { callAction, recordAction } from "../../records/audit/tables/normal-words.ts";
import {
  collectPath,
  readFileObject,
  readIdentity,
  readMode,
  readName2,
  readOwner,
  readSimpleFile,
} from "./file-object.ts";
import { isInterpreter, placeAt, type Reading, readObject } from "./normal-event.ts";
import { fieldInt } from "./split-record.ts";

const TYPE = {
  avc: 1400,
  selinuxError: 1401,
  policyLoad: 1403,
  macStatus: 1404,
  macConfig: 1405,
  netfilter: 1325,
  kernModule: 1330,
  fanotify: 1331,
  timeOffset: 1332,
  timeAdjust: 1333,
  bpf: 1334,
  listener: 1335,
  promiscuous: 1700,
} as const;

/** What an event does that has a record of one of these types, whatever its system call is. */
const BY_RECORD: ReadonlyMap<number, string> = new Map([
  [TYPE.selinuxError, "caused-mac-policy-error"],
  [TYPE.netfilter, "loaded-firewall-rule-to"],
  [TYPE.promiscuous, "promiscuous"],
  [TYPE.kernModule, "loaded-kernel-module"],
  [TYPE.policyLoad, "policy"],
  [TYPE.macStatus, "policy"],
  [TYPE.macConfig, "policy"],
  [TYPE.timeOffset, "changed-system-time"],
  [TYPE.timeAdjust, "changed-system-time"],
  [TYPE.bpf, "bpf"],
  [TYPE.listener, "listener"],
]);
/** A call that libauparse has no word for. */
const NO_ACT = "";
/** Records beside a system call's that say what was done, but not to what. */
const DECISIONS: ReadonlyMap<number, string> = new Map([
  [TYPE.avc, "accessed-mac-policy-controlled-object"],
  [TYPE.fanotify, "accessed-policy-controlled-file"],
]);

/** Which record says what an event does: the first of these types. The cursor stays there, or goes behind the last. */
function deciding({ at }: Reading): { readonly type: number; readonly act: string | null } {
  at.first();
  let { type } = at;
  for (;;) {
    const act = BY_RECORD.get(type);
    if (act !== undefined) return { type, act };
    if (DECISIONS.has(type) || !at.next()) return { type, act: null };
    type = at.type;
  }
}

/**
 * The action and the object of a system call. @param isDone what the call said of itself, null for nothing.
 * @see audit-userspace auparse/normalize.c (normalize_syscall)
 */
export function readCallObject(reading: Reading, call: string, isDone: boolean | null): void {
  const { type, act } = deciding(reading);
  const action = readByAct(reading, act ?? callAction(call) ?? NO_ACT, call, isDone, type);
  reading.found.action = DECISIONS.get(type) ?? action;
}

/** Calls on files whose object's kind is what its PATH record says. `skip` records stand before it. */
const FILE_CALLS: ReadonlyMap<string, { readonly kind: string; readonly skip: number }> = new Map([
  ["changed-file-attributes-of", { kind: "file", skip: 0 }],
  ["changed-file-permissions-of", { kind: "file", skip: 0 }],
  ["changed-file-ownership-of", { kind: "file", skip: 0 }],
  ["created-directory", { kind: "file", skip: 1 }],
  ["renamed", { kind: "file", skip: 2 }],
  ["checked-metadata-of", { kind: "file", skip: 0 }],
  ["checked-filesystem-metadata-of", { kind: "file-system", skip: 0 }],
  ["symlinked", { kind: "file", skip: 2 }],
  ["unmounted", { kind: "file-system", skip: 0 }],
  ["deleted", { kind: "file", skip: 0 }],
  ["changed-timestamp-of", { kind: "file", skip: 0 }],
  ["executed", { kind: "file", skip: 1 }],
]);
/** Calls on an open file: no working directory stands before its PATH record. */
const ON_OPEN_FILE: ReadonlySet<string> = new Set(["fsetxattr", "fchmod", "fchown"]);
const SOCKET_CALLS: ReadonlySet<string> = new Set([
  "accepted-connection-from",
  "bound-socket",
  "connected-to",
  "received-from",
  "sent-to",
]);
/** Where in an event the records of the names are that were renamed or linked to. */
const NAME2: ReadonlyMap<string, number> = new Map([
  ["renamed", 6],
  ["symlinked", 2],
]);
/** What is said alone: the object is not looked for. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["unloaded-kernel-module", "file"],
  ["caused-mac-policy-error", "system"],
  ["changed-system-time", "system"],
  ["changed-system-name", "system"],
]);

function readByAct(
  reading: Reading,
  act: string,
  call: string,
  isDone: boolean | null,
  type: number,
): string | null {
  const { at, found } = reading;
  const file = FILE_CALLS.get(act);
  if (file !== undefined) {
    found.objectKind = file.kind;
    if (act === "changed-file-permissions-of") readMode(reading, call);
    if (act === "changed-file-ownership-of") readOwner(reading, call);
    const name2 = NAME2.get(act);
    if (name2 !== undefined) readName2(reading, name2);
    readFileObject(reading, file.skip - (ON_OPEN_FILE.has(call) ? 1 : 0));
    readSimpleFile(reading);
    return act;
  }
  if (SOCKET_CALLS.has(act)) {
    found.objectKind = "socket";
    at.goTo(1);
    at.firstField();
    readObject(reading, "saddr", 1);
    return act;
  }
  const kind = KINDS.get(act);
  if (kind !== undefined) {
    found.objectKind = kind;
    return act;
  }
  switch (act) {
    case "opened-file":
      readFileObject(reading, 0);
      found.objectKind = "file";
      readSimpleFile(reading);
      return act;
    case "loaded-kernel-module":
      found.objectKind = "file";
      at.goTo(1);
      readObject(reading, "name", 1);
      return act;
    case "mounted":
      found.objectKind = "file-system";
      if (isDone === true) readName2(reading, 2);
      readFileObject(reading, isDone === null ? -1 : Number(isDone));
      collectPath(reading);
      return act;
    case "make-device":
      readFileObject(reading, 0);
      readSimpleFile(reading);
      if (found.objectKind === "character-device") return "made-character-device";
      return found.objectKind === "block-device" ? "made-block-device" : act;
    case "killed-pid": {
      at.goTo(1);
      at.firstField();
      if (at.find("saddr") !== null) found.object = placeAt(at);
      found.objectKind = "process";
      return at.records.length > 2 ? "killed-list-of-pids" : act;
    }
    case "allocated-memory":
      found.objectKind = "memory";
      if (isDone !== true) return act;
      at.first();
      if (at.find("comm") !== null) found.object = placeAt(at);
      return "allocated-memory-in";
    case "changed-identity-of":
    case "adjusted-scheduling-policy-of":
      found.objectKind = "process";
      readProgram(reading);
      if (found.how !== null) found.how = call;
      if (act === "changed-identity-of") readIdentity(reading, call);
      return act;
    default:
      return readOther(reading, act, type);
  }
}

function readOther(reading: Reading, act: string, type: number): string | null {
  const { at, found } = reading;
  const first = (name: string): boolean => {
    if (at.find(name) === null) return false;
    found.object = placeAt(at);
    return true;
  };
  switch (act) {
    case "policy":
      found.objectKind = "mac-config";
      if (type === TYPE.macConfig) first("bool");
      if (type === TYPE.macStatus) first("enforcing");
      return recordAction(type);
    case "loaded-firewall-rule-to":
      found.objectKind = "firewall";
      at.first();
      first("table");
      return act;
    case "promiscuous": {
      found.objectKind = "socket";
      at.first();
      first("dev");
      const prom = at.find("prom");
      if (prom === null) return null;
      return `${fieldInt(prom) === 0 ? "left" : "entered"}-promiscuous-mode-on-device`;
    }
    case "bpf":
      found.objectKind = "process";
      return readBpf(reading);
    case "listener":
      found.objectKind = "socket";
      return readListener(reading);
    default: {
      found.objectKind = "admin-defined-rule";
      at.first();
      const key = at.find("key");
      if (key === null || key === "(null)") return "triggered-unknown-audit-rule";
      found.object = placeAt(at);
      return "triggered-audit-rule";
    }
  }
}

/** The action and the object of a BPF record, from the event's first one on. */
export function readBpf(reading: Reading): string {
  reading.at.first();
  const op = reading.at.find("op");
  readProgram(reading);
  if (op === null) return "bpf-program";
  return op === "LOAD" ? "loaded-bpf-program" : "unloaded-bpf-program";
}

/** As {@link readBpf}, of a program that listens to audit's events. */
export function readListener(reading: Reading): string {
  reading.at.first();
  const op = reading.at.find("op");
  readProgram(reading);
  if (op === null) return "connected";
  return op === "connect" ? "connected-to" : "disconnected-from";
}

/** Makes the program the object: of a BPF program its number, of a listener the group that it listens to. */
function readProgram({ at, found, words }: Reading): void {
  at.first();
  const { type } = at;
  if (type === TYPE.bpf || type === TYPE.listener) {
    if (at.find(type === TYPE.bpf ? "prog-id" : "nl-mcgrp") !== null) found.object = placeAt(at);
    return;
  }
  if (at.find("exe") === null) return;
  if (isInterpreter(words.say(at))) {
    if (at.fieldNumber > 0) at.goToField(at.fieldNumber - 1);
    else at.first();
    at.find("comm");
  }
  found.object = placeAt(at);
}
