import type { Columns } from "../../lib/columns.ts";
import { ABSENT, AUDIT_COLUMNS } from "../../model/audit-columns.ts";
import type { AuditEvent } from "../../model/event.ts";
import { type AuditRows, absentOf, emptyRows } from "./audit-chunk.ts";
import type { AuditChunks, ChunkZone, EventKeys } from "./audit-chunks.ts";
import { addEvent } from "./audit-row.ts";
import type { RawStream } from "./raw.ts";
import type { Texts } from "./texts.ts";

const NEWLINE = 10;
/** Columns that a late record does not fill. */
const OWN: ReadonlySet<string> = new Set([
  "time",
  "serial",
  "at",
  "size",
  "records",
  "backfill",
  "node",
  "stamp",
  "kind",
  "shape",
]);

/** Where an event is stored. */
export interface EventPlace {
  readonly chunk: number;
  readonly index: number;
}
/** What names an audit event: time and serial as in its stamp, texts of node and unusual stamp by number. */
export interface EventKey {
  readonly time: number;
  readonly serial: number;
  readonly node: number;
  readonly stamp: number;
}

/** A stored line: offset in the audit stream, length with newline, text without. */
export interface PlacedLine {
  readonly at: number;
  readonly size: number;
  readonly text: string;
}

export interface AuditEvents {
  /** Adds events whose lines are in the stream already. One that is stored is joined: only lines that it lacks are added. @returns how many were new. */
  add(events: readonly AuditEvent[]): number;
  /** The same for rows. */
  addRows(rows: AuditRows): number;
  find(ref: string): EventPlace | null;
  /** Offset, length, offset, length, … of the event's lines. */
  spans(place: EventPlace): number[];
  /** The event's lines without newlines, latin1. */
  lines(place: EventPlace): string[];
  /** The event's lines with their offsets in the stream and lengths, newline included. */
  placedLines(place: EventPlace): readonly PlacedLine[];
}

/** Reads the parts of `audit:TIME:SERIAL[@NODE]`; null for another text. */
export function parseRef(ref: string): { time: string; serial: number; node: string } | null {
  const match = /^audit:([^:]*):(\d{1,10})(?:@(.*))?$/s.exec(ref);
  return match === null ? null : { time: match[1] ?? "", serial: Number(match[2]), node: match[3] ?? "" };
}

const keyAt = ({ events }: AuditRows, index: number): EventKey => ({
  time: events.get(index, "time"),
  serial: events.get(index, "serial"),
  node: events.get(index, "node"),
  stamp: events.get(index, "stamp"),
});

/** The columns that name events. */
const keysOf = ({ events }: AuditRows): EventKeys => ({
  time: events.column("time"),
  serial: events.column("serial"),
  node: events.column("node"),
  stamp: events.column("stamp"),
});

/** The first row before `limit` with this key; −1 where there is none. */
function indexOfKey(keys: EventKeys, key: EventKey, limit = keys.serial.length): number {
  const { serial } = keys;
  for (let at = serial.indexOf(key.serial); at >= 0 && at < limit; at = serial.indexOf(key.serial, at + 1))
    if (keys.time[at] === key.time && keys.node[at] === key.node && keys.stamp[at] === key.stamp) return at;
  return -1;
}

/** Offset, length, … of one row's lines. */
export function spansOf({ events, parts }: AuditRows, index: number): number[] {
  const spans = [events.get(index, "at"), events.get(index, "size")];
  const owner = parts.column("event");
  for (let at = 0; at < parts.count; at++)
    if (owner[at] === index) spans.push(parts.get(at, "at"), parts.get(at, "size"));
  return spans;
}

/**
 * Opens the audit events of a database.
 * @param onFull gets the rows of a chunk that is full: their lines wait to be sealed.
 */
export function openAuditEvents(
  chunks: AuditChunks,
  texts: Texts,
  raw: (at: number) => RawStream,
  onFull: (rows: AuditRows) => void = () => {},
): AuditEvents {
  /** Lines with their offsets and lengths. */
  function linesIn(spans: readonly number[]): PlacedLine[] {
    const lines: PlacedLine[] = [];
    for (let span = 0; span + 1 < spans.length; span += 2) {
      const start = spans[span] ?? 0;
      const bytes = raw(start).read(start, spans[span + 1] ?? 0);
      for (let at = 0; at < bytes.length; ) {
        const newline = bytes.indexOf(NEWLINE, at);
        const end = newline < 0 ? bytes.length : newline;
        const next = newline < 0 ? end : newline + 1;
        lines.push({ at: start + at, size: next - at, text: bytes.toString("latin1", at, end) });
        at = next;
      }
    }
    return lines;
  }

  /** Joins a row of `from` to one of `to`. @returns whether that changed anything. */
  function join(to: AuditRows, index: number, from: AuditRows, late: number): boolean {
    const known = new Set(linesIn(spansOf(to, index)).map(({ text }) => text));
    const fresh = linesIn(spansOf(from, late)).filter(({ text }) => !known.has(text));
    if (fresh.length === 0) return false;
    const { events, parts } = to;
    events.set(index, "shape", ABSENT);
    for (const name of AUDIT_COLUMNS)
      if (!OWN.has(name) && events.get(index, name) === absentOf(name))
        events.set(index, name, from.events.get(late, name));
    const kinds = texts.textOf(events.get(index, "kind")).split(" ");
    const more = texts.textOf(from.events.get(late, "kind")).split(" ");
    const union = [...kinds, ...more.filter((kind) => !kinds.includes(kind))].join(" ");
    events.set(index, "kind", texts.idOf(union));
    events.set(index, "records", events.get(index, "records") + fresh.length);
    for (const { at, size } of fresh) {
      let last = -1;
      const owner = parts.column("event");
      for (let part = 0; part < parts.count; part++) if (owner[part] === index) last = part;
      if (last >= 0 && parts.get(last, "at") + parts.get(last, "size") === at)
        parts.set(last, "size", parts.get(last, "size") + size);
      else if (last < 0 && events.get(index, "at") + events.get(index, "size") === at)
        events.set(index, "size", events.get(index, "size") + size);
      else parts.push([index, at, size]);
    }
    joinPaths(to, index, from, late);
    return true;
  }

  function joinPaths(to: AuditRows, index: number, from: AuditRows, late: number): void {
    const values = (rows: AuditRows, owner: number): number[][] => {
      const found: number[][] = [];
      for (let at = 0; at < rows.paths.count; at++)
        if (rows.paths.get(at, "event") === owner)
          found.push([rows.paths.get(at, "item"), rows.paths.get(at, "name"), rows.paths.get(at, "role")]);
      return found;
    };
    const known = new Set(values(to, index).map(String));
    for (const path of values(from, late)) if (!known.has(String(path))) to.paths.push([index, ...path]);
  }

  function locate(zones: readonly ChunkZone[], key: EventKey): EventPlace | null {
    for (const { id, minTime, maxTime, minSerial, maxSerial } of zones) {
      if (key.time < minTime || key.time > maxTime || key.serial < minSerial || key.serial > maxSerial)
        continue;
      const index = indexOfKey(chunks.keys(id), key);
      if (index >= 0) return { chunk: id, index };
    }
    return null;
  }

  function addRows(rows: AuditRows): number {
    const { events } = rows;
    const times = events.column("time");
    const serials = events.column("serial");
    let [minTime, maxTime, minSerial, maxSerial] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let at = 0; at < events.count; at++) {
      minTime = Math.min(minTime, times[at] ?? 0);
      maxTime = Math.max(maxTime, times[at] ?? 0);
      minSerial = Math.min(minSerial, serials[at] ?? 0);
      maxSerial = Math.max(maxSerial, serials[at] ?? 0);
    }
    if (events.count === 0) return 0;
    const zones = chunks.zones(minTime, maxTime, minSerial, maxSerial);
    const dropped = new Set<number>();
    const changed = new Map<number, AuditRows>();
    let highest = -1;
    const keys = keysOf(rows);
    for (let at = 0; at < events.count; at++) {
      const serial = serials[at] ?? 0;
      if (serial > highest) highest = serial;
      else {
        const earlier = indexOfKey(keys, keyAt(rows, at), at);
        if (earlier >= 0) {
          join(rows, earlier, rows, at);
          dropped.add(at);
          continue;
        }
      }
      if (zones.length === 0) continue;
      const place = locate(zones, keyAt(rows, at));
      if (place === null) continue;
      const stored = changed.get(place.chunk) ?? copyRows(chunks.rows(place.chunk));
      if (join(stored, place.index, rows, at)) changed.set(place.chunk, stored);
      dropped.add(at);
    }
    for (const [chunk, stored] of changed) chunks.replace(chunk, stored);
    if (dropped.size > 0) removeRows(rows, dropped);
    const full = chunks.add(rows);
    if (full !== null) onFull(full);
    return events.count;
  }

  function spans({ chunk, index }: EventPlace): number[] {
    return spansOf(chunks.rows(chunk), index);
  }
  return {
    add(added) {
      const rows = emptyRows();
      for (const event of added) addEvent(rows, event, texts);
      return addRows(rows);
    },
    addRows,
    find(ref) {
      const parsed = parseRef(ref);
      if (parsed === null) return null;
      const node = texts.find(parsed.node);
      if (node === null) return null;
      const isUsual = /^(?:0|[1-9]\d*)\.\d{3}$/.test(parsed.time);
      const stamp = isUsual ? 0 : texts.find(parsed.time);
      if (stamp === null) return null;
      const { serial } = parsed;
      if (isUsual) {
        const time = Number(parsed.time.replace(".", ""));
        return locate(chunks.zones(time, time, serial, serial), { time, serial, node, stamp });
      }
      for (const { id } of chunks.zones(-Infinity, Infinity, serial, serial)) {
        const rows = chunks.rows(id);
        for (let at = 0; at < rows.events.count; at++) {
          const key = keyAt(rows, at);
          if (key.serial === serial && key.stamp === stamp && key.node === node)
            return { chunk: id, index: at };
        }
      }
      return null;
    },
    spans,
    placedLines: (place) => linesIn(spans(place)),
    lines: (place) => linesIn(spans(place)).map(({ text }) => text),
  };
}

/** Rows that may be changed. */
export function copyRows(rows: AuditRows): AuditRows {
  const copy = emptyRows();
  copy.events.append(rows.events);
  copy.paths.append(rows.paths);
  copy.parts.append(rows.parts);
  return copy;
}

/** Takes rows out, with their paths and parts. */
export function removeRows(rows: AuditRows, dropped: ReadonlySet<number>): void {
  const { events } = rows;
  const movedTo = new Int32Array(events.count);
  for (let at = 0, to = 0; at < events.count; at++) movedTo[at] = dropped.has(at) ? -1 : to++;
  for (const key of ["paths", "parts"] as const) {
    const columns = rows[key] as Columns<string>;
    const owners = columns.column("event");
    const gone: number[] = [];
    for (let at = 0; at < columns.count; at++) {
      const owner = movedTo[owners[at] ?? 0] ?? -1;
      if (owner < 0) gone.push(at);
      else owners[at] = owner;
    }
    columns.remove(gone);
  }
  events.remove([...dropped].sort((a, b) => a - b));
}
