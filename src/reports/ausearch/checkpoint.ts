import { headType, type LogEvent } from "../../query/log-event.ts";

/** An event as a checkpoint names it. */
export interface MarkedEvent {
  readonly node: string | null;
  readonly sec: bigint;
  readonly milli: number;
  readonly serial: bigint;
  readonly type: number;
}
const NO_EVENT: MarkedEvent = { node: null, sec: 0n, milli: 0, serial: 0n, type: 0 };

/** What `ausearch --checkpoint` keeps from one search to the next: the log that it read last, and the last event. */
export interface Checkpoint {
  readonly dev: bigint;
  readonly inode: bigint;
  readonly event: MarkedEvent;
}

/** A checkpoint's file as it was understood, or what the tool says of it. */
export type ReadCheckpoint =
  | { readonly ok: true; readonly checkpoint: Checkpoint }
  | { readonly ok: false; readonly error: string };

const U64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** C's strtoull; null where the number does not fit. */
function unsigned(text: string, base: "16" | "any"): bigint | null {
  const pattern =
    base === "16"
      ? /^[ \t-\r]*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?(?<hex>[0-9a-fA-F]+)/
      : /^[ \t-\r]*([+-]?)(?:0[xX](?<hex>[0-9a-fA-F]+)|0(?<octal>[0-7]*)|(?<decimal>[1-9][0-9]*))/;
  const match = pattern.exec(text);
  if (match === null) return 0n;
  const { hex, octal, decimal } = match.groups ?? {};
  const value =
    hex !== undefined
      ? BigInt(`0x${hex}`)
      : octal !== undefined
        ? BigInt(`0o0${octal}`)
        : BigInt(decimal ?? 0);
  if (value > U64_MAX) return null;
  return match[1] === "-" ? U64(-value) : value;
}

/** `NODE SEC.MILLI:SERIAL 0xTYPE`, as C's scanf reads it; `-` is no node. */
function markedEvent(text: string): MarkedEvent | "node" | "rest" {
  const space = text.indexOf(" ");
  if (space < 0) return "node";
  const match =
    /^\s*([+-]?\d+)\.(?=\s*([+-]?\d+))\s*([+-]?\d{1,3}):\s*([+-]?\d+)\s*0x\s*([+-]?(?:0[xX])?[0-9a-fA-F]+)/.exec(
      text.slice(space + 1),
    );
  if (match === null) return "rest";
  const [, sec = "", , milli = "", serial = "", type = ""] = match;
  // A sign counts as one of the three characters.
  if (milli.length > 3) return "rest";
  return {
    node: text.startsWith("-") ? null : text.slice(0, space),
    sec: BigInt.asIntN(64, BigInt(sec)),
    milli: Number(milli) >>> 0,
    serial: U64(BigInt(serial)),
    type: Number(BigInt.asIntN(32, unsigned(type, "16") ?? U64_MAX)),
  };
}

/** Reads a checkpoint. @param path as the tool names the file. @see audit-userspace src/ausearch-checkpt.c */
export function readCheckpoint(text: string, path: string): ReadCheckpoint {
  let dev = 0n;
  let inode = 0n;
  let event = NO_EVENT;
  let error = "";
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    if (error !== "") break;
    if (line.startsWith("dev=")) {
      const number = unsigned(line.slice(4), "16");
      if (number === null) error = `Malformed dev checkpoint line - [${line}]\n`;
      dev = number ?? U64_MAX;
    } else if (line.startsWith("inode=")) {
      const number = unsigned(line.slice(6), "any");
      if (number === null) error = `Malformed inode checkpoint line - [${line}]\n`;
      inode = number ?? U64_MAX;
    } else if (line.startsWith("output=")) {
      const found = markedEvent(line.slice(7));
      if (found === "node") error = `Malformed output/event checkpoint line near node - [${line}]\n`;
      else if (found === "rest")
        error = `Malformed output/event checkpoint line after node - [${line.slice(0, line.indexOf(" "))}]\n`;
      else event = found;
    } else error = `Unknown checkpoint line - [${line}]\n`;
  }
  if (dev === 0n || inode === 0n) error += `Missing dev/inode lines from checkpoint file ${path}\n`;
  return error === "" ? { ok: true, checkpoint: { dev, inode, event } } : { ok: false, error };
}

/** A checkpoint's file. */
export function checkpointText({ dev, inode, event }: Checkpoint): string {
  const { node, sec, milli, serial, type } = event;
  const hex = (number: bigint | number): string => number.toString(16).toUpperCase();
  const output = `${node ?? "-"} ${U64(sec)}.${String(milli).padStart(3, "0")}:${serial} 0x${hex(type >>> 0)}`;
  return `dev=0x${hex(dev)}\ninode=${inode}\noutput=${output}\n`;
}

/** An event that is this much younger than the checkpoint's cannot have come before it. */
const LATE_SEC = 2n;

/**
 * Lets events through from the one on that a checkpoint names. As in the tool, only events that match count: where the
 * checkpoint's does not match, what follows is taken for a checkpoint of another log.
 */
export class CheckpointGate {
  /** The last event that was looked at, for the next checkpoint. */
  last: MarkedEvent = NO_EVENT;
  /** What is said where the checkpoint cannot be of this log. */
  corrupted: string | null = null;
  readonly #from: MarkedEvent | null;
  readonly #isTimeOnly: boolean;
  #isOpen: boolean;

  /** @param from the checkpoint's event. @param isTimeOnly `-ts checkpoint`: its time alone counts. */
  constructor(from: MarkedEvent | null, isTimeOnly: boolean) {
    this.#from = from;
    this.#isTimeOnly = isTimeOnly;
    this.#isOpen = from === null || from.sec === 0n;
  }

  /** True where a matching event is one to print. */
  lets(event: LogEvent): boolean {
    const from = this.#from;
    if (this.#isOpen || from === null) return true;
    const mark = markOf(event);
    if (this.#isTimeOnly && (from.sec < mark.sec || (from.sec === mark.sec && from.milli <= mark.milli)))
      return (this.#isOpen = true);
    if (isSame(from, mark)) {
      this.#isOpen = true;
      return false;
    }
    if (from.sec < mark.sec && mark.sec - from.sec > LATE_SEC)
      this.corrupted = `Corrupted checkpoint file. Inode match, but newer complete event (${stampText(mark)}) found before loaded checkpoint ${stampText(from)}\n`;
    return false;
  }

  /** Takes note of an event that was looked at, whether it matched or not. */
  pass(event: LogEvent): void {
    this.last = markOf(event);
  }
}

const markOf = (event: LogEvent): MarkedEvent => ({
  node: event.node,
  sec: BigInt(event.sec),
  milli: event.milli,
  serial: BigInt(event.serial),
  type: headType(event),
});

const isSame = (a: MarkedEvent, b: MarkedEvent): boolean =>
  a.sec === b.sec && a.milli === b.milli && a.serial === b.serial && a.type === b.type && a.node === b.node;

const stampText = ({ sec, milli, serial }: MarkedEvent): string =>
  `${U64(sec)}.${String(milli).padStart(3, "0")}:${serial}`;
