import type { LogEvent, LogRecord } from "./log-event.ts";
import type { StampReader } from "./log-stamp.ts";

/** An event whose records are still coming, or that waits for an older one. */
interface OpenEvent extends LogEvent {
  /** Its place in the tools' array: of two events with the same stamp, the lower one goes first. */
  readonly slot: number;
  isComplete: boolean;
  /** Another open event with the same serial. */
  other: OpenEvent | null;
}

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

const isEarlier = (a: OpenEvent, b: OpenEvent): boolean => {
  if (a.sec !== b.sec) return a.sec < b.sec;
  if (a.milli !== b.milli) return a.milli < b.milli;
  return a.serial === b.serial ? a.slot < b.slot : a.serial < b.serial;
};

/** A binary heap: the first by `isBefore` is at the top. */
class Heap<T> {
  readonly items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  push(item: T): void {
    const { items } = this;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(item, items[parent] as T)) break;
      items[at] = items[parent] as T;
      at = parent;
    }
    items[at] = item;
  }

  pop(): T {
    const { items } = this;
    const top = items[0] as T;
    const item = items.pop() as T;
    const { length } = items;
    if (length === 0) return top;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= length) break;
      if (child + 1 < length && this.#isBefore(items[child + 1] as T, items[child] as T)) child += 1;
      if (!this.#isBefore(items[child] as T, item)) break;
      items[at] = items[child] as T;
      at = child;
    }
    items[at] = item;
    return top;
  }
}

/**
 * Joins records to events and gives them out in the order in which audit's tools do: an event is complete when a
 * record of another event is `timeoutSec` younger, or at once where its first record stands alone; of all open events
 * the earliest goes out, once it is complete.
 * @see audit-userspace src/ausearch-lol.c (lol_add_record, check_events, get_ready_event)
 */
export class EventWindow {
  readonly #timeoutSec: number;
  readonly #emit: (event: LogEvent) => void;
  readonly #isLibrary: boolean;
  /** Events that take records, by serial. */
  readonly #building = new Map<number, OpenEvent>();
  /** Events that were not given out yet, complete or not. */
  readonly #waiting = new Heap<OpenEvent>(isEarlier);
  readonly #freeSlots = new Heap<number>((a, b) => a < b);
  #slots = 0;
  #oldestSec = Number.POSITIVE_INFINITY;
  #last: OpenEvent | null = null;

  /** @param isLibrary as libauparse: any record of a type that is the last of its event ends it. */
  constructor(timeoutSec: number, emit: (event: LogEvent) => void, isLibrary = false) {
    this.#timeoutSec = timeoutSec;
    this.#emit = emit;
    this.#isLibrary = isLibrary;
  }

  /** Takes a record with its stamp, and gives out what became ready. */
  add(stamp: StampReader, record: LogRecord): void {
    const open = this.#find(stamp);
    if (open !== null) {
      open.records.push(record);
      if (this.#isLibrary) this.#appended(open, stamp);
    } else if (stamp.type === EOE) return;
    else this.#open(stamp, record);
    this.#giveReady();
  }

  /** The bytes of all records so far will be used for others. */
  own(): void {
    for (const { records } of this.#waiting.items) for (const record of records) record.own();
  }

  /** Ends all events: nothing follows. */
  end(): void {
    for (const first of this.#building.values())
      for (let event: OpenEvent | null = first; event !== null; event = event.other) event.isComplete = true;
    this.#building.clear();
    this.#oldestSec = Number.POSITIVE_INFINITY;
    this.#giveReady();
  }

  #find({ sec, milli, serial, node }: StampReader): OpenEvent | null {
    const last = this.#last;
    if (last !== null && !last.isComplete && last.serial === serial && isOf(last, sec, milli, node))
      return last;
    let event = this.#building.get(serial) ?? null;
    while (event !== null && !isOf(event, sec, milli, node)) event = event.other;
    this.#last = event;
    return event;
  }

  #appended(event: OpenEvent, { sec, serial, type }: StampReader): void {
    if (isLastRecord(type)) {
      event.isComplete = true;
      let first = this.#building.get(serial) ?? null;
      if (first === event) first = event.other;
      else
        for (let before = first; before !== null; before = before.other)
          if (before.other === event) before.other = event.other;
      if (first === null) this.#building.delete(serial);
      else this.#building.set(serial, first);
    }
    if (this.#oldestSec + this.#timeoutSec <= sec) this.#completeOlder(sec);
  }

  #open({ sec, milli, serial, node, type }: StampReader, record: LogRecord): void {
    let slot = this.#slots;
    if (this.#freeSlots.items.length > 0) slot = this.#freeSlots.pop();
    else this.#slots += 1;
    const event: OpenEvent = {
      sec,
      milli,
      serial,
      node,
      records: [record],
      slot,
      isComplete: isLastRecord(type) || sec + this.#timeoutSec <= sec,
      other: null,
    };
    this.#waiting.push(event);
    if (!event.isComplete) {
      event.other = this.#building.get(serial) ?? null;
      this.#building.set(serial, event);
      if (sec < this.#oldestSec) this.#oldestSec = sec;
      this.#last = event;
    }
    if (this.#oldestSec + this.#timeoutSec <= sec) this.#completeOlder(sec);
  }

  #completeOlder(sec: number): void {
    let oldest = Number.POSITIVE_INFINITY;
    for (const [serial, first] of this.#building) {
      let kept: OpenEvent | null = null;
      for (let event: OpenEvent | null = first; event !== null; ) {
        const next: OpenEvent | null = event.other;
        if (event.sec + this.#timeoutSec <= sec) event.isComplete = true;
        else {
          event.other = kept;
          kept = event;
          if (event.sec < oldest) oldest = event.sec;
        }
        event = next;
      }
      if (kept === null) this.#building.delete(serial);
      else if (kept !== first) this.#building.set(serial, kept);
    }
    this.#oldestSec = oldest;
  }

  #giveReady(): void {
    const { items } = this.#waiting;
    while (items[0]?.isComplete === true) {
      const event = this.#waiting.pop();
      this.#freeSlots.push(event.slot);
      this.#emit(event);
    }
  }
}

const isOf = (event: OpenEvent, sec: number, milli: number, node: string | null): boolean =>
  event.sec === sec && event.milli === milli && event.node === node;
