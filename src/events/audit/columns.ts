import { ByteTexts } from "../../lib/byte-texts.ts";
import { Columns } from "../../lib/columns.ts";
import {
  ABSENT,
  AUDIT_COLUMNS,
  type AuditColumn,
  COLUMNLESS_TYPES,
  PART_COLUMNS,
  PATH_COLUMNS,
} from "../../model/audit-columns.ts";
import { RecordScanner, VALUE } from "../../records/audit/scan.ts";
import {
  AT,
  EMPTY_ROW,
  EVENT_FIELDS,
  type FieldMeaning,
  isNothingAt,
  itemAt,
  numberAt,
  PATH_FIELDS,
  PATH_MEANINGS,
  roleAt,
} from "./columns-fields.ts";
import { QuickScan } from "./columns-scan.ts";
import { EventGroups, type Group, type GroupedLine } from "./groups.ts";
import { ShapeReader } from "./shape.ts";

/** The columns of some events. */
export type ScannedColumns = Pick<ScannedRows, "events" | "paths" | "parts">;

/** Events by column. Texts are numbers of {@link ScannedRows.texts}; 0 is none. */
export interface ScannedRows {
  readonly events: Columns<AuditColumn>;
  readonly paths: Columns<(typeof PATH_COLUMNS)[number]>;
  readonly parts: Columns<(typeof PART_COLUMNS)[number]>;
  /** Texts that no earlier rows named, by number from `firstText` on. A text may come again under another number. */
  readonly texts: readonly string[];
  readonly firstText: number;
  /** Lines that are no audit records. */
  readonly faults: number;
}

const EVENT_MEANINGS: ReadonlyMap<string, FieldMeaning> = new Map(EVENT_FIELDS.map((one) => [one.name, one]));
const PATH_MEANING: ReadonlyMap<string, FieldMeaning> = new Map(PATH_MEANINGS.map((one) => [one.name, one]));
/** A decoded hex value; longer ones get a buffer of their own. */
const SCRATCH_BYTES = 65_536;
const MIN_HEX_DIGITS = 2;
/** Rows that are usually taken at once. */
const EXPECTED_EVENTS = 4608;

/**
 * Audit log bytes to columns, without an object or a string per field: what a bulk import needs. The rows say what
 * a commit of the same lines as events would store; a test compares the two.
 */
export class ColumnScanner {
  readonly #groups: EventGroups;
  readonly #full = new RecordScanner();
  readonly #quickEvent = new QuickScan(EVENT_FIELDS);
  readonly #shape = new ShapeReader();
  readonly #quickPath = new QuickScan(PATH_MEANINGS);
  readonly #texts = new ByteTexts();
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** The event being read; and the row as it was before the line being read. */
  readonly #row = new Float64Array(AUDIT_COLUMNS.length);
  readonly #before = new Float64Array(AUDIT_COLUMNS.length);
  /** `item`, `name`, `nametype` of the PATH record being read, and which of them came. */
  readonly #path = [ABSENT, 0, 0];
  #kinds: string[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #firstText = 1;
  #faults = 0;
  #rows = freshRows();

  /** @param startOffset where in the stream the first byte will lie. */
  constructor(startOffset: number) {
    this.#groups = new EventGroups(startOffset);
  }

  /** Events whose rows wait to be taken. */
  get count(): number {
    return this.#rows.events.count;
  }
  /** Bytes from the first line of the oldest incomplete event to the end of the input so far. */
  get pendingBytes(): number {
    return this.#groups.pendingBytes;
  }

  /** Takes whole lines; the bytes must not change afterwards. */
  push(bytes: Buffer, backfill: boolean): void {
    this.#groups.push(bytes, backfill, 0);
    this.#drain();
  }

  /** The input has ended: what waits for more lines is taken as it is. */
  flush(): void {
    this.#groups.flush();
    this.#drain();
  }

  /** The rows since the last call. @param empty takes those to come. */
  take(empty: ScannedColumns = freshRows()): ScannedRows {
    const texts = this.#texts.take();
    const taken = { ...this.#rows, texts, firstText: this.#firstText, faults: this.#faults };
    this.#rows = empty;
    this.#firstText = this.#texts.next;
    this.#faults = 0;
    return taken;
  }

  #drain(): void {
    const { groups, faults } = this.#groups.drain();
    this.#faults += faults.length;
    for (const group of groups) this.#event(group);
  }

  #event(group: Group): void {
    const row = this.#row;
    const { events, parts } = this.#rows;
    const index = events.count;
    row.set(EMPTY_ROW);
    const kinds = this.#kinds;
    kinds.length = 0;
    const { spans, timeMs, time, node, lines } = group;
    this.#shape.begin(group);
    for (const line of lines) {
      const { name } = line.type;
      if (!kinds.includes(name)) kinds.push(name);
      if (name === "PATH") this.#pathLine(line, index);
      else this.#eventLine(line);
    }
    row[AT.shape] = this.#shape.shape;
    row[AT.time] = timeMs;
    row[AT.serial] = group.serial;
    row[AT.at] = spans[0] ?? 0;
    row[AT.size] = spans[1] ?? 0;
    row[AT.records] = lines.length;
    row[AT.backfill] = group.backfill ? 1 : 0;
    row[AT.node] = node === null ? 0 : this.#texts.of(node);
    row[AT.stamp] = isUsualTime(time, timeMs) ? 0 : this.#texts.of(time);
    row[AT.kind] = this.#texts.of(kinds.length === 1 ? (kinds[0] ?? "") : kinds.join(" "));
    events.push(row);
    for (let at = 2; at + 1 < spans.length; at += 2) parts.push([index, spans[at] ?? 0, spans[at + 1] ?? 0]);
  }

  #eventLine(line: GroupedLine): void {
    const { bytes, body, end } = line;
    this.#bytes = bytes;
    this.#before.set(this.#row);
    if (this.#shape.line(line, this.#takeField, this.#takePathField)) return;
    this.#row.set(this.#before);
    if (COLUMNLESS_TYPES.has(line.type.name)) return;
    // RHEL 6 wrote `login pid=1 … old auid=4294967295 new auid=500`, which only the full scanner knows.
    if (line.type.name !== "LOGIN" && this.#quickEvent.scan(bytes, body, end, this.#takeField)) return;
    this.#row.set(this.#before);
    this.#fullScan(line, EVENT_MEANINGS, this.#takeField);
  }

  readonly #takeField = (
    { at, isText, isEncoded }: FieldMeaning,
    start: number,
    end: number,
    isQuoted: boolean,
  ): boolean => {
    if (this.#row[at] === EMPTY_ROW[at])
      this.#row[at] = isText
        ? this.#text(start, end, isEncoded && !isQuoted)
        : numberAt(at, this.#bytes, start, end);
    return true;
  };

  #pathLine(line: GroupedLine, index: number): void {
    const { bytes, body, end } = line;
    const path = this.#path;
    this.#bytes = bytes;
    this.#resetPath();
    const isUsual = this.#shape.line(line, this.#takeField, this.#takePathField);
    if (!isUsual) this.#resetPath();
    if (!isUsual && !this.#quickPath.scan(bytes, body, end, this.#takePathField)) {
      this.#resetPath();
      this.#fullScan(line, PATH_MEANING, this.#takePathField);
    }
    this.#rows.paths.push([index, path[0] ?? 0, path[1] ?? 0, path[2] ?? 0]);
  }

  #pathSeen = 0;
  #resetPath(): void {
    this.#path[PATH_FIELDS.item] = ABSENT;
    this.#path[PATH_FIELDS.name] = 0;
    this.#path[PATH_FIELDS.nametype] = 0;
    this.#pathSeen = 0;
  }

  readonly #takePathField = (
    { at, isEncoded }: FieldMeaning,
    start: number,
    end: number,
    isQuoted: boolean,
  ): boolean => {
    const bit = 1 << at;
    // A name that repeats keeps its first value.
    if ((this.#pathSeen & bit) !== 0) return true;
    this.#pathSeen |= bit;
    if (at === PATH_FIELDS.name) this.#path[at] = this.#text(start, end, isEncoded && !isQuoted);
    else if (at === PATH_FIELDS.item) this.#path[at] = itemAt(this.#bytes, start, end);
    else this.#path[at] = roleAt(this.#bytes, start, end);
    return this.#pathSeen !== 7;
  };

  /** The full scanner's answer, for records in an unusual form. */
  #fullScan(
    { bytes, body, end, type }: GroupedLine,
    meanings: ReadonlyMap<string, FieldMeaning>,
    sink: (meaning: FieldMeaning, start: number, end: number, isQuoted: boolean) => boolean,
  ): void {
    const scanner = this.#full;
    scanner.scan(bytes, body, end, type);
    for (let field = 0; field < scanner.enrichedAt; field++) {
      const meaning = meanings.get(scanner.name(field).text);
      if (meaning !== undefined)
        sink(meaning, scanner.start(field), scanner.end(field), scanner.kind(field) !== VALUE.hex);
    }
  }

  /** A text's number; unquoted pairs of upper-case hex digits are decoded where the field is one of those. */
  #text(start: number, end: number, mayBeHex: boolean): number {
    const bytes = this.#bytes;
    if (isNothingAt(bytes, start, end)) return 0;
    if (!mayBeHex || ((end - start) & 1) === 1 || end - start < MIN_HEX_DIGITS)
      return this.#texts.at(bytes, start, end);
    const size = (end - start) >> 1;
    const target = size <= SCRATCH_BYTES ? this.#scratch : Buffer.allocUnsafe(size);
    for (let at = 0; at < size; at++) {
      const high = hexDigit(bytes[start + at * 2] as number);
      const low = hexDigit(bytes[start + at * 2 + 1] as number);
      if (high < 0 || low < 0) return this.#texts.at(bytes, start, end);
      target[at] = (high << 4) | low;
    }
    return isNothingAt(target, 0, size) ? 0 : this.#texts.at(target, 0, size);
  }
}

const hexDigit = (c: number): number => (c >= 48 && c <= 57 ? c - 48 : c >= 65 && c <= 70 ? c - 55 : -1);

function freshRows(): ScannedColumns {
  return {
    events: new Columns(AUDIT_COLUMNS, EXPECTED_EVENTS),
    paths: new Columns(PATH_COLUMNS, EXPECTED_EVENTS * 2),
    parts: new Columns(PART_COLUMNS),
  };
}

/** True where the time is what milliseconds look like in a log: `1795511325.191`. */
function isUsualTime(time: string, timeMs: number): boolean {
  if (time.length === 14 && time.charCodeAt(0) !== 48 && time.charCodeAt(10) === 46) return true;
  return time === `${Math.floor(timeMs / 1000)}.${String(timeMs % 1000).padStart(3, "0")}`;
}
