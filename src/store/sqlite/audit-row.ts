import {
  ABSENT,
  AUDIT_COLUMNS,
  type AuditColumn,
  COLUMNLESS_TYPES,
  FIELD_COLUMNS,
  isNothing,
  PATH_ROLES,
  PATH_VALUES,
  TEXT_COLUMNS,
} from "../../model/audit-columns.ts";
import type { AuditEvent, EventColumns } from "../../model/event.ts";
import { AUID_UNSET } from "../../model/ids.ts";
import { type AuditRows, absentOf } from "./audit-chunk.ts";
import type { Texts } from "./texts.ts";

const FIELDS: ReadonlyMap<string, AuditColumn> = new Map(Object.entries(FIELD_COLUMNS));
const TEXTS: ReadonlySet<AuditColumn> = new Set(TEXT_COLUMNS);
const IDS: ReadonlySet<AuditColumn> = new Set(["auid", "uid", "euid", "gid", "egid", "ses"]);
export const COLUMN_AT = Object.fromEntries(AUDIT_COLUMNS.map((name, at) => [name, at])) as Readonly<
  Record<AuditColumn, number>
>;
/** A row with nothing in it, in the order of {@link AUDIT_COLUMNS}. */
export const EMPTY_ROW: readonly number[] = AUDIT_COLUMNS.map((name) => absentOf(name));

/** The number that a field says; {@link ABSENT} where it is none. Old kernels print −1 for an unset id. */
export function numberOf(column: AuditColumn, text: string): number {
  if (column === "success") {
    if (text === "yes" || text === "success" || text === "1") return 1;
    return text === "no" || text === "failed" || text === "0" ? 0 : ABSENT;
  }
  if (column === "arch") return /^[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text, 16) : ABSENT;
  if (!/^-?\d{1,15}$/.test(text)) return ABSENT;
  const value = Number(text);
  return value === -1 && IDS.has(column) ? AUID_UNSET : value;
}

/** The time text of a canonical reference: seconds, a point, three digits. */
const stampOf = (ref: string, timeMs: number): string => {
  const time = ref.slice(6, ref.indexOf(":", 6));
  return canonicalTime(timeMs) === time ? "" : time;
};
/** Milliseconds as the log writes them: `1795511325.191`. */
export const canonicalTime = (timeMs: number): string =>
  `${Math.floor(timeMs / 1000)}.${String(timeMs % 1000).padStart(3, "0")}`;

const TEXT_PLACES: readonly number[] = TEXT_COLUMNS.map((name) => COLUMN_AT[name]);

/** Adds an event's row, paths and parts. */
export function addEvent(rows: AuditRows, event: AuditEvent, texts: Texts): void {
  const index = rows.events.count;
  if (event.columns === undefined) addFields(rows, event, texts);
  else addColumns(rows, event.columns, texts);
  for (let at = 2; at + 1 < event.spans.length; at += 2)
    rows.parts.push([index, event.spans[at] ?? 0, event.spans[at + 1] ?? 0]);
}

function addColumns(rows: AuditRows, columns: EventColumns, texts: Texts): void {
  const idOf = texts.idsOf(columns.texts);
  const row = [...columns.row];
  for (const at of TEXT_PLACES) if (row[at] !== 0) row[at] = idOf(row[at] ?? 0);
  const { paths } = columns;
  const index = rows.events.count;
  for (let at = 0; at < paths.length; at += PATH_VALUES) {
    const name = paths[at + 1] ?? 0;
    rows.paths.push([index, paths[at] ?? ABSENT, name === 0 ? 0 : idOf(name), paths[at + 2] ?? 0]);
  }
  rows.events.push(row);
}

/** The same from the fields of an event's records, for a part of one. */
function addFields(rows: AuditRows, event: AuditEvent, texts: Texts): void {
  const row = [...EMPTY_ROW];
  const kinds: string[] = [];
  const index = rows.events.count;
  for (const { type, fields } of event.records) {
    if (!kinds.includes(type)) kinds.push(type);
    if (type === "PATH") {
      const name = fields["name"] ?? "";
      const item = fields["item"] ?? "";
      rows.paths.push([
        index,
        /^\d{1,9}$/.test(item) ? Number(item) : ABSENT,
        isNothing(name) ? 0 : texts.idOf(name),
        Math.max(0, PATH_ROLES.indexOf(fields["nametype"] ?? "")),
      ]);
      continue;
    }
    if (COLUMNLESS_TYPES.has(type)) continue;
    for (const field in fields) {
      const column = FIELDS.get(field);
      if (column === undefined) continue;
      const at = COLUMN_AT[column];
      const value = fields[field] ?? "";
      if (TEXTS.has(column)) {
        if (row[at] === 0 && !isNothing(value)) row[at] = texts.idOf(value);
      } else if (row[at] === ABSENT) row[at] = numberOf(column, value);
    }
  }
  row[COLUMN_AT.time] = event.timeMs;
  row[COLUMN_AT.serial] = event.serial;
  row[COLUMN_AT.at] = event.spans[0] ?? 0;
  row[COLUMN_AT.size] = event.spans[1] ?? 0;
  row[COLUMN_AT.records] = event.records.length;
  row[COLUMN_AT.backfill] = event.backfill ? 1 : 0;
  row[COLUMN_AT.node] = event.node === null ? 0 : texts.idOf(event.node);
  row[COLUMN_AT.stamp] = texts.idOf(stampOf(event.ref, event.timeMs));
  row[COLUMN_AT.kind] = texts.idOf(kinds.join(" "));
  rows.events.push(row);
}
