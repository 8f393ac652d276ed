import type { FieldMeaning } from "./columns-fields.ts";
import type { FieldSink } from "./columns-scan.ts";

const SPACE = 32;
const QUOTE = 34;
const APOSTROPHE = 39;
const MINUS = 45;
const COMMA = 44;
const COLON = 58;
const EQUALS = 61;
const ENRICHED = 0x1d;
const MAX_DIGITS = 15;
const MAX_HEX = 16;
const MAX_ARCH = 8;

/** How a field's value looks. */
export type ValueForm = "digits" | "signed" | "arch" | "hex" | "word" | "outcome" | "bit" | "text" | "key";

/** A field that stands at its place in a record. */
export interface UsualField {
  /** Its name and the equals sign. */
  readonly head: Uint8Array;
  readonly form: ValueForm;
  readonly isOptional: boolean;
  /** Null where no column takes it. */
  readonly meaning: FieldMeaning | null;
}

/** True where the kernel's own part of a record ends. */
export const isEnd = (bytes: Uint8Array, p: number, end: number): boolean =>
  p === end || bytes[p] === ENRICHED;

/** Behind `word`, if it stands at `p`; else −1. */
export function behind(bytes: Uint8Array, p: number, end: number, word: Uint8Array): number {
  const { length } = word;
  if (end - p < length) return -1;
  for (let at = 0; at < length; at++) if (bytes[p + at] !== word[at]) return -1;
  return p + length;
}

const isDigit = (c: number): boolean => c >= 48 && c <= 57;
/** As the kernel writes hex of text: in capitals. */
const isTextHex = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 65 && c <= 70);
const isHex = (c: number): boolean => isTextHex(c) || (c >= 97 && c <= 102);

function endOfDigits(bytes: Uint8Array, from: number, end: number): number {
  let p = from;
  while (p < end && isDigit(bytes[p] as number)) p++;
  return p > from && p - from <= MAX_DIGITS ? p : -1;
}

function endOfHex(bytes: Uint8Array, from: number, end: number, most: number): number {
  let p = from;
  while (p < end && isHex(bytes[p] as number)) p++;
  return p > from && p - from <= most ? p : -1;
}

/** A word without what could be taken for a field or a quote, that says something. */
function endOfWord(bytes: Uint8Array, from: number, end: number): number {
  let p = from;
  for (; p < end; p++) {
    const c = bytes[p] as number;
    if (c <= SPACE) break;
    if (c === EQUALS || c === QUOTE || c === APOSTROPHE) return -1;
  }
  // What ends a word in a sentence is left out of the columns, and the tools keep it.
  const last = bytes[p - 1];
  return p > from && last !== COLON && last !== COMMA && !isNothing(bytes, from, p) ? p : -1;
}

const YES = Buffer.from("yes");
const NO = Buffer.from("no");
const NULL = Buffer.from("(null)");
const isAt = (bytes: Uint8Array, from: number, word: Uint8Array): boolean =>
  behind(bytes, from, from + word.length, word) >= 0;

/** `?` and `(null)`. */
export const isNothing = (bytes: Uint8Array, from: number, end: number): boolean =>
  (end - from === 1 && bytes[from] === 63) ||
  (end - from === 6 && bytes[from + 2] === 117 && isAt(bytes, from, NULL));

/** Hex of a text that says something and has no NUL. */
export function endOfTextHex(bytes: Uint8Array, from: number, end: number): number {
  let p = from;
  while (p < end && isTextHex(bytes[p] as number)) p++;
  const length = p - from;
  if (length < 2 || (length & 1) === 1) return -1;
  for (let at = from; at < p; at += 2) if (bytes[at] === 48 && bytes[at + 1] === 48) return -1;
  // 3F is `?`; 28… of this length may be `(null)`.
  if (length === 2 && bytes[from] === 51 && bytes[from + 1] === 70) return -1;
  return length === 12 && bytes[from] === 50 && bytes[from + 1] === 56 ? -1 : p;
}

/** The closing quote of a text that says something; −1 where it has control characters or, unless allowed, `=` or `'`. */
export function closingQuote(bytes: Uint8Array, from: number, end: number, mayHaveAny: boolean): number {
  let p = from;
  for (; ; p++) {
    if (p >= end) return -1;
    const c = bytes[p] as number;
    if (c === QUOTE) break;
    if (c < SPACE || (!mayHaveAny && (c === EQUALS || c === APOSTROPHE))) return -1;
  }
  return p > from && !isNothing(bytes, from, p) ? p : -1;
}

/** Where a value that begins at `from` ends, quotes included; −1 where it is not of this form. */
export function endOfValue(bytes: Uint8Array, from: number, end: number, form: ValueForm): number {
  switch (form) {
    case "digits":
      return endOfDigits(bytes, from, end);
    case "signed":
      return endOfDigits(bytes, bytes[from] === MINUS ? from + 1 : from, end);
    case "hex":
      return endOfHex(bytes, from, end, MAX_HEX);
    case "arch":
      return endOfHex(bytes, from, end, MAX_ARCH);
    case "word":
      return endOfWord(bytes, from, end);
    case "outcome": {
      const yes = behind(bytes, from, end, YES);
      return yes >= 0 ? yes : behind(bytes, from, end, NO);
    }
    case "bit":
      return bytes[from] === 48 || bytes[from] === 49 ? from + 1 : -1;
    case "key":
      if (bytes[from] === 40) return behind(bytes, from, end, NULL);
      return endOfText(bytes, from, end);
    case "text":
    default:
      return endOfText(bytes, from, end);
  }
}

function endOfText(bytes: Uint8Array, from: number, end: number): number {
  if (bytes[from] !== QUOTE) return endOfTextHex(bytes, from, end);
  const close = closingQuote(bytes, from + 1, end, false);
  return close < 0 ? -1 : close + 1;
}

/**
 * Reads the fields of [start, end), one after the other with one space between them, and gives those of a column to `sink`.
 * @returns where the last one ends; −1 where one is missing or not of its form.
 */
export function readFields(
  fields: readonly UsualField[],
  bytes: Uint8Array,
  start: number,
  end: number,
  sink: FieldSink,
): number {
  let p = start;
  for (let at = 0; at < fields.length; at++) {
    const { head, form, isOptional, meaning } = fields[at] as UsualField;
    const from = bytes[p] === SPACE ? behind(bytes, p + 1, end, head) : -1;
    if (from < 0) {
      if (isOptional) continue;
      return -1;
    }
    p = endOfValue(bytes, from, end, form);
    if (p < 0) return -1;
    if (meaning === null) continue;
    if (bytes[from] === QUOTE) sink(meaning, from + 1, p - 1, true);
    else sink(meaning, from, p, false);
  }
  return p;
}
