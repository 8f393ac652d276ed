/** What C's text functions, which audit's tools are written with, make of text. All text is latin1. */

const U64_MAX = 18_446_744_073_709_551_615n;
/** More digits than this may not fit into a double or into 64 bits. */
const SAFE_DIGITS = 15;

/**
 * `strtoul(text, NULL, 10)` of what begins at `from`, up to `to`: the digits at its start, 0 where it has none.
 * @returns the value's low 32 bits as a signed number, as the tools keep ids; NaN beyond 64 bits.
 */
export function leadingInt32(text: string, from: number, to: number): number {
  let at = from;
  let value = 0;
  for (; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at === from && at < to) return leadingNumber(text.slice(from, to), 10).int32;
  return at - from > SAFE_DIGITS ? leadingNumber(text.slice(from, to), 10).int32 : value | 0;
}

/** A number as C reads it: whole, and what 32 bits keep of it. Both are NaN beyond 64 bits. */
export interface CNumber {
  readonly value: number;
  readonly int32: number;
}

const PATTERNS = {
  10: /^[ \t\n\v\f\r]*([+-]?)([0-9]+)/,
  16: /^[ \t\n\v\f\r]*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)/,
};

/** `strtoul` with blanks and a sign before the digits. */
export function leadingNumber(text: string, base: 10 | 16): CNumber {
  const [, sign = "", digits = ""] = PATTERNS[base].exec(text) ?? [];
  if (digits === "") return { value: 0, int32: 0 };
  const whole = BigInt(base === 16 ? `0x${digits}` : digits);
  if (whole > U64_MAX) return { value: Number.NaN, int32: Number.NaN };
  const value = sign === "-" ? BigInt.asUintN(64, -whole) : whole;
  return { value: Number(value), int32: Number(BigInt.asIntN(32, value)) };
}

const isHexDigit = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);

/** True for text of hex digits alone; also for empty text. */
export function isHexText(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (!isHexDigit(text.charCodeAt(at))) return false;
  return true;
}

/** Where the hex digits that begin at `from` end. */
export function hexEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && isHexDigit(text.charCodeAt(at))) at += 1;
  return at;
}

/** The bytes of hex digits; an odd last digit is the high half of a byte. */
export const hexBytes = (digits: string): Buffer =>
  Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, "hex");

/** Text as a C string ends: before its first NUL. */
export function upToNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/**
 * Decodes an unquoted value, as the tools do: `(null)` stays as it is, hex digits are bytes; what follows them is
 * not looked at. Null where there are fewer than two digits, or no `)`.
 */
export function unescaped(text: string, from: number): string | null {
  if (text.charCodeAt(from) === 40) {
    const close = text.indexOf(")", from);
    return close < 0 ? null : text.slice(from, close + 1);
  }
  const end = hexEnd(text, from);
  return end - from < 2 ? null : upToNul(hexBytes(text.slice(from, end)).toString("latin1"));
}

/** A text of its own, that keeps no larger one alive: what is remembered of a log must not hold the log. */
export const ownText = (text: string): string => Buffer.from(text, "latin1").toString("latin1");
