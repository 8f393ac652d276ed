import { recordAction } from "../../records/audit/tables/normal-words.ts";
import { readCallObject } from "./call-object.ts";
import {
  placeIn,
  programWords,
  type Reading,
  readActing,
  readMore,
  readSession,
  readSubject,
} from "./normal-event.ts";
import { configObject } from "./record-object.ts";

const SYSCALL = 1300;
const CONFIG_CHANGE = 1305;
const ANOM_LINK = 1702;

/** Fields of a SYSCALL record that say more of the subject, in the order of the record. */
const SUBJECT_MORE = ["ppid", "pid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid", "tty"];

/**
 * Reads an event with a system call, in any of its records.
 * @param head the type of its first record.
 * @returns false where there is none.
 * @see audit-userspace auparse/normalize.c (normalize_compound)
 */
export function readCall(reading: Reading, head: number): boolean {
  const { at, found, words } = reading;
  while (at.type !== SYSCALL) if (!at.next() || at.type === 0) return false;
  const record = at.recordNumber;
  const back = (isFound: boolean): void => {
    if (isFound) return;
    at.goTo(record);
    at.firstField();
  };
  const call = at.find("syscall") === null ? null : words.say(at);
  const success = at.find("success");
  if (success !== null) found.result = placeIn(at, record);
  back(success !== null);
  back(readSubject(reading, "auid", record));
  back(readActing(reading, "uid", record));
  readMoreOfCaller(reading);
  at.firstField();
  const hasExe = at.find("exe") !== null;
  if (hasExe) found.how = programWords(reading);
  back(hasExe);
  const key = at.find("key");
  if (key !== null && key !== "(null)") found.key = placeIn(at, record);
  if (head === ANOM_LINK) found.action = recordAction(head);
  else if (head === CONFIG_CHANGE) {
    at.first();
    if (at.find("op") === null) return true;
    found.action = words.say(at);
    at.firstField();
    found.object = configObject(at);
    found.objectKind = "audit-config";
  } else readCallObject(reading, call ?? "", success === null ? null : success !== "no");
  return true;
}

function readMoreOfCaller(reading: Reading): void {
  const { at, found, hasLabels } = reading;
  at.first();
  do {
    if (at.type !== SYSCALL) continue;
    const record = at.recordNumber;
    if (hasLabels) for (const name of SUBJECT_MORE) readMore(reading, found.subjectMore, name, record);
    readSession(reading, record);
    if (hasLabels) readMore(reading, found.subjectMore, "subj", record);
    return;
  } while (at.next());
}
