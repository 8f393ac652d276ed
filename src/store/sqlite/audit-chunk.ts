import { decodeColumn, encodeColumn } from "../../lib/column-codec.ts";
import { Columns } from "../../lib/columns.ts";
import {
  ABSENT,
  AUDIT_COLUMNS,
  type AuditColumn,
  PART_COLUMNS,
  PATH_COLUMNS,
  TEXT_COLUMNS,
} from "../../model/audit-columns.ts";

/** Audit events by column: one row per event, its paths and further parts apart. Texts are dictionary numbers. */
export interface AuditRows {
  readonly events: Columns<AuditColumn>;
  readonly paths: Columns<(typeof PATH_COLUMNS)[number]>;
  readonly parts: Columns<(typeof PART_COLUMNS)[number]>;
}

/** Stored columns are numbered: events from 0, paths from 40, parts from 50. */
export const PATH_BASE = 40;
export const PART_BASE = 50;
/** Columns that rise are coded as differences. */
const RISING: ReadonlySet<string> = new Set(["time", "serial", "at"]);
const TEXTS: ReadonlySet<string> = new Set(TEXT_COLUMNS);
/** A column's value for "none". */
export const absentOf = (name: string): number => (TEXTS.has(name) ? 0 : ABSENT);

export const emptyRows = (): AuditRows => ({
  events: new Columns(AUDIT_COLUMNS),
  paths: new Columns(PATH_COLUMNS),
  parts: new Columns(PART_COLUMNS),
});

/** Adds rows to rows; indexes of events are moved along. */
export function appendRows(to: AuditRows, from: AuditRows): void {
  const base = to.events.count;
  to.events.append(from.events);
  for (const key of ["paths", "parts"] as const) {
    const target = to[key];
    const before = target.count;
    (target as Columns<string>).append(from[key]);
    const index = target.column("event");
    for (let at = before; at < target.count; at++) index[at] = (index[at] ?? 0) + base;
  }
}

/** The number of a stored column of events. */
export const columnCode = (name: AuditColumn): number => AUDIT_COLUMNS.indexOf(name);

/** Every column as bytes, by number. */
export function encodeRows(rows: AuditRows): Map<number, Buffer> {
  const coded = new Map<number, Buffer>();
  const add = (base: number, columns: Columns<string>): void => {
    for (const [at, name] of columns.names.entries())
      coded.set(
        base + at,
        encodeColumn(
          columns.column(name).subarray(0, columns.count),
          base === 0 ? absentOf(name) : ABSENT,
          (base === 0 || base === PART_BASE) && RISING.has(name),
        ),
      );
  };
  add(0, rows.events);
  if (rows.paths.count > 0) add(PATH_BASE, rows.paths);
  if (rows.parts.count > 0) add(PART_BASE, rows.parts);
  return coded;
}

/** Rows from their coded columns; a column that was not stored is absent throughout. */
export function decodeRows(columnOf: (code: number) => Uint8Array | null): AuditRows {
  const count = decodeColumn(columnOf(0) ?? new Uint8Array(0), ABSENT).length;
  const read = <Name extends string>(base: number, names: readonly Name[], rows: number): Columns<Name> =>
    Columns.from(
      names,
      names.map((name, at) => {
        const bytes = columnOf(base + at);
        const absent = base === 0 ? absentOf(name) : ABSENT;
        return bytes === null ? new Float64Array(rows).fill(absent) : decodeColumn(bytes, absent);
      }),
    );
  return {
    events: read(0, AUDIT_COLUMNS, count),
    paths: read(PATH_BASE, PATH_COLUMNS, 0),
    parts: read(PART_BASE, PART_COLUMNS, 0),
  };
}

/** Coded columns in one blob: per column its number, its length, its bytes. */
export function joinColumns(coded: ReadonlyMap<number, Buffer>): Buffer {
  const parts: Buffer[] = [];
  for (const [code, bytes] of coded) {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(code, 0);
    head.writeUInt32LE(bytes.length, 4);
    parts.push(head, bytes);
  }
  return Buffer.concat(parts);
}

/** The columns of a blob that {@link joinColumns} made. */
export function splitColumns(blob: Buffer): Map<number, Buffer> {
  const coded = new Map<number, Buffer>();
  for (let at = 0; at + 8 <= blob.length; ) {
    const length = blob.readUInt32LE(at + 4);
    coded.set(blob.readUInt32LE(at), blob.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return coded;
}
