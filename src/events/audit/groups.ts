import type { Fault } from "../../model/fault.ts";
import { HeaderReader, headerFault } from "../../records/audit/header.ts";
import type { RecordType } from "../../records/audit/record-type.ts";

/** One record's place in the bytes that hold it. */
export interface GroupedLine {
  readonly bytes: Buffer;
  readonly start: number;
  /** Where its fields begin. */
  readonly body: number;
  /** Its end, newline excluded. */
  readonly end: number;
  readonly type: RecordType;
}

/** The lines of one event, not read beyond their headers. */
export interface Group {
  readonly timeMs: number;
  /** The time as in the log. */
  readonly time: string;
  readonly serial: number;
  readonly node: string | null;
  readonly lines: readonly GroupedLine[];
  /** Offset, length, offset, length, … in the stream; neighbours joined. */
  readonly spans: readonly number[];
  readonly late: boolean;
  readonly backfill: boolean;
}

/** A line that is no audit record, with its place in the stream (newline included). */
export interface GroupFault {
  readonly fault: Fault;
  readonly offset: number;
  readonly length: number;
  /** The first 200 bytes, latin1. */
  readonly excerpt: string;
}

export interface GroupBounds {
  /** How long an event may wait for records: of event time while lines come, of reading time while none come. */
  readonly windowMs: number;
  /** How long after PROCTITLE an event waits for records that come behind it, in reading time. */
  readonly settleMs: number;
  /** Events that wait at once; beyond it the oldest is taken for complete, and counted. */
  readonly openEvents: number;
  /** Bytes of lines that wait at once; likewise. */
  readonly openBytes: number;
  /** Records of one event; what follows makes a late one. */
  readonly recordsPerEvent: number;
}

export const DEFAULT_BOUNDS: GroupBounds = {
  windowMs: 2000,
  settleMs: 10,
  openEvents: 4096,
  openBytes: 64 << 20,
  recordsPerEvent: 8192,
};

/**
 * How many complete events are remembered, so that a record that comes after them is known to be late. A power of
 * two: serials count up, so each has a place of its own until so many events later.
 */
const REMEMBERED = 8192;
/** Places of open events; likewise a power of two. */
const PLACES = 1024;
/** An event that is open for more pushes than this no longer holds the whole batches that its lines came in. */
const PUSHES_HELD = 16;
const NEWLINE = 10;

/** What {@link EventGroups.drain} gives. */
export interface Drained {
  readonly groups: Group[];
  readonly faults: readonly GroupFault[];
}

const byFirstLine = (a: Group, b: Group): number => (a.spans[0] as number) - (b.spans[0] as number);

class OpenGroup implements Group {
  readonly timeMs: number;
  readonly time: string;
  readonly serial: number;
  readonly node: string | null;
  readonly late: boolean;
  readonly backfill: boolean;
  readonly lines: GroupedLine[] = [];
  /** How many of `lines`, from the first on, are in bytes of their own. */
  owned = 0;
  /** The push that brought its first line. */
  readonly since: number;
  readonly spans: number[] = [];
  bytes = 0;
  /** Reading time of the last record. */
  touchedMs = 0;
  hasTitle = false;
  older: OpenGroup | null = null;
  newer: OpenGroup | null = null;
  /** Copies the lines out of the batches that they came in, so that those can go. */
  own(): void {
    for (; this.owned < this.lines.length; this.owned += 1) {
      const { bytes, start, body, end, type } = this.lines[this.owned] as GroupedLine;
      const copy = Buffer.from(bytes.subarray(start, end));
      this.lines[this.owned] = { bytes: copy, start: 0, body: body - start, end: end - start, type };
    }
  }

  /** Another open event of the same place: its serial is this one, or a multiple of {@link PLACES} on. */
  twin: OpenGroup | null = null;

  constructor(
    key: { timeMs: number; time: string; serial: number },
    node: string | null,
    late: boolean,
    backfill: boolean,
    since: number,
  ) {
    this.since = since;
    this.timeMs = key.timeMs;
    this.time = key.time;
    this.serial = key.serial;
    this.node = node;
    this.late = late;
    this.backfill = backfill;
  }
}

/** The open events of one node: clocks and serials of different nodes have nothing to do with each other. */
class Lane {
  readonly node: string | null;
  /** The open events, each at its serial's place; others of that place behind it. A Map's tables, which grow old, keep all that was ever in them. */
  readonly #open: (OpenGroup | null)[] = Array.from({ length: PLACES }, () => null);
  oldest: OpenGroup | null = null;
  newest: OpenGroup | null = null;
  /** Serials and times of complete events, each at its serial's place. */
  readonly #serials = new Float64Array(REMEMBERED);
  readonly #times = new Float64Array(REMEMBERED).fill(-1);

  constructor(node: string | null) {
    this.node = node;
  }

  find(serial: number, timeMs: number): OpenGroup | null {
    let group = this.#open[serial & (PLACES - 1)] ?? null;
    while (group !== null && (group.serial !== serial || group.timeMs !== timeMs)) group = group.twin;
    return group;
  }

  add(group: OpenGroup): void {
    const at = group.serial & (PLACES - 1);
    group.twin = this.#open[at] ?? null;
    this.#open[at] = group;
    group.older = this.newest;
    if (this.newest === null) this.oldest = group;
    else this.newest.newer = group;
    this.newest = group;
  }

  remove(group: OpenGroup): void {
    if (group.older === null) this.oldest = group.newer;
    else group.older.newer = group.newer;
    if (group.newer === null) this.newest = group.older;
    else group.newer.older = group.older;
    const place = group.serial & (PLACES - 1);
    const first = this.#open[place] ?? null;
    if (first === group) this.#open[place] = group.twin;
    else
      for (let at = first; at !== null; at = at.twin)
        if (at.twin === group) {
          at.twin = group.twin;
          break;
        }
    // One that has grown old in the heap would keep all that came after it from being collected.
    group.older = null;
    group.newer = null;
    group.twin = null;
  }

  remember(serial: number, timeMs: number): void {
    const at = serial & (REMEMBERED - 1);
    this.#serials[at] = serial;
    this.#times[at] = timeMs;
  }

  isComplete(serial: number, timeMs: number): boolean {
    const at = serial & (REMEMBERED - 1);
    return this.#serials[at] === serial && this.#times[at] === timeMs;
  }
}

/**
 * Sorts audit lines into events by node, time and serial. Any number of events may be interleaved.
 *
 * An event is complete
 * - at once when its first record is of a type that stands alone, and at an EOE record;
 * - `settleMs` of reading time after its PROCTITLE (the kernel may write records behind that one);
 * - when a record of its node comes that is more than `windowMs` younger, or nothing came for `windowMs` of reading time;
 * - when one of the bounds is reached.
 * A record that comes after that makes a group of its own with `late`. Where the reading time given never changes, the
 * groups depend on the lines alone: not on how they were cut into batches, nor, within the window, on their order.
 *
 * The bytes given must not be changed afterwards: groups refer to them.
 */
export class EventGroups {
  /** How many events a bound cut short. */
  crowded = 0;
  /** Stream offset behind the last byte that was given. */
  end: number;
  readonly #bounds: GroupBounds;
  readonly #header = new HeaderReader();
  readonly #lanes = new Map<string | null, Lane>();
  #lane: Lane = new Lane(null);
  #last: OpenGroup | null = null;
  #pushes = 0;
  #openEvents = 0;
  #openBytes = 0;
  #done: Group[] = [];
  #faults: GroupFault[] = [];

  /** @param startOffset where in the stream the first byte will lie. */
  constructor(startOffset = 0, bounds: Partial<GroupBounds> = {}) {
    this.end = startOffset;
    this.#bounds = { ...DEFAULT_BOUNDS, ...bounds };
    this.#lanes.set(null, this.#lane);
  }

  /** Takes whole lines; the last one may lack its newline. @param nowMs the time of reading, never running backwards. */
  push(bytes: Buffer, backfill: boolean, nowMs: number): void {
    const base = this.end;
    let start = 0;
    while (start < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? bytes.length : newline;
      const next = newline < 0 ? end : newline + 1;
      if (this.#header.read(bytes, start, end))
        this.#line(bytes, start, end, next, base + start, backfill, nowMs);
      else
        this.#faults.push({
          fault: headerFault(this.#header, start),
          offset: base + start,
          length: next - start,
          excerpt: bytes.toString("latin1", start, Math.min(end, start + 200)),
        });
      start = next;
    }
    this.end = base + bytes.length;
    this.tick(nowMs);
    this.#pushes += 1;
    for (const lane of this.#lanes.values())
      for (
        let group = lane.oldest;
        group !== null && group.since < this.#pushes - PUSHES_HELD;
        group = group.newer
      )
        group.own();
  }

  /** Completes what waited long enough in reading time. */
  tick(nowMs: number): void {
    const { settleMs, windowMs } = this.#bounds;
    for (const lane of this.#lanes.values())
      for (let group = lane.oldest; group !== null; ) {
        const { newer } = group;
        if (nowMs - group.touchedMs >= (group.hasTitle || group.late ? settleMs : windowMs))
          this.#complete(lane, group);
        group = newer;
      }
  }

  /** Completes everything. */
  flush(): void {
    for (const lane of this.#lanes.values()) while (lane.oldest !== null) this.#complete(lane, lane.oldest);
  }

  /** The groups complete since the last call, in the order of their first lines. */
  drain(): Drained {
    const groups = this.#done;
    const faults = this.#faults;
    this.#done = [];
    this.#faults = [];
    return { groups: groups.sort(byFirstLine), faults };
  }

  /**
   * As {@link drain}, but a group waits until every older one is complete, so that all of a stream comes in the order
   * of first lines. Not more than `openEvents` wait: beyond that all are given.
   */
  drainInOrder(): Drained {
    const { groups, faults } = this.drain();
    if (groups.length > this.#bounds.openEvents) return { groups, faults };
    const open = this.end - this.pendingBytes;
    const count = groups.findIndex((group) => (group.spans[0] as number) >= open);
    if (count < 0) return { groups, faults };
    this.#done = groups.slice(count);
    return { groups: groups.slice(0, count), faults };
  }

  /** Bytes from the first line of the oldest open event to the end of the stream. */
  get pendingBytes(): number {
    let first = this.end;
    for (const { oldest } of this.#lanes.values())
      if (oldest !== null) first = Math.min(first, oldest.spans[0] as number);
    return this.end - first;
  }

  #line(
    bytes: Buffer,
    start: number,
    end: number,
    next: number,
    offset: number,
    backfill: boolean,
    nowMs: number,
  ): void {
    const { type, timeMs, serial, body } = this.#header;
    const lane = this.#laneOf(bytes);
    let group = this.#last;
    if (group === null || group.serial !== serial || group.timeMs !== timeMs || group.node !== lane.node) {
      while (lane.oldest !== null && timeMs - lane.oldest.timeMs > this.#bounds.windowMs)
        this.#complete(lane, lane.oldest);
      group = lane.find(serial, timeMs);
      if (group === null) {
        const time = bytes.toString("latin1", this.#header.timeStart, this.#header.timeEnd);
        const late = lane.isComplete(serial, timeMs);
        group = new OpenGroup({ timeMs, time, serial }, lane.node, late, backfill, this.#pushes);
        lane.add(group);
        this.#openEvents += 1;
      }
      this.#last = group;
    }
    const length = next - start;
    const { spans, lines } = group;
    const tail = spans.length - 2;
    if (tail >= 0 && (spans[tail] as number) + (spans[tail + 1] as number) === offset)
      spans[tail + 1] = (spans[tail + 1] as number) + length;
    else spans.push(offset, length);
    lines.push({ bytes, start, body, end, type });
    group.bytes += length;
    this.#openBytes += length;
    group.touchedMs = nowMs;
    if (type.isProctitle) group.hasTitle = true;
    if (type.isEnd || (type.isAlone && lines.length === 1)) this.#complete(lane, group);
    else if (lines.length >= this.#bounds.recordsPerEvent) this.#crowd(lane, group);
    while (this.#openEvents > this.#bounds.openEvents || this.#openBytes > this.#bounds.openBytes)
      this.#crowdOldest();
  }

  #laneOf(bytes: Buffer): Lane {
    const { nodeStart, nodeEnd } = this.#header;
    if (nodeStart === nodeEnd) {
      if (this.#lane.node !== null) this.#lane = this.#lanes.get(null) as Lane;
      return this.#lane;
    }
    const node = bytes.toString("latin1", nodeStart, nodeEnd);
    if (this.#lane.node === node) return this.#lane;
    let lane = this.#lanes.get(node);
    if (lane === undefined) {
      // A lane without open events holds nothing but memory of late ones.
      if (this.#lanes.size > 256)
        for (const [name, old] of this.#lanes)
          if (name !== null && old.oldest === null) this.#lanes.delete(name);
      lane = new Lane(node);
      this.#lanes.set(node, lane);
    }
    this.#lane = lane;
    return lane;
  }

  #complete(lane: Lane, group: OpenGroup): void {
    lane.remove(group);
    lane.remember(group.serial, group.timeMs);
    this.#openEvents -= 1;
    this.#openBytes -= group.bytes;
    if (this.#last === group) this.#last = null;
    this.#done.push(group);
  }

  #crowd(lane: Lane, group: OpenGroup): void {
    this.crowded += 1;
    this.#complete(lane, group);
  }

  #crowdOldest(): void {
    let found: Lane | null = null;
    for (const lane of this.#lanes.values())
      if (
        lane.oldest !== null &&
        (found?.oldest == null || (lane.oldest.spans[0] as number) < (found.oldest.spans[0] as number))
      )
        found = lane;
    if (found?.oldest != null) this.#crowd(found, found.oldest);
  }
}
