import { ByteMap } from "../records/audit/byte-map.ts";
import { recordTypes } from "../records/audit/record-type.ts";
import { leadingNumber, upToNul } from "./c-text.ts";

/** Named by the kernel's headers, not yet by libaudit 3.0.9: DM_CTRL and DM_EVENT. */
const NOT_IN_LIBAUDIT: ReadonlySet<number> = new Set([1338, 1339]);
const NAMES: ReadonlyMap<number, string> = new Map(
  [...recordTypes()].filter(([number]) => !NOT_IN_LIBAUDIT.has(number)),
);
const NUMBERS: ReadonlyMap<string, number> = new Map([...NAMES].map(([number, name]) => [name, number]));

/** A record type's name as the tools print it; `(null)` for none, as C does. */
export const typeName = (number: number): string => NAMES.get(number) ?? "(null)";
/** As {@link typeName}, but null for none. */
export const knownTypeName = (number: number): string | null => NAMES.get(number) ?? null;

/** A record type's number as libaudit reads it: a known name in any case, `UNKNOWN[n]`, digits; else -1. */
export function typeNumber(name: string): number {
  const known = NUMBERS.get(name.toUpperCase());
  if (known !== undefined) return known;
  if (name.startsWith("UNKNOWN[")) {
    const close = name.indexOf("]", 8);
    return close < 0 ? -1 : leadingNumber(name.slice(8, Math.min(close, 15)), 10).int32;
  }
  return /^\d/.test(name) ? leadingNumber(name, 10).int32 : -1;
}

/** What tells an event from others. */
export interface LogStamp {
  readonly sec: number;
  readonly milli: number;
  readonly serial: number;
  readonly node: string | null;
}

/** Seconds since 1970, both inclusive; 0 is none. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

const SPACE = 32;
const CLOSE = 41;
const DOT = 46;
const COLON = 58;
const N = 110;
/** The tools look for the stamp in this many bytes of a line, or more where it begins with `n`, as `node=` does. */
const HEAD_BYTES = 80;
const HEAD_BYTES_NODE = 340;
/** `msg=audit(…)` must be longer than this. */
const STAMP_LONGER_THAN = 18;

const isAt = (bytes: Uint8Array, at: number, word: string): boolean => {
  for (let k = 0; k < word.length; k += 1) if (bytes[at + k] !== word.charCodeAt(k)) return false;
  return true;
};

/**
 * Reads the stamps of lines, into its own fields, as audit's tools do (ausearch-lol.c, extract_timestamp): usual
 * lines from their bytes, others by the letter of what those tools do.
 */
export class StampReader implements LogStamp {
  sec = 0;
  milli = 0;
  serial = 0;
  node: string | null = null;
  type = -1;
  /** Set where the last `read` was false because the time is no time: what stands in the line. */
  badTime: string | null = null;
  readonly #timeoutSec: number;
  readonly #types = new ByteMap(typeNumber, 4096);

  constructor(timeoutSec: number) {
    this.#timeoutSec = timeoutSec;
  }

  /** The line in [start, end) of the bytes, newline included where it has one. @returns false where it has no stamp. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.badTime = null;
    let p = start;
    let limit = start + HEAD_BYTES;
    this.node = null;
    let nodeEnd = 0;
    if (bytes[p] === N) {
      if (!isAt(bytes, p, "node=")) return this.#readOdd(bytes.toString("latin1", start, end));
      limit = start + HEAD_BYTES_NODE;
      p += 5;
      while (p < end && (bytes[p] as number) > SPACE) p += 1;
      nodeEnd = p;
      p += 1;
    }
    if (limit > end) limit = end;
    if (!isAt(bytes, p, "type=")) return this.#readOdd(bytes.toString("latin1", start, end));
    p += 5;
    const typeStart = p;
    let hash = 0;
    let c = 0;
    while (p < limit && (c = bytes[p] as number) > SPACE) {
      hash = (Math.imul(hash, 31) + c) | 0;
      p += 1;
    }
    const typeEnd = p;
    p += 1;
    const stampStart = p;
    if (c !== SPACE || !isAt(bytes, p, "msg=audit("))
      return this.#readOdd(bytes.toString("latin1", start, end));
    p += 10;
    let from = p;
    let sec = 0;
    while (p < limit && (c = (bytes[p] as number) - 48) >= 0 && c <= 9) {
      sec = sec * 10 + c;
      p += 1;
    }
    if (p - from > 12 || p - from < 9 || bytes[p] !== DOT)
      return this.#readOdd(bytes.toString("latin1", start, end));
    p += 1;
    from = p;
    let milli = 0;
    while (p < limit && (c = (bytes[p] as number) - 48) >= 0 && c <= 9) {
      milli = milli * 10 + c;
      p += 1;
    }
    if (p - from > 3 || bytes[p] !== COLON) return this.#readOdd(bytes.toString("latin1", start, end));
    p += 1;
    from = p;
    let serial = 0;
    while (p < limit && (c = (bytes[p] as number) - 48) >= 0 && c <= 9) {
      serial = serial * 10 + c;
      p += 1;
    }
    if (p - from > 15 || p >= limit || bytes[p] !== CLOSE || p + 1 - stampStart <= STAMP_LONGER_THAN)
      return this.#readOdd(bytes.toString("latin1", start, end));
    this.sec = sec;
    this.milli = milli;
    this.serial = serial;
    if (nodeEnd > 0) this.node = bytes.toString("latin1", start + 5, nodeEnd);
    this.type = this.#types.at(bytes, typeStart, typeEnd, hash);
    return true;
  }

  /** By the letter. The tools split their copy of the line by putting NULs into it, which is what shows at odd lines. */
  #readOdd(line: string): boolean {
    const whole = upToNul(line);
    const head = whole.slice(0, whole.startsWith("n") ? HEAD_BYTES_NODE : HEAD_BYTES).split("");
    let next = 0;
    const token = (): number => {
      while (head[next] === " ") next += 1;
      if (next >= head.length) return -1;
      const start = next;
      while (next < head.length && head[next] !== " ") next += 1;
      if (next < head.length) head[next] = "\0";
      next += 1;
      return start;
    };
    const textAt = (start: number): string => upToNul(head.slice(start).join(""));

    let at = token();
    if (at < 0) return false;
    const nodeAt = head[at] === "n" ? at + 5 : -1;
    if (nodeAt >= 0) at = token();
    if (at < 0) return false;
    const typeAt = at + 5;
    const stampAt = token();
    if (stampAt < 0) return false;
    const stamp = textAt(stampAt);
    if (stamp.length <= STAMP_LONGER_THAN) return false;
    const open = stamp[9] === "(" ? 9 : stamp.indexOf("(");
    if (open < 0) return false;
    const close = stamp.indexOf(")", open);
    if (close >= 0) head[stampAt + close] = "\0";
    if (!this.#time(stamp.slice(open + 1, close < 0 ? undefined : close))) return false;
    this.node = nodeAt >= 0 ? textAt(nodeAt) : null;
    this.type = typeNumber(textAt(typeAt));
    return true;
  }

  #time(text: string): boolean {
    // A negative time is one before 1970 to the tools.
    const isNegative = /^\s*-/.test(text);
    const sec = leadingNumber(isNegative ? text.replace("-", "") : text, 10).value * (isNegative ? -1 : 1);
    const dot = text.indexOf(".");
    const milli = dot < 0 ? 0 : leadingNumber(text.slice(dot + 1), 10).value;
    const colon = text.indexOf(":", Math.max(dot + 1, 0));
    const serial = colon < 0 ? 0 : leadingNumber(text.slice(colon + 1), 10).value;
    if (Number.isNaN(sec + serial) || sec > 2 ** 63 - this.#timeoutSec - 1 || !(milli <= 999)) {
      this.badTime = text;
      return false;
    }
    this.sec = sec;
    this.milli = milli;
    this.serial = serial;
    return true;
  }
}
