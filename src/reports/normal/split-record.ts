import { leadingNumber, unescaped } from "../../query/c-text.ts";
import { typeNumber } from "../../query/log-stamp.ts";

/** A field of a record. Text is latin1, as in the log. */
export interface SplitField {
  readonly name: string;
  /** Null for a key that libauparse cannot decode. */
  readonly value: string | null;
}

/** A record as libauparse splits it: by blanks, what is inside of `msg='…'` beside what is outside. */
export interface SplitRecord {
  /** 0 where the record does not begin with its type; -1 for a name that is not known. */
  readonly type: number;
  /** The first one is `node` or `type`. */
  readonly fields: readonly SplitField[];
  /** Of a system call, where they stand at their places in the record. */
  readonly arch: string | null;
  readonly syscall: string | null;
  readonly a0: string | null;
  readonly a1: string | null;
  /** A CWD record's directory, as it stands in the log. */
  readonly cwd: string | null;
  /** libauparse gave up in the middle: an access vector with more permissions than it has room for. */
  readonly isCut: boolean;
}

const AVC = 1400;
const USER_AVC = 1107;
const CWD = 1307;
/** What libauparse keeps of an access vector's permissions. */
const PERMISSIONS_BYTES = 256;

/** Takes off what stands behind a value in sentences: `:` `,` `'` `)`, one of each, in this order. */
function trimmed(value: string): string {
  let end = value.length;
  if (value[end - 1] === ":") end -= 1;
  if (value[end - 1] === ",") end -= 1;
  if (value[end - 1] === "'") end -= 1;
  const text = value.slice(0, end);
  return text.endsWith(")") && text !== "(none)" && text !== "(null)" ? text.slice(0, -1) : text;
}

/** The kernel's way of writing a text: in quotes, or in hex where it has a quote, a blank or a byte outside of ASCII. */
function kernelText(text: string): string {
  return /^[!#-~]*$/.test(text) ? `"${text}"` : Buffer.from(text, "latin1").toString("hex").toUpperCase();
}

/** A key that holds several is as many fields. */
function keysOf(value: string): (string | null)[] {
  if (value.startsWith("(") || value.startsWith('"')) return [value];
  const text = unescaped(value, 0);
  if (text === null) return [null];
  return text
    .split("\x01")
    .filter((key) => key !== "")
    .map(kernelText);
}

/** Splits a record. @param message without what auditd added. @see audit-userspace auparse/ellist.c */
export function splitRecord(message: string): SplitRecord {
  const fields: SplitField[] = [];
  const call = { arch: null, syscall: null, a0: null, a1: null } as Record<string, string | null>;
  let type = 0;
  let cwd: string | null = null;
  let isCut = false;
  let offset = 0;
  const words = message.split(" ").filter((word) => word !== "");
  for (let at = 0; at < words.length && !isCut; at += 1) {
    let word = words[at] as string;
    let equals = word.indexOf("=");
    if (equals < 0) {
      if (type !== AVC && type !== USER_AVC) continue;
      // SELinux does not name these two.
      if (fields.length === 1 + offset) {
        if (!word.startsWith("avc")) fields.push({ name: "seresult", value: word });
      } else if (fields.length === 2 + offset && word.startsWith("{")) {
        const close = words.findIndex((one, index) => index > at && one.startsWith("}"));
        const permissions = words.slice(at + 1, close < 0 ? undefined : close);
        at = close < 0 ? words.length : close;
        isCut = !fits(permissions);
        if (!isCut) fields.push({ name: "seperms", value: permissions.join(",") });
      }
      continue;
    }
    if (word.startsWith("msg=a")) continue;
    if (word.startsWith("msg='")) {
      word = word.slice(5);
      equals = word.indexOf("=");
      if (equals < 0) continue;
    }
    const name = word.slice(word.startsWith("(") ? 1 : 0, equals);
    if (equals === word.length - 1) continue;
    const value = trimmed(word.slice(equals + 1));
    if (name === "key") {
      for (const key of keysOf(value)) fields.push({ name, value: key });
      continue;
    }
    fields.push({ name, value });
    const place = fields.length - offset;
    if (fields.length === 1 && name === "node") offset = 1;
    else if (place === 1 && name === "type") type = typeNumber(value);
    else if (isCallPlace(name, place)) call[name] = value;
    else if (type === CWD && name === "cwd") cwd ??= value;
  }
  const { arch = null, syscall = null, a0 = null, a1 = null } = call;
  return { type, fields, arch, syscall, a0, a1, cwd, isCut };
}

/** True where a system call's field stands where it does in a SYSCALL or SECCOMP record. */
function isCallPlace(name: string, place: number): boolean {
  switch (name) {
    case "arch":
      return place === 2 || place === 11;
    case "syscall":
      return place === 3 || place === 12;
    case "a0":
      return place === 6;
    case "a1":
      return place === 7;
    default:
      return false;
  }
}

function fits(permissions: readonly string[]): boolean {
  let total = 0;
  for (const word of permissions) {
    if (word.length + 1 >= PERMISSIONS_BYTES - total) return false;
    total += word.length + (total === 0 ? 0 : 1);
  }
  return true;
}

/** A field's value as C's `strtol` keeps it in an int; -1 where it does not fit into 64 bits, or is none. */
export function fieldInt(value: string | null | undefined): number {
  if (value === null || value === undefined) return -1;
  const { int32 } = leadingNumber(value, 10);
  const [, digits] = /^\s*[+-]?(\d+)/.exec(value) ?? [];
  if (digits !== undefined && BigInt(digits) > 0x7fffffffffffffffn) return -1;
  return Number.isNaN(int32) ? -1 : int32;
}
