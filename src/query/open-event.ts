import { type LogEvent, LogRecord } from "./log-event.ts";
import type { LogStamp } from "./log-stamp.ts";

const NO_BYTES = Buffer.alloc(0);
const NEWLINE = 10;
/** Numbers that are kept of a line: its type, where it begins and where it ends. */
const PER_LINE = 3;

/**
 * An event whose records are still coming, or that waits for an older one. What it has of a log's lines are numbers:
 * of most events that is all that is ever asked. One is used again for another event once it was given out.
 */
export class OpenEvent implements LogStamp {
  sec = 0;
  milli = 0;
  serial = 0;
  node: string | null = null;
  /** Its place in the tools' array: of two events with the same stamp, the lower one goes first. */
  slot = 0;
  /** It takes no more records. */
  isComplete = true;
  /** One of its records is what is looked for. */
  isMarked = false;
  /** What its last lines are in. */
  #bytes: Buffer = NO_BYTES;
  readonly #lines: number[] = [];
  #size = 0;
  /** Of the lines before these. */
  #records: LogRecord[] = [];

  begin({ sec, milli, serial, node }: LogStamp, slot: number, isComplete: boolean): void {
    this.sec = sec;
    this.milli = milli;
    this.serial = serial;
    this.node = node;
    this.slot = slot;
    this.isComplete = isComplete;
    this.isMarked = false;
  }

  add(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.#bytes !== bytes) {
      if (this.#size > 0) this.#settle();
      this.#bytes = bytes;
    }
    const at = this.#size;
    this.#lines[at] = type;
    this.#lines[at + 1] = start;
    this.#lines[at + 2] = end;
    this.#size = at + PER_LINE;
  }

  /** All bytes but these will be used for others: takes a copy of what it has of such. */
  own(valid: Buffer): void {
    if (this.#size > 0 && this.#bytes !== valid) this.#settle();
  }

  #settle(): void {
    const lines = this.#lines;
    for (let at = 0; at < this.#size; at += PER_LINE) {
      const bytes = Buffer.from(this.#bytes.subarray(lines[at + 1], lines[at + 2]));
      this.#records.push(new LogRecord(lines[at] as number, bytes, 0, bytes.length));
    }
    this.#size = 0;
    this.#bytes = NO_BYTES;
  }

  /** What it is to others. */
  event(): LogEvent {
    const { sec, milli, serial, node } = this;
    const records = this.#records;
    const bytes = this.#bytes;
    const lines = this.#lines;
    const size = this.#size;
    const first = lines[1] ?? 0;
    let end = first;
    // Where a line was cut, the tools add a newline that is not there.
    let isWhole = records.length === 0 && size > 0;
    for (let at = 0; at < size; at += PER_LINE) {
      const start = lines[at + 1] as number;
      if (start !== end) isWhole = false;
      end = lines[at + 2] as number;
      if (bytes[end - 1] !== NEWLINE) isWhole = false;
      records.push(new LogRecord(lines[at] as number, bytes, start, end));
    }
    this.#records = [];
    return {
      sec,
      milli,
      serial,
      node,
      records,
      lines: isWhole ? { bytes, start: first, end } : null,
    };
  }

  /** Lets go of what it has. */
  end(): void {
    this.isComplete = true;
    this.#size = 0;
    this.#bytes = NO_BYTES;
    if (this.#records.length > 0) this.#records = [];
  }
}
