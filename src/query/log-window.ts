import type { LogEvent } from "./log-event.ts";
import type { LogStamp, StampReader } from "./log-stamp.ts";
import { OpenEvent } from "./open-event.ts";

const EOE = 1320;
/**
 * True for types after which, or as which alone, an event is complete (audit-userspace common/common.c,
 * audit_is_last_record). The tools ask it of an event's first record only.
 */
export const isLastRecord = (type: number): boolean =>
  type === 1327 ||
  type === EOE ||
  type < 1300 ||
  type >= 2100 ||
  type === 2000 ||
  (type >= 1406 && type <= 1420);

/** Below zero where a is the earlier one. */
function compared(a: LogStamp, b: LogStamp): number {
  if (a.sec !== b.sec) return a.sec < b.sec ? -1 : 1;
  if (a.milli !== b.milli) return a.milli < b.milli ? -1 : 1;
  if (a.serial !== b.serial) return a.serial < b.serial ? -1 : 1;
  return 0;
}

const FULL = -1;

/** Numbers from 0 on, of which always the lowest that is free is taken. */
class Slots {
  /** A bit for each that is taken. */
  #words = new Int32Array(64);
  /** All words before it are full. */
  #from = 0;

  take(): number {
    let at = this.#from;
    while (at < this.#words.length && this.#words[at] === FULL) at += 1;
    this.#from = at;
    if (at === this.#words.length) {
      const words = new Int32Array(at * 2);
      words.set(this.#words);
      this.#words = words;
    }
    const word = this.#words[at] as number;
    const bit = ~word & (word + 1);
    this.#words[at] = word | bit;
    return at * 32 + 31 - Math.clz32(bit);
  }

  free(slot: number): void {
    const at = slot >>> 5;
    this.#words[at] = (this.#words[at] as number) & ~(1 << (slot & 31));
    if (at < this.#from) this.#from = at;
  }
}

/** Events that were given out are cut off the array once they are so many. */
const CUT = 4096;

/**
 * Joins records to events and gives them out in the order in which audit's tools do: an event is complete when a
 * record of another event is `timeoutSec` younger, or at once where its first record stands alone; of all open events
 * the earliest goes out, once it is complete. Logs are all but sorted, and so are kept the open events: most of what is
 * asked is asked of the last of them.
 * @see audit-userspace src/ausearch-lol.c (lol_add_record, check_events, get_ready_event)
 */
export class EventWindow {
  readonly #timeoutSec: number;
  readonly #emit: (event: LogEvent) => void;
  readonly #isLibrary: boolean;
  /** From `#first` on those that were not given out yet, complete or not, the earliest first. */
  readonly #open: OpenEvent[] = [];
  #first = 0;
  readonly #slots = new Slots();
  readonly #spare: OpenEvent[] = [];
  /** What took a record last; it may have been given out. */
  #last = new OpenEvent();

  /**
   * @param emit takes the events that have a marked record.
   * @param isLibrary as libauparse: any record of a type that is the last of its event ends it.
   */
  constructor(timeoutSec: number, emit: (event: LogEvent) => void, isLibrary = false) {
    this.#timeoutSec = timeoutSec;
    this.#emit = emit;
    this.#isLibrary = isLibrary;
  }

  /** Takes the record in [start, end) of the bytes, with its stamp, and gives out what became ready. */
  add(stamp: StampReader, bytes: Buffer, start: number, end: number, isMarked: boolean): void {
    const { type } = stamp;
    const last = this.#last;
    const found = isOf(last, stamp) ? last : this.#found(stamp);
    if (found === null && type === EOE) return;
    const event = found ?? this.#begun(stamp);
    this.#last = event;
    event.add(type, bytes, start, end);
    if (isMarked) event.isMarked = true;
    if (found !== null) {
      if (!this.#isLibrary) return;
      if (isLastRecord(type)) event.isComplete = true;
    }
    this.#giveReady(stamp.sec);
  }

  /** All bytes but these will be used for others. */
  own(valid: Buffer): void {
    for (let at = this.#first; at < this.#open.length; at += 1) this.#open[at]?.own(valid);
  }

  /** Ends all events: nothing follows. */
  end(): void {
    while (this.#first < this.#open.length) this.#give(this.#open[this.#first] as OpenEvent);
  }

  /** Where an event of this stamp is, or would be. */
  #placeOf(stamp: LogStamp): number {
    let low = this.#first;
    let high = this.#open.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compared(this.#open[middle] as OpenEvent, stamp) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #found(stamp: LogStamp): OpenEvent | null {
    const open = this.#open;
    const { length } = open;
    if (length === this.#first || compared(open[length - 1] as OpenEvent, stamp) < 0) return null;
    for (let at = this.#placeOf(stamp); at < length; at += 1) {
      const event = open[at] as OpenEvent;
      if (compared(event, stamp) !== 0) return null;
      if (isOf(event, stamp)) return event;
    }
    return null;
  }

  #begun(stamp: StampReader): OpenEvent {
    const { sec, type } = stamp;
    const event = this.#spare.pop() ?? new OpenEvent();
    event.begin(stamp, this.#slots.take(), isLastRecord(type) || sec + this.#timeoutSec <= sec);
    const open = this.#open;
    const { length } = open;
    if (length === this.#first || compared(open[length - 1] as OpenEvent, event) < 0) {
      open.push(event);
      return event;
    }
    let at = this.#placeOf(event);
    while (at < length && compared(open[at] as OpenEvent, event) === 0 && (open[at]?.slot ?? 0) < event.slot)
      at += 1;
    open.splice(at, 0, event);
    return event;
  }

  /** Gives out the earliest while they are complete, which they are by a record of this second. */
  #giveReady(sec: number): void {
    while (this.#first < this.#open.length) {
      const event = this.#open[this.#first] as OpenEvent;
      if (!event.isComplete && event.sec + this.#timeoutSec > sec) return;
      this.#give(event);
    }
  }

  /** Gives out the earliest. */
  #give(event: OpenEvent): void {
    this.#first += 1;
    if (this.#first === this.#open.length) {
      this.#open.length = 0;
      this.#first = 0;
    } else if (this.#first > CUT && this.#first * 2 > this.#open.length) {
      this.#open.splice(0, this.#first);
      this.#first = 0;
    }
    this.#slots.free(event.slot);
    if (event.isMarked) this.#emit(event.event());
    event.end();
    this.#spare.push(event);
  }
}

const isOf = (event: OpenEvent, { sec, milli, serial, node }: LogStamp): boolean =>
  !event.isComplete &&
  event.serial === serial &&
  event.milli === milli &&
  event.sec === sec &&
  event.node === node;
