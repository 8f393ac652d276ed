import type { Fault, Parsed } from "../../model/fault.ts";
import { type EpochMs, epochMs, type Serial, serial } from "../../model/ids.ts";
import { ByteMap } from "./byte-map.ts";
import { type RecordType, recordType } from "./record-type.ts";

/** What stands before a record's fields. Offsets are into the bytes that were read. */
export interface RecordHeader {
  readonly type: RecordType;
  readonly timeMs: EpochMs;
  /** The time as in the log: `1795511325.191`. */
  readonly time: string;
  readonly serial: Serial;
  readonly node: string | null;
  /** Where the fields begin. */
  readonly body: number;
}

const SPACE = 32;
const COLON = 58;
const DOT = 46;
const CLOSE = 41;
const NEWLINE = 10;
const U32_MAX = 4_294_967_295;
/** The last second that ISO 8601 writes with four digits of the year. */
const SECONDS_MAX = 253_402_300_799;

const isAt = (bytes: Uint8Array, at: number, end: number, word: string): boolean => {
  if (at + word.length > end) return false;
  for (let k = 0; k < word.length; k += 1) if (bytes[at + k] !== word.charCodeAt(k)) return false;
  return true;
};

/**
 * Reads headers of audit lines into its own fields, without a string for anything but an unknown type: what a
 * million lines need. {@link readHeader} is the same as a value.
 *
 * Takes `type=T msg=audit(S.M:N):`, with `node=X` before it, and the kernel's own form as syslog or dmesg carries
 * it: `… kernel: [12.3] audit: type=1400 audit(S.M:N):`. In such a line only the first `type=` counts: what follows
 * is text that somebody else chose.
 */
export class HeaderReader {
  type: RecordType = recordType("UNKNOWN[0]");
  timeMs = 0;
  serial = 0;
  /** [timeStart, timeEnd) is the time as text; [nodeStart, nodeEnd) the node's name, empty where there is none. */
  timeStart = 0;
  timeEnd = 0;
  nodeStart = 0;
  nodeEnd = 0;
  body = 0;
  /** Why the last `read` was false: a code, and where. */
  code = "";
  at = 0;
  readonly #types = new ByteMap(recordType, 4096);

  /** Reads [start, end), a line with or without its newline. @returns false where it is no audit line; see `code`. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    let p = start;
    this.nodeStart = 0;
    this.nodeEnd = 0;
    if (!isAt(bytes, p, end, "type=")) {
      if (isAt(bytes, p, end, "node=")) p = this.#node(bytes, p, end);
      else p = this.#carried(bytes, p, end);
      if (p < 0) return this.#fail("DW_AUDIT_TYPE", start);
    }
    p += 5;
    const typeStart = p;
    let hash = 0;
    let c = 0;
    while (p < end && (c = bytes[p] ?? 0) > SPACE) {
      hash = (Math.imul(hash, 31) + c) | 0;
      p += 1;
    }
    if (p === typeStart || p - typeStart > 64 || c !== SPACE) return this.#fail("DW_AUDIT_TYPE", typeStart);
    this.type = this.#types.at(bytes, typeStart, p, hash);
    p += 1;
    if (isAt(bytes, p, end, "msg=audit(")) p += 10;
    else if (isAt(bytes, p, end, "audit(")) p += 6;
    else return this.#fail("DW_AUDIT_STAMP", p);
    return this.#stamp(bytes, p, end);
  }

  #stamp(bytes: Uint8Array, from: number, end: number): boolean {
    let p = from;
    let c = 0;
    let seconds = 0;
    this.timeStart = p;
    while (p < end && (c = (bytes[p] ?? 0) - 48) >= 0 && c <= 9 && p - from < 12) {
      seconds = seconds * 10 + c;
      p += 1;
    }
    if (p === from || bytes[p] !== DOT || p >= end || seconds > SECONDS_MAX)
      return this.#fail("DW_AUDIT_TIME", from);
    p += 1;
    const fractionStart = p;
    let fraction = 0;
    while (p < end && (c = (bytes[p] ?? 0) - 48) >= 0 && c <= 9 && p - fractionStart < 9) {
      fraction = fraction * 10 + c;
      p += 1;
    }
    const digits = p - fractionStart;
    if (digits === 0 || p >= end || bytes[p] !== COLON) return this.#fail("DW_AUDIT_TIME", from);
    this.timeEnd = p;
    this.timeMs = seconds * 1000 + (digits === 3 ? fraction : (fraction / 10 ** digits) * 1000);
    p += 1;
    const serialStart = p;
    let serialNumber = 0;
    while (p < end && (c = (bytes[p] ?? 0) - 48) >= 0 && c <= 9 && p - serialStart < 11) {
      serialNumber = serialNumber * 10 + c;
      p += 1;
    }
    if (p === serialStart || p >= end || bytes[p] !== CLOSE || serialNumber > U32_MAX)
      return this.#fail("DW_AUDIT_SERIAL", serialStart);
    this.serial = serialNumber;
    p += 1;
    if (p < end && bytes[p] === COLON) p += 1;
    this.body = p;
    return true;
  }

  #node(bytes: Uint8Array, start: number, end: number): number {
    let p = start + 5;
    while (p < end && (bytes[p] ?? 0) > SPACE) p += 1;
    this.nodeStart = start + 5;
    this.nodeEnd = p;
    while (p < end && bytes[p] === SPACE) p += 1;
    return isAt(bytes, p, end, "type=") ? p : -1;
  }

  /** Behind a syslog prefix: ` type=`, or ` node=X type=` as the dispatcher's syslog plug-in writes it. */
  #carried(bytes: Uint8Array, start: number, end: number): number {
    for (let p = start; p < end; p += 1) {
      if (bytes[p] !== SPACE) continue;
      if (isAt(bytes, p + 1, end, "type=")) return p + 1;
      if (isAt(bytes, p + 1, end, "node=")) return this.#node(bytes, p + 1, end);
    }
    return -1;
  }

  #fail(code: string, at: number): false {
    this.code = code;
    this.at = at;
    return false;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  DW_AUDIT_TYPE: "expected 'type=' and a record type of at most 64 characters",
  DW_AUDIT_STAMP: "expected 'msg=audit(' after the record type",
  DW_AUDIT_TIME: "expected the time as seconds '.' fraction ':', up to the year 9999",
  DW_AUDIT_SERIAL: "expected a serial number from 0 to 4294967295 and ')'",
};

/** The fault for a line that {@link HeaderReader.read} refused. `start` is where the line begins. */
export function headerFault(reader: HeaderReader, start: number): Fault {
  return { code: reader.code, reason: REASONS[reader.code] ?? reader.code, at: reader.at - start };
}

/** What stands before the fields of the audit line in [start, end), or why it is none. */
export function readHeader(bytes: Buffer, start = 0, end = bytes.length): Parsed<RecordHeader> {
  const stop = end > start && bytes[end - 1] === NEWLINE ? end - 1 : end;
  const reader = new HeaderReader();
  if (!reader.read(bytes, start, stop)) return { ok: false, fault: headerFault(reader, start) };
  return {
    ok: true,
    value: {
      type: reader.type,
      timeMs: epochMs(reader.timeMs),
      time: bytes.toString("latin1", reader.timeStart, reader.timeEnd),
      serial: serial(reader.serial),
      node:
        reader.nodeEnd === reader.nodeStart
          ? null
          : bytes.toString("latin1", reader.nodeStart, reader.nodeEnd),
      body: reader.body,
    },
  };
}
