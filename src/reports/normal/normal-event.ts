import type { EventCursor, Place } from "./event-cursor.ts";
import type { FieldWords } from "./field-words.ts";
import { fieldInt } from "./split-record.ts";

/** What an event says in the terms of all events: who did what to what, how, and with what result. */
export class NormalEvent {
  kind: string | null = null;
  session: Place | null = null;
  subject: Place | null = null;
  /** Whom the subject acted as. */
  subjectActing: Place | null = null;
  subjectKind: string | null = null;
  action: string | null = null;
  result: Place | null = null;
  object: Place | null = null;
  objectSecond: Place | null = null;
  /** What the object was made, moved or changed to. */
  object2: Place | null = null;
  objectKind = "unknown";
  how: string | null = null;
  key: Place | null = null;
  /** More of the subject and the object: fields of whom the labels are, in the order in which they were found. */
  readonly subjectMore: Place[] = [];
  readonly objectMore: Place[] = [];
}

const UNSET = -1;
const SYSTEM_BELOW = 1000;
const USERS_BELOW = 60_000;
/** Programs that run others' code: their `comm` says more. */
const INTERPRETERS = ["/usr/bin/python", "/usr/bin/sh", "/usr/bin/bash", "/usr/bin/perl"];
export const isInterpreter = (exe: string): boolean => INTERPRETERS.some((path) => exe.startsWith(path));

/** An event while it is read: the cursor in it, what was found, and how fields are said. */
export interface Reading {
  readonly at: EventCursor;
  readonly found: NormalEvent;
  readonly words: FieldWords;
  /** Labels are wanted too. */
  readonly hasLabels: boolean;
}

/** The field at the cursor, said to be one of record `record`: libauparse takes the record for known. */
export const placeIn = (at: EventCursor, record: number): Place => ({ record, field: at.fieldNumber });
export const placeAt = (at: EventCursor): Place => placeIn(at, at.recordNumber);

/** The next field of a name as a place of record `record`. */
export function findPlace(at: EventCursor, name: string, record: number): Place | null {
  return at.find(name) === null ? null : placeIn(at, record);
}

/** What kind of account a uid or an `acct` field names. @returns false where the cursor is at neither. */
export function readAccountKind({ at, found, words }: Reading): boolean {
  const { field } = at;
  let uid: number | null = null;
  if (field !== null && words.kindAt(at) === "uid") uid = fieldInt(field.value);
  else if (field?.name === "acct") uid = words.uidOf(words.say(at));
  if (uid === null) {
    found.subjectKind = "unknown-acct";
    return false;
  }
  if (uid === 0) found.subjectKind = "privileged-acct";
  else if (uid === UNSET) found.subjectKind = "unset-acct";
  else if (uid < SYSTEM_BELOW) found.subjectKind = "service-acct";
  else found.subjectKind = uid < USERS_BELOW ? "user-acct" : "unknown-acct";
  return true;
}

/** @returns false where there is no such field, or where it is not known what kind of account it is. */
export function readActing(reading: Reading, name: string, record: number): boolean {
  const place = findPlace(reading.at, name, record);
  if (place === null) return false;
  reading.found.subjectActing = place;
  return readAccountKind(reading);
}

export function readSubject({ at, found }: Reading, name: string, record: number): boolean {
  const place = findPlace(at, name, record);
  if (place !== null) found.subject = place;
  return place !== null;
}

export function readObject({ at, found }: Reading, name: string, record: number): boolean {
  const place = findPlace(at, name, record);
  if (place !== null) found.object = place;
  return place !== null;
}

export function readSession({ at, found }: Reading, record: number): void {
  const place = findPlace(at, "ses", record);
  if (place === null) at.first();
  else found.session = place;
}

export function readResult({ at, found }: Reading, name: string, record: number): void {
  const place = findPlace(at, name, record);
  if (place !== null) found.result = place;
}

/** Adds a field to a list; where there is none, goes back to the record. */
export function readMore({ at }: Reading, list: Place[], name: string, record: number): boolean {
  const place = findPlace(at, name, record);
  if (place === null) at.goTo(record);
  else list.push(place);
  return place !== null;
}

/**
 * The program at the field `exe`, or the name that it goes by where it only runs others' code: `comm`, which stands
 * before it.
 */
export function programWords({ at, words }: Reading): string {
  const exe = words.say(at);
  if (!isInterpreter(exe)) return exe;
  const field = at.fieldNumber;
  if (!(field > 0 && at.goToField(field - 1))) at.first();
  return at.find("comm") === null ? exe : words.say(at);
}
