import type { LogEvent } from "./log-event.ts";
import { StampReader, type TimeRange } from "./log-stamp.ts";
import { EventWindow } from "./log-window.ts";

/** What audit's tools take of a line at once (MAX_AUDIT_MESSAGE_LENGTH - 1); the rest of it is a line of its own to them. */
export const LINE_BYTES = 8969;
/** libauparse takes any; a bound keeps the memory bounded. */
const LIBRARY_LINE_BYTES = 1 << 20;

const NEWLINE = 10;

/** Looks at a log's bytes for what a record must have to be searched. */
export interface RecordProbe {
  /** What follows is asked of these bytes, from their beginning on. */
  begin(bytes: Buffer): void;
  /** False where the line in [start, end) has nothing of what is looked for. */
  isMarked(type: number, start: number, end: number): boolean;
}

/** Where {@link LogReader} gives what it reads. */
export interface LogReaderParts {
  /** Records outside of it are dropped. */
  readonly range: TimeRange;
  /** How much younger another event must be before an event is complete (`--eoe-timeout`, auditd.conf). */
  readonly timeoutSec: number;
  readonly onEvent: (event: LogEvent) => void;
  /** A line whose time is no time: what stands there. */
  readonly onBadTime: (text: string) => void;
  /** Reads as libauparse does for `aulast`: see {@link EventWindow}; and lines may be long. */
  readonly isLibrary?: boolean;
  /** Chunks are used again once the next was pushed: texts of events must be taken while these are given out. */
  readonly isChunkLent?: boolean;
  /** Only events that have a record that it marks are given out; the default marks all. */
  readonly probe?: RecordProbe | null;
}

/** The time of an event. */
export interface EventTime {
  readonly sec: number;
  readonly milli: number;
}

/**
 * Reads logs as audit's tools do: cuts chunks into lines, joins them to {@link LogEvent}s and gives these out in the
 * tools' order. Chunks are taken over. Memory does not depend on a log's length.
 */
export class LogReader {
  /** The first line's time, also of one outside of the range (but, where the range has a start, only of such). */
  first: EventTime = { sec: 0, milli: 0 };
  readonly #range: TimeRange;
  readonly #stamp: StampReader;
  readonly #window: EventWindow;
  readonly #onBadTime: (text: string) => void;
  readonly #lineBytes: number;
  readonly #probe: RecordProbe | null;
  readonly #isChunkLent: boolean;
  /** The beginning of a line whose end is in the next chunk. */
  #held: Buffer = Buffer.alloc(0);

  constructor({
    range,
    timeoutSec,
    onEvent,
    onBadTime,
    isLibrary = false,
    probe = null,
    isChunkLent = false,
  }: LogReaderParts) {
    this.#range = range;
    this.#stamp = new StampReader(timeoutSec);
    this.#window = new EventWindow(timeoutSec, onEvent, isLibrary);
    this.#lineBytes = isLibrary ? LIBRARY_LINE_BYTES : LINE_BYTES;
    this.#onBadTime = onBadTime;
    this.#probe = probe;
    this.#isChunkLent = isChunkLent;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    if (this.#held.length > 0) {
      const newline = rest.indexOf(NEWLINE) + 1;
      const taken = newline === 0 ? rest.length : newline;
      const held = Buffer.concat([this.#held, rest.subarray(0, taken)]);
      rest = rest.subarray(taken);
      this.#held = this.#lines(held);
    }
    // A copy, or the chunk would live as long as this.
    if (rest.length > 0) this.#held = Buffer.from(this.#lines(rest));
    if (this.#isChunkLent) this.#window.own(rest);
  }

  /** The end of a file. @param isLast no other file follows: all events are complete. */
  endFile(isLast: boolean): void {
    if (this.#held.length > 0) {
      const bytes = this.#held;
      this.#probe?.begin(bytes);
      this.#line(bytes, 0, bytes.length);
      this.#held = Buffer.alloc(0);
    }
    if (isLast) this.#window.end();
  }

  /** Reads whole lines. @returns what follows the last newline. */
  #lines(bytes: Buffer): Buffer {
    this.#probe?.begin(bytes);
    let start = 0;
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, start);
      let end = newline < 0 ? bytes.length : newline + 1;
      if (end - start > this.#lineBytes) end = start + this.#lineBytes;
      else if (newline < 0) return bytes.subarray(start);
      this.#line(bytes, start, end);
      start = end;
    }
  }

  #line(bytes: Buffer, start: number, end: number): void {
    const stamp = this.#stamp;
    if (!stamp.read(bytes, start, end)) {
      if (stamp.badTime !== null) this.#onBadTime(stamp.badTime);
      return;
    }
    const { sec, milli } = stamp;
    const { start: since, end: until } = this.#range;
    if ((since !== 0 && sec < since) || (until !== 0 && sec > until)) {
      if (this.first.sec === 0) this.first = { sec, milli };
      return;
    }
    if (this.first.sec === 0 && since === 0) this.first = { sec, milli };
    const isMarked = this.#probe === null || this.#probe.isMarked(stamp.type, start, end);
    this.#window.add(stamp, bytes, start, end, isMarked);
  }
}
