import {
  ABSENT,
  AUDIT_COLUMNS,
  type AuditColumn,
  FIELD_COLUMNS,
  PATH_ROLES,
  TEXT_COLUMNS,
} from "../../model/audit-columns.ts";
import { AUID_UNSET } from "../../model/ids.ts";
import { isEncodedField } from "../../records/audit/field-name.ts";

/** Index of each column in a row. */
export const AT = Object.fromEntries(AUDIT_COLUMNS.map((name, at) => [name, at])) as Readonly<
  Record<AuditColumn, number>
>;
const TEXTS: ReadonlySet<AuditColumn> = new Set(TEXT_COLUMNS);
/** A row in which nothing is set. */
export const EMPTY_ROW = Float64Array.from(AUDIT_COLUMNS, (name) => (TEXTS.has(name) ? 0 : ABSENT));
const UNSIGNED_IDS: readonly number[] = [AT.auid, AT.uid, AT.euid, AT.gid, AT.egid, AT.ses];
const MAX_DIGITS = 15;
const MINUS = 45;

/** What a field is to a row. */
export interface FieldMeaning {
  readonly name: string;
  /** Index of the column; for the fields of a PATH record that are kept, of {@link PATH_FIELDS}. */
  readonly at: number;
  readonly isText: boolean;
  /** One of its own among the fields of a record. */
  readonly bit: number;
  /** Unquoted hex digits stand for bytes. */
  readonly isEncoded: boolean;
}
/** The fields of a PATH record that are kept, by {@link FieldMeaning.at}. */
export const PATH_FIELDS = { item: 0, name: 1, nametype: 2 } as const;

const meanings = (
  fields: Readonly<Record<string, number>>,
  isText: (at: number) => boolean,
): FieldMeaning[] =>
  Object.entries(fields).map(([name, at], place) => ({
    name,
    at,
    bit: 1 << place,
    isText: isText(at),
    isEncoded: isEncodedField(name),
  }));
/** Fields of any record but PATH that feed a column. */
export const EVENT_FIELDS: readonly FieldMeaning[] = meanings(
  Object.fromEntries(Object.entries(FIELD_COLUMNS).map(([name, column]) => [name, AT[column]])),
  (at) => TEXTS.has(AUDIT_COLUMNS[at] ?? "time"),
);
/** Fields of a PATH record that are kept. */
export const PATH_MEANINGS: readonly FieldMeaning[] = meanings(PATH_FIELDS, (at) => at === PATH_FIELDS.name);

/** True where [start, end) are these characters. */
export function isWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let at = 0; at < word.length; at++) if (bytes[start + at] !== word.charCodeAt(at)) return false;
  return true;
}

/** `?` and `(null)` and nothing at all stand for nothing. */
export function isNothingAt(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length > 1) return length === 6 && bytes[start] === 40 && isWord(bytes, start, end, "(null)");
  return length === 0 || bytes[start] === 63;
}

function successAt(bytes: Uint8Array, start: number, end: number): number {
  if (
    isWord(bytes, start, end, "yes") ||
    isWord(bytes, start, end, "success") ||
    isWord(bytes, start, end, "1")
  )
    return 1;
  return isWord(bytes, start, end, "no") ||
    isWord(bytes, start, end, "failed") ||
    isWord(bytes, start, end, "0")
    ? 0
    : ABSENT;
}

function archAt(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 8) return ABSENT;
  let value = 0;
  for (let at = start; at < end; at++) {
    const c = bytes[at] as number;
    const lower = c | 32;
    const digit = c >= 48 && c <= 57 ? c - 48 : lower >= 97 && lower <= 102 ? lower - 87 : -1;
    if (digit < 0) return ABSENT;
    value = value * 16 + digit;
  }
  return value;
}

/** The number that a field says, as the column keeps it; {@link ABSENT} where it is none. */
export function numberAt(column: number, bytes: Uint8Array, start: number, end: number): number {
  if (column === AT.success) return successAt(bytes, start, end);
  if (column === AT.arch) return archAt(bytes, start, end);
  const isNegative = bytes[start] === MINUS;
  let at = isNegative ? start + 1 : start;
  if (at >= end || end - at > MAX_DIGITS) return ABSENT;
  let value = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) return ABSENT;
    value = value * 10 + digit;
  }
  if (!isNegative) return value;
  return value === 1 && UNSIGNED_IDS.includes(column) ? AUID_UNSET : -value;
}

/** A PATH record's `item`. */
export function itemAt(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 9) return ABSENT;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) return ABSENT;
    value = value * 10 + digit;
  }
  return value;
}

/** A PATH record's `nametype` as an index of {@link PATH_ROLES}. */
export function roleAt(bytes: Uint8Array, start: number, end: number): number {
  for (let role = 1; role < PATH_ROLES.length; role++)
    if (isWord(bytes, start, end, PATH_ROLES[role] ?? "")) return role;
  return 0;
}
