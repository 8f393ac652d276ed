import {
  programWords,
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
import { recordObject, recordObject2, recordObjectSecond } from "./record-object.ts";

const TYPE = {
  userStart: 1105,
  userEnd: 1106,
  userAvc: 1107,
  userError: 1109,
  userLogin: 1112,
  systemBoot: 1127,
  systemShutdown: 1128,
  userDevice: 1137,
  softwareUpdate: 1138,
  tty: 1319,
  anomalyExec: 2112,
} as const;
/** These have the terminal for their object. */
const TERMINAL_IS_OBJECT: ReadonlySet<number> = new Set([TYPE.userStart, TYPE.userEnd, TYPE.userError]);
const isOfProgram = (type: number): boolean => (type >= 1100 && type < 1199) || (type >= 2100 && type < 2999);

/** Reads a record of a program, and any other whose fields are like those: uid, auid, ses, res and what it is about. */
export function readUserRecord(reading: Reading, type: number): void {
  const { at, found, hasLabels } = reading;
  if (type === TYPE.userLogin) readWhoLogsIn(reading);
  else {
    if (!readActing(reading, "uid", 0)) at.first();
    readSubject(reading, "auid", 0);
  }
  readSession(reading, 0);
  readProcess(reading);
  if (hasLabels && isOfProgram(type)) {
    readMore(reading, found.subjectMore, "hostname", 0);
    readMore(reading, found.subjectMore, "addr", 0);
    if (!TERMINAL_IS_OBJECT.has(type)) readMore(reading, found.subjectMore, "terminal", 0);
  }
  if (type === TYPE.userAvc) readUserAvc(reading);
  else readResult(reading, "res", 0);
  if (type === TYPE.userDevice) {
    at.first();
    found.action = at.find("op") ?? found.action;
  }
  if (type !== TYPE.userAvc) readWhatItIsAbout(reading, type);
  readHow(reading, type);
}

/** Who failed to log in has no auid yet. */
function readWhoLogsIn(reading: Reading): void {
  const { at } = reading;
  if (readSubject(reading, "id", 0)) readAccountKind(reading);
  else {
    at.first();
    if (readSubject(reading, "acct", 0)) readAccountKind(reading);
  }
  at.first();
}

function readUserAvc(reading: Reading): void {
  const { at, hasLabels } = reading;
  at.first();
  readResult(reading, "seresult", 0);
  at.first();
  readSubject(reading, "scontext", 0);
  if (!hasLabels) return;
  at.first();
  readObject(reading, "tcontext", 0);
}

function readWhatItIsAbout(reading: Reading, type: number): void {
  const { at, found, words, hasLabels } = reading;
  at.first();
  if (type === USYS_CONFIG) {
    at.firstField();
    if (at.find("op") !== null) found.action = words.say(at);
  } else found.object = recordObject(at, type);
  found.objectSecond = recordObjectSecond(at, type);
  found.object2 = recordObject2(at, type);
  if (!hasLabels) return;
  if (type === TYPE.userDevice) readMore(reading, found.objectMore, "uuid", 0);
  if (type !== TYPE.softwareUpdate) return;
  at.first();
  readMore(reading, found.objectMore, "key_enforce", 0);
  readMore(reading, found.objectMore, "gpg_res", 0);
}
const USYS_CONFIG = 1111;

function readHow(reading: Reading, type: number): void {
  const { at, found, words } = reading;
  if (type === TYPE.systemBoot || type === TYPE.systemShutdown) {
    if (at.find("exe") !== null) found.how = words.say(at);
    return;
  }
  at.first();
  if (type === TYPE.anomalyExec || type === TYPE.tty) {
    if (at.find(type === TYPE.tty ? "comm" : "terminal") !== null) found.how = words.say(at);
    return;
  }
  if (at.find("exe") !== null) found.how = programWords(reading);
}
