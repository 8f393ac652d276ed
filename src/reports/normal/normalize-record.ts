import { eventKind, objectKind, recordAction } from "../../records/audit/tables/normal-words.ts";
import { readBpf, readListener } from "./call-object.ts";
import {
  placeAt,
  type Reading,
  readAccountKind,
  readActing,
  readMore,
  readObject,
  readResult,
  readSession,
  readSubject,
} from "./normal-event.ts";
import { readProcess } from "./process-fields.ts";
import { configObject } from "./record-object.ts";
import { fieldInt } from "./split-record.ts";
import { readUserRecord } from "./user-record.ts";

const TYPE = {
  login: 1006,
  daemonFirst: 1200,
  daemonStart: 1200,
  daemonAbort: 1202,
  daemonAccept: 1207,
  daemonEnd: 1299,
  configChange: 1305,
  netfilter: 1325,
  seccomp: 1326,
  featureChange: 1328,
  bpf: 1334,
  listener: 1335,
  avc: 1400,
  unlabeled: 1406,
  mapAdd: 1409,
  mapDelete: 1410,
  selinuxEnd: 1499,
  promiscuous: 1700,
  abend: 1701,
} as const;

/**
 * Reads an event of one record. @see audit-userspace auparse/normalize.c (normalize_simple)
 */
export function readRecord(reading: Reading): void {
  const { found } = reading;
  const { type } = reading.at;
  found.kind = eventKind(type);
  found.objectKind = objectKind(type);
  found.action = recordAction(type);
  switch (type) {
    case TYPE.configChange:
    case TYPE.featureChange:
    case TYPE.seccomp:
    case TYPE.abend:
    case TYPE.promiscuous:
      readKernelRecord(reading, type);
      return;
    case TYPE.login:
      readLogin(reading);
      return;
    case TYPE.netfilter:
      readNetfilter(reading);
      return;
    case TYPE.avc:
      readAvc(reading);
      return;
    case TYPE.bpf:
      found.subjectKind = "system";
      found.action = readBpf(reading);
      return;
    case TYPE.listener:
      readListenerRecord(reading);
      return;
    default:
      if (type >= TYPE.daemonFirst && type < TYPE.daemonEnd) readDaemon(reading, type);
      else if (type >= TYPE.unlabeled && type <= TYPE.selinuxEnd) readNetworkLabel(reading, type);
      else readUserRecord(reading, type);
  }
}

function readKernelRecord(reading: Reading, type: number): void {
  const { at, found, words } = reading;
  readSubject(reading, "auid", 0);
  readSession(reading, 0);
  readProcess(reading);
  const how = (name: string): void => {
    if (at.find(name) !== null) found.how = words.say(at);
  };
  const acting = (): void => {
    at.firstField();
    if (!readActing(reading, "uid", 0)) at.first();
  };
  if (type === TYPE.configChange) readConfigChange(reading);
  else at.first();
  switch (type) {
    case TYPE.featureChange:
      acting();
      how("exe");
      readObject(reading, "feature", 0);
      break;
    case TYPE.seccomp:
      acting();
      how("exe");
      if (!readObject(reading, "syscall", 0)) at.first();
      readResult(reading, "code", 0);
      return;
    case TYPE.abend:
      acting();
      if (!readObject(reading, "exe", 0)) at.first();
      how("sig");
      break;
    case TYPE.promiscuous:
      at.firstField();
      readObject(reading, "dev", 0);
      readActing(reading, "uid", 0);
      break;
    default:
  }
  readResult(reading, "res", 0);
}

function readConfigChange({ at, found, words }: Reading): void {
  at.firstField();
  const op = at.find("op") === null ? "" : words.say(at).replace(/^"/, "");
  at.firstField();
  found.object = configObject(at);
  if (op.startsWith("add_rule")) found.action = "added-audit-rule";
  else if (op.startsWith("remove_rule")) found.action = "deleted-audit-rule";
  else at.first();
}

function readLogin(reading: Reading): void {
  const { at } = reading;
  if (!readActing(reading, "uid", 0)) at.first();
  readProcess(reading);
  if (!readSubject(reading, "old-auid", 0)) at.first();
  if (!readObject(reading, "auid", 0)) at.first();
  readSession(reading, 0);
  readResult(reading, "res", 0);
}

function readNetfilter(reading: Reading): void {
  const { at, found, words } = reading;
  readProcess(reading);
  if (at.find("comm") !== null) found.how = words.say(at);
  at.first();
  if (at.find("table") !== null) found.object = placeAt(at);
  found.subjectKind = "system";
}

function readAvc(reading: Reading): void {
  const { at, found, words, hasLabels } = reading;
  if (at.find("comm") === null) at.first();
  else found.how = words.say(at);
  readSubject(reading, "scontext", 0);
  found.subjectKind = "unknown-acct";
  at.first();
  // Only with labels: the sentences read badly with it.
  if (hasLabels) readObject(reading, "tcontext", 0);
  at.first();
  readResult(reading, "seresult", 0);
}

function readDaemon(reading: Reading, type: number): void {
  const { at, found } = reading;
  readSubject(reading, "auid", 0);
  if (!readActing(reading, "uid", 0)) at.first();
  readSession(reading, 0);
  readProcess(reading);
  found.subjectKind = "auditd";
  if (type === TYPE.daemonStart) found.how = "init";
  else if (type < TYPE.daemonAccept && type !== TYPE.daemonAbort) found.how = "signal";
  readResult(reading, "res", 0);
}

function readListenerRecord(reading: Reading): void {
  const { at, found, words } = reading;
  readSubject(reading, "auid", 0);
  at.first();
  readActing(reading, "uid", 0);
  at.first();
  readSession(reading, 0);
  readProcess(reading);
  found.action = readListener(reading);
  at.first();
  if (at.find("exe") !== null) found.how = words.say(at);
  at.first();
  readResult(reading, "res", 0);
}

function readNetworkLabel(reading: Reading, type: number): void {
  const { at, found } = reading;
  readSubject(reading, "auid", 0);
  readAccountKind(reading);
  readSession(reading, 0);
  readMore(reading, found.subjectMore, "subj", 0);
  if (type === TYPE.unlabeled) {
    const accept = at.find("unlbl_accept");
    if (accept === null) at.first();
    else found.action = `is-${fieldInt(accept) === 1 ? "" : "dis"}allowing-unlabeled-network-traffic`;
  }
  if ((type === TYPE.mapAdd || type === TYPE.mapDelete) && !readObject(reading, "nlbl_domain", 0)) at.first();
  readResult(reading, "res", 0);
}
