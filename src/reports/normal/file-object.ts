import { leadingNumber } from "../../records/audit/interpret-number.ts";
import { findPlace, placeIn, type Reading, readMore, readObject } from "./normal-event.ts";
import { fieldInt } from "./split-record.ts";

const PATH = 1302;
const CWD = 1307;
const SOCKADDR = 1306;
/** Kinds of files by the mode's highest bits (S_IFMT). */
const FILE_KINDS: ReadonlyMap<number, string> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o020000, "character-device"],
  [0o060000, "block-device"],
  [0o010000, "fifo"],
  [0o120000, "symlink"],
  [0o140000, "socket"],
]);
const FORMAT = 0o170000;
/** Records before the first PATH: SYSCALL and CWD. */
const BEFORE_PATHS = 2;

/**
 * Makes a file the object: the first PATH record, from the one behind `skip` others on, that is no directory that
 * holds it, or else that directory.
 */
export function readFileObject(reading: Reading, skip: number): void {
  const { at, found } = reading;
  at.goTo(BEFORE_PATHS + skip);
  at.firstField();
  let parent = 0;
  let kind: string | null;
  do {
    kind = at.find("nametype");
    if (kind === null || kind !== "PARENT") break;
    if (parent === 0) parent = at.recordNumber;
  } while (at.next());
  let record = at.recordNumber;
  if (kind === null) {
    if (parent === 0) return;
    at.goTo(parent);
    at.firstField();
    record = parent;
  }
  if (at.type !== PATH) return;
  at.firstField();
  readObject(reading, "name", record);
  found.objectSecond = findPlace(at, "inode", record) ?? found.objectSecond;
  const mode = at.find("mode");
  const bits = mode === null ? null : leadingNumber(mode, 8);
  if (bits === null) return;
  found.objectKind = FILE_KINDS.get(Number(BigInt.asUintN(32, bits)) & FORMAT) ?? found.objectKind;
}

/** A name in a record as what the object was made to. */
export function readName2({ at, found }: Reading, record: number): void {
  at.goTo(record);
  at.firstField();
  found.object2 = findPlace(at, "name", record) ?? found.object2;
}

/** An argument, of the event's first record, as what the object was changed to. */
function readArgument({ at, found }: Reading, name: string, adjust: () => boolean): void {
  at.first();
  if (at.find(name) === null || !adjust()) return;
  found.object2 = placeIn(at, 0);
}

export const readMode = (reading: Reading, call: string): void =>
  readArgument(reading, call === "fchmodat" ? "a2" : "a1", () => true);

/** The new owner, or the new group where the owner stays. */
export const readOwner = (reading: Reading, call: string): void =>
  readArgument(reading, call === "fchownat" ? "a2" : "a1", () => {
    if (fieldInt(reading.at.field?.value) === -1) reading.at.nextField();
    return true;
  });

/** How many ids these calls set. */
const IDS: ReadonlyMap<string, number> = new Map([
  ["setuid", 1],
  ["setreuid", 2],
  ["setresuid", 3],
  ["setgid", 1],
  ["setregid", 2],
  ["setresgid", 3],
]);
/** The first id that is set, of those that a call may leave as they are. */
export function readIdentity(reading: Reading, call: string): void {
  const count = IDS.get(call);
  if (count === undefined) return;
  const { at, words } = reading;
  readArgument(reading, "a0", () => {
    for (let index = 1; words.say(at) === "unset"; index += 1)
      if (index >= count || !at.nextField()) return false;
    return true;
  });
}

/** The rest of the cursor's PATH record, from its mode on; one of a failed call has none. */
export function collectPath(reading: Reading): void {
  const { at, found } = reading;
  const record = at.recordNumber;
  at.firstField();
  if (!readMore(reading, found.objectMore, "mode", record)) return;
  while (at.nextField()) found.objectMore.push(placeIn(at, record));
}

/** What more an event's records say of a file: the first PATH record that is no directory that holds it. */
export function readSimpleFile(reading: Reading): void {
  const { at, found, hasLabels } = reading;
  if (!hasLabels) return;
  at.first();
  let parent = 0;
  do {
    const { type } = at;
    if (type === PATH) {
      if (at.find("nametype") !== "PARENT") {
        collectPath(reading);
        return;
      }
      if (parent === 0) parent = at.recordNumber;
    } else if (type === CWD) readMore(reading, found.objectMore, "cwd", at.recordNumber);
    else if (type === SOCKADDR) readMore(reading, found.objectMore, "saddr", at.recordNumber);
  } while (at.next());
  if (parent === 0) return;
  at.goTo(parent);
  collectPath(reading);
}
