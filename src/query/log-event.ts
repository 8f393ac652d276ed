const NO_BYTES = Buffer.alloc(0);

/**
 * One line of a log as audit's tools keep it: the bytes that it is in, and where its parts are. Text is latin1, and made
 * when it is asked for: of most lines it is not, and texts of whole chunks cost more in collecting them than in making.
 */
export class LogRecord {
  /** The record type's number; -1 where the name is not known. */
  readonly type: number;
  /** What a search was told to look for may be in it. */
  readonly isMarked: boolean;
  #bytes: Buffer;
  #start: number;
  /** Where the kernel's own part ends: at byte 0x1d, at a NUL or at the newline. */
  #end: number;
  /** Where the part that auditd added ends; equal to `#end` where there is none. */
  #stop: number;
  #isOwn = false;

  constructor(type: number, bytes: Buffer = NO_BYTES, start = 0, end = 0, stop = 0, isMarked = true) {
    this.type = type;
    this.isMarked = isMarked;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#stop = stop;
  }

  /** Takes a copy of its bytes: those that it was read from will be used for others. */
  own(): void {
    if (this.#isOwn) return;
    this.#bytes = Buffer.from(this.#bytes.subarray(this.#start, this.#stop));
    this.#end -= this.#start;
    this.#stop -= this.#start;
    this.#start = 0;
    this.#isOwn = true;
  }

  /** The kernel's own part of the line, without newline: what the tools search. */
  message(): string {
    return this.#bytes.toString("latin1", this.#start, this.#end);
  }

  /** What auditd added behind byte 0x1d, or null where the line is not enriched. */
  interpretation(): string | null {
    return this.#stop > this.#end ? this.#bytes.toString("latin1", this.#end + 1, this.#stop) : null;
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
