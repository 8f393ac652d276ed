import type { ByteTexts } from "../../lib/byte-texts.ts";
import { ABSENT, AUDIT_COLUMNS, COLUMNLESS_TYPES } from "../../model/audit-columns.ts";
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
import type { Group, GroupedLine } from "./groups.ts";
import { ShapeReader } from "./shape.ts";

const EVENT_MEANINGS: ReadonlyMap<string, FieldMeaning> = new Map(EVENT_FIELDS.map((one) => [one.name, one]));
const PATH_MEANING: ReadonlyMap<string, FieldMeaning> = new Map(PATH_MEANINGS.map((one) => [one.name, one]));
/** A decoded hex value; longer ones get a buffer of their own. */
const SCRATCH_BYTES = 65_536;
const MIN_HEX_DIGITS = 2;
const ALL_OF_PATH = PATH_MEANINGS.reduce((bits, { bit }) => bits | bit, 0);

/**
 * Reads the columns of one event after the other from its lines, without an object or a string per field. They are what
 * the event's fields say; a test compares the two.
 */
export class EventColumnReader {
  /** The last event's values, and of each of its PATH records `item`, name, role, one behind the other. Texts are numbers. */
  readonly row = new Float64Array(AUDIT_COLUMNS.length);
  readonly paths: number[] = [];
  readonly #texts: ByteTexts;
  readonly #full = new RecordScanner();
  readonly #quickEvent = new QuickScan(EVENT_FIELDS);
  readonly #shape = new ShapeReader();
  readonly #quickPath = new QuickScan(PATH_MEANINGS);
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** The row as it was before the line being read. */
  readonly #before = new Float64Array(AUDIT_COLUMNS.length);
  /** `item`, `name`, `nametype` of the PATH record being read, and which of them came. */
  readonly #path = [ABSENT, 0, 0];
  #kinds: string[] = [];
  #bytes: Buffer = Buffer.alloc(0);

  constructor(texts: ByteTexts) {
    this.#texts = texts;
  }

  read(group: Group): void {
    const { row } = this;
    row.set(EMPTY_ROW);
    this.paths.length = 0;
    const kinds = this.#kinds;
    kinds.length = 0;
    const { spans, timeMs, time, node, lines } = group;
    this.#shape.begin(group);
    for (const line of lines) {
      const { name } = line.type;
      if (!kinds.includes(name)) kinds.push(name);
      if (name === "PATH") this.#pathLine(line);
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
  }

  #eventLine(line: GroupedLine): void {
    const { bytes, body, end } = line;
    this.#bytes = bytes;
    this.#before.set(this.row);
    this.#seen = 0;
    if (this.#shape.line(line, this.#takeField, this.#takePathField)) return;
    this.#forget();
    if (COLUMNLESS_TYPES.has(line.type.name)) return;
    // RHEL 6 wrote `login pid=1 … old auid=4294967295 new auid=500`, which only the full scanner knows.
    if (line.type.name !== "LOGIN" && this.#quickEvent.scan(bytes, body, end, this.#takeField)) return;
    this.#forget();
    this.#fullScan(line, EVENT_MEANINGS, this.#takeField);
  }

  /** The fields of the record being read that came. */
  #seen = 0;
  /** Forgets what was taken of the line. */
  #forget(): void {
    this.row.set(this.#before);
    this.#seen = 0;
  }

  readonly #takeField = (
    { at, bit, isText, isEncoded }: FieldMeaning,
    start: number,
    end: number,
    isQuoted: boolean,
  ): boolean => {
    // A name that repeats keeps its first value, also one that the column has no use for.
    if ((this.#seen & bit) !== 0) return true;
    this.#seen |= bit;
    if (this.row[at] === EMPTY_ROW[at])
      this.row[at] = isText
        ? this.#text(start, end, isEncoded && !isQuoted)
        : numberAt(at, this.#bytes, start, end);
    return true;
  };

  #pathLine(line: GroupedLine): void {
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
    this.paths.push(path[0] ?? 0, path[1] ?? 0, path[2] ?? 0);
  }

  #pathSeen = 0;
  #resetPath(): void {
    this.#path[PATH_FIELDS.item] = ABSENT;
    this.#path[PATH_FIELDS.name] = 0;
    this.#path[PATH_FIELDS.nametype] = 0;
    this.#pathSeen = 0;
  }

  readonly #takePathField = (
    { at, bit, isEncoded }: FieldMeaning,
    start: number,
    end: number,
    isQuoted: boolean,
  ): boolean => {
    if ((this.#pathSeen & bit) !== 0) return true;
    this.#pathSeen |= bit;
    if (at === PATH_FIELDS.name) this.#path[at] = this.#text(start, end, isEncoded && !isQuoted);
    else if (at === PATH_FIELDS.item) this.#path[at] = itemAt(this.#bytes, start, end);
    else this.#path[at] = roleAt(this.#bytes, start, end);
    return this.#pathSeen !== ALL_OF_PATH;
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

/** True where the time is what milliseconds look like in a log: `1795511325.191`. */
function isUsualTime(time: string, timeMs: number): boolean {
  if (time.length === 14 && time.charCodeAt(0) !== 48 && time.charCodeAt(10) === 46) return true;
  return time === `${Math.floor(timeMs / 1000)}.${String(timeMs % 1000).padStart(3, "0")}`;
}
