/** One line of a log as audit's tools keep it: the text of its chunk, and where its parts are. Text is latin1. */
export class LogRecord {
  /** The record type's number; -1 where the name is not known. */
  readonly type: number;
  readonly #text: string;
  readonly #start: number;
  /** Where the kernel's own part ends: at byte 0x1d, at a NUL or at the newline. */
  readonly #end: number;
  /** Where the part that auditd added ends; equal to `#end` where there is none. */
  readonly #stop: number;

  constructor(type: number, text: string, start: number, end: number, stop: number) {
    this.type = type;
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#stop = stop;
  }

  /** The kernel's own part of the line, without newline: what the tools search. */
  message(): string {
    return this.#text.slice(this.#start, this.#end);
  }

  /** What auditd added behind byte 0x1d, or null where the line is not enriched. */
  interpretation(): string | null {
    return this.#stop > this.#end ? this.#text.slice(this.#end + 1, this.#stop) : null;
  }
}

/** An event of a log: all records of one stamp that came while it was open, in the order of the log. */
export interface LogEvent {
  readonly sec: number;
  readonly milli: number;
  readonly serial: number;
  readonly node: string | null;
  /** In the order of the log; at least one. */
  readonly records: LogRecord[];
}

/** The first record's type: what audit's tools call the event's type. */
export const headType = (event: LogEvent): number => event.records[0]?.type ?? -1;

/** True where a record of the event has this type. */
export function hasType({ records }: LogEvent, type: number): boolean {
  for (let index = 0; index < records.length; index += 1) if (records[index]?.type === type) return true;
  return false;
}

/** True where a record's type is in [low, high]. */
export function hasTypeIn({ records }: LogEvent, low: number, high: number): boolean {
  for (let index = 0; index < records.length; index += 1) {
    const type = records[index]?.type ?? -1;
    if (type >= low && type <= high) return true;
  }
  return false;
}
