import { leadingInt32, unescaped } from "./c-text.ts";
import { type AvcFields, emptyAvc, type SearchFields, SUCCESS } from "./search-fields.ts";

/** Why a number could not be read; added to a parser's own code, as the tools number their faults. */
const NO_END = 1;
const OUT_OF_RANGE = 2;

/** A record's text, and how far it was read: the tools look for a field behind the one that they read before. */
export class FieldCursor {
  readonly text: string;
  /** Where the next search begins. */
  at = 0;
  /** What {@link number} read. */
  value = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Where the text behind the next `name` begins, or 0. Does not move. */
  after(name: string): number {
    const found = this.text.indexOf(name, this.at);
    return found < 0 ? 0 : found + name.length;
  }

  /** As {@link after}, from the record's beginning. */
  afterFirst(name: string): number {
    const found = this.text.indexOf(name);
    return found < 0 ? 0 : found + name.length;
  }

  /** Reads the number at `from`, which must end at a space, into `value`, and moves there. @returns 0, or why not. */
  number(from: number): number {
    const end = this.text.indexOf(" ", from);
    if (end < 0) return NO_END;
    this.at = end;
    this.value = leadingInt32(this.text, from, end);
    return Number.isNaN(this.value) ? OUT_OF_RANGE : 0;
  }

  /** As {@link number}, but the record may end behind it: then it moves to `otherwise`. */
  lastNumber(from: number, otherwise: number): number {
    const end = this.text.indexOf(" ", from);
    this.at = end < 0 ? otherwise : end;
    this.value = leadingInt32(this.text, from, end < 0 ? this.text.length : end);
    return Number.isNaN(this.value) ? OUT_OF_RANGE : 0;
  }

  /** The word at `from`, which must end at a space; moves there. Null where it does not. */
  word(from: number): string | null {
    const end = this.text.indexOf(" ", from);
    if (end < 0) return null;
    this.at = end;
    return this.text.slice(from, end);
  }

  /** As {@link word}, but the record may end behind it: then it does not move. */
  lastWord(from: number): string {
    const end = this.text.indexOf(" ", from);
    if (end < 0) return this.text.slice(from);
    this.at = end;
    return this.text.slice(from, end);
  }

  /**
   * The value at `from` in quotes (moves to the closing one), or decoded from hex (does not move).
   * @returns undefined where the closing quote is missing, null where hex is too short.
   */
  quoted(from: number): string | null | undefined {
    if (this.text.charCodeAt(from) !== 34) return unescaped(this.text, from);
    const end = this.text.indexOf('"', from + 1);
    if (end < 0) return undefined;
    this.at = end;
    return this.text.slice(from + 1, end);
  }
}

/** Adds a label; a decision where more is known of it. */
export function addLabel(fields: SearchFields, label: Partial<AvcFields>): void {
  fields.avc ??= [];
  fields.avc.push({ ...emptyAvc(), ...label });
}

/** Reads `res=`, which may stand at the record's end, as a number. @returns false where it is beyond 64 bits. */
export function readResult(c: FieldCursor, s: SearchFields): boolean {
  const at = c.after("res=");
  if (at === 0) return true;
  if (c.lastNumber(at, c.text.length) !== 0) return false;
  s.success = c.value;
  return true;
}

/** `failed` at this place, or anything else: letters are asked for, else null. */
export function readResultWord(c: FieldCursor, from: number): number | null {
  const letters = /^[A-Za-z]+/.exec(c.text.slice(from, from + 16));
  if (letters === null) return null;
  return c.text.startsWith("failed", from) ? SUCCESS.failed : SUCCESS.yes;
}

/** Reads the keys at `from`, quoted or as hex with byte 1 between them. @returns false where they cannot be read. */
export function readKeys(c: FieldCursor, s: SearchFields, from: number): boolean {
  s.keys ??= [];
  const isQuoted = c.text.charCodeAt(from) === 34;
  const text = c.quoted(from);
  if (text === undefined || text === null) return false;
  if (isQuoted) s.keys.push(text);
  else s.keys.push(...text.split("\x01").filter((key) => key !== ""));
  return true;
}

const PATH_MAX = 4096;

/** Reads the file name at `from`. @returns 0, or the tools' code of the fault. */
export function readPath(s: SearchFields, text: string, from: number): number {
  s.files ??= [];
  let name: string | null;
  if (text.charCodeAt(from) === 34) {
    const end = text.indexOf('"', from + 1);
    if (end < 0) return 2;
    name = text.slice(from + 1, end);
  } else if (text.startsWith("(null)", from)) {
    s.files.push({ name: "(null)", kind: null });
    return 0;
  } else {
    if (!/^[0-9a-fA-F]/.test(text.slice(from, from + 1))) return 4;
    // An abstract socket's name begins with a NUL.
    if (text.startsWith("00", from)) name = unescaped(text, from + 2);
    else if (text.indexOf(" ", from) < 0) return 5;
    else name = unescaped(text, from);
    if (name === null) return 7;
  }
  if (s.cwd !== null && (name.startsWith("..") || name.startsWith("./")))
    name = `${s.cwd}/${name}`.slice(0, PATH_MAX - 1);
  s.files.push({ name, kind: null });
  return 0;
}
