const NO_BYTES = Buffer.alloc(0);
/** Behind it stands what auditd added. */
const ENRICHED = "\x1d";

/**
 * One line of a log as audit's tools keep it. Text is latin1, and made when it is asked for: of most lines it is not,
 * and texts of whole chunks cost more in collecting them than in making.
 */
export class LogRecord {
  /** The record type's number; -1 where the name is not known. */
  readonly type: number;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  #text: string | null = null;
  /** Where in the text byte 0x1d is, or -1. */
  #mark = -1;

  /** @param start of the line in `bytes`. @param end behind it; its newline may be in there. */
  constructor(type: number, bytes: Buffer = NO_BYTES, start = 0, end = 0) {
    this.type = type;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** The line up to a NUL or its newline. */
  #line(): string {
    if (this.#text !== null) return this.#text;
    const isWhole = this.#end > this.#start && this.#bytes[this.#end - 1] === 10;
    let text = this.#bytes.toString("latin1", this.#start, isWhole ? this.#end - 1 : this.#end);
    const nul = text.indexOf("\0");
    if (nul >= 0) text = text.slice(0, nul);
    this.#mark = text.indexOf(ENRICHED);
    return (this.#text = text);
  }

  /** The kernel's own part of the line, up to byte 0x1d: what the tools search. */
  message(): string {
    const line = this.#line();
    return this.#mark < 0 ? line : line.slice(0, this.#mark);
  }

  /** What auditd added behind byte 0x1d, or null where the line is not enriched. */
  interpretation(): string | null {
    const line = this.#line();
    return this.#mark < 0 ? null : line.slice(this.#mark + 1);
  }
}

/** Whole lines, newlines included, in [start, end) of these bytes. */
export interface LineSpan {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** An event of a log: all records of one stamp that came while it was open, in the order of the log. */
export interface LogEvent {
  readonly sec: number;
  readonly milli: number;
  readonly serial: number;
  readonly node: string | null;
  /** In the order of the log; at least one. */
  readonly records: LogRecord[];
  /** Its lines where one follows the other in the log, and nothing else is between them. Valid as long as their texts are. */
  readonly lines?: LineSpan | null;
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
