import { type AuditColumn, SHAPE } from "../model/audit-columns.ts";
import type { AuditReads, AuditRun, AuditSelection } from "../ports/audit-reads.ts";
import type { LogEvent } from "../query/log-event.ts";
import { LogReader } from "../query/log-reader.ts";
import type { SearchFields, Wanted } from "../query/search-fields.ts";
import type { CountedField } from "../reports/report.ts";
import type { Tally } from "../reports/tally.ts";
import { ColumnFields, recordsOf } from "./column-fields.ts";
import { ColumnTotals } from "./column-totals.ts";

/** Which stored events are asked for. */
export interface StoredRange {
  /** Seconds since 1970, both inclusive; 0 is none. */
  readonly start: number;
  readonly end: number;
}

/** Who looks at stored events. */
export interface StoredReader {
  /** False where only those events are needed that concern it. */
  readonly needsAll: boolean;
  /** What it reads of an event whose lines it does not need; null where it needs the lines of all. */
  readonly wantedColumns: Wanted | null;
  /** A field whose values it counts, and which `success` (0 or 1) events must have for that; null where it does more. */
  readonly countedField: CountedField | null;
  readonly neededSuccess: number | null;
  /** Columns that say all it looks at: it counts those alike in them alike. Null where it looks at more. */
  readonly countedBy: readonly AuditColumn[] | null;
  readonly tally: Tally;
  /** Of events by time the first and the last alone make a difference. */
  readonly isOfEnds: boolean;
  concerns(event: LogEvent): boolean;
  /** An event with all of its lines. */
  add(event: LogEvent): void;
  /** An event of record types alone, and its fields. */
  addRead(event: LogEvent, fields: SearchFields): void;
  /** An event that has not the `success` it needs. */
  pass(event: LogEvent): void;
}

/** An event of record types alone: enough to ask whether it concerns anybody. */
const typesAlone = (kind: string): LogEvent => ({
  sec: 0,
  milli: 0,
  serial: 0,
  node: null,
  records: recordsOf(kind),
});

/**
 * Gives the database's audit events by time and serial, as audit's tools would read them from a log: from columns where
 * these say all that is asked, else from the verbatim lines. Lines that those tools would not take are left out.
 * Yields after each of the store's runs, for the output to be taken.
 */
export function* readStored(reads: AuditReads, range: StoredRange, reader: StoredReader): Generator<void> {
  const { start, end } = range;
  const selection: AuditSelection = {
    ...(start === 0 ? {} : { sinceMs: start * 1000 }),
    ...(end === 0 ? {} : { untilMs: (end + 1) * 1000 }),
    ...(reader.needsAll ? {} : { texts: { kind: (kind: string) => reader.concerns(typesAlone(kind)) } }),
  };
  const lines = new LogReader({
    range,
    timeoutSec: Number.MAX_SAFE_INTEGER,
    onEvent: (event) => reader.add(event),
    onBadTime: () => undefined,
  });
  const readLines = (run: AuditRun, place: number): void => {
    lines.push(run.bytes(place));
    lines.endFile(true);
  };
  const columns = reader.wantedColumns === null ? null : new ColumnFields(reader.wantedColumns);
  const counted = columns === null ? null : reader.countedField;
  if (columns !== null && counted !== null) {
    yield* countStored(reads.runs(selection), { columns, reader, counted, readLines });
    return;
  }
  if (columns !== null && reader.countedBy !== null) {
    yield* countAlike(reads.runs(selection), { columns, reader, by: reader.countedBy, readLines });
    return;
  }
  for (const run of reads.runs(selection)) {
    columns?.begin(run);
    const { rows } = run;
    const success = reader.neededSuccess === null ? null : run.column("success");
    let hasFirst = false;
    for (let at = 0; at < rows.length; at += 1) {
      const place = rows[at] as number;
      // Between two events that are there, for their times alone.
      if (
        reader.isOfEnds &&
        hasFirst &&
        at < rows.length - 1 &&
        columns?.isTold(rows[at + 1] as number) === true
      )
        continue;
      if (columns?.isTold(place) === true) hasFirst = true;
      if (columns?.isTold(place) !== true) readLines(run, place);
      else if (columns.shape(place) !== SHAPE.loginCall) {
        const event = columns.event(place);
        if (success === null || success[place] === reader.neededSuccess)
          reader.addRead(event, columns.fields(place));
        else reader.pass(event);
      } else for (const { event, fields } of eventsAt(columns, place)) reader.addRead(event, fields);
    }
    yield;
  }
}

/** What audit's tools take a stored event for: one event, or the LOGIN record and its call. */
function eventsAt(columns: ColumnFields, place: number): readonly ReadEvent[] {
  const parts = columns.shape(place) === SHAPE.loginCall ? [SHAPE.login, SHAPE.call] : [null];
  return parts.map((part) => ({
    event: columns.event(place, part),
    fields: columns.fields(place, part ?? undefined),
  }));
}
interface ReadEvent {
  readonly event: LogEvent;
  readonly fields: SearchFields;
}

interface AlikeParts {
  readonly columns: ColumnFields;
  readonly reader: StoredReader;
  readonly by: readonly AuditColumn[];
  readonly readLines: (run: AuditRun, place: number) => void;
}

/** Has the reader count the first of the events that are alike at its place, and all others at the end. */
function* countAlike(runs: Iterable<AuditRun>, parts: AlikeParts): Generator<void> {
  const { columns, reader, by, readLines } = parts;
  const kinds = new Map<string, { readonly events: readonly ReadEvent[]; others: number }>();
  for (const run of runs) {
    columns.begin(run, true);
    const values = by.map((name) => run.column(name));
    let isBegun = false;
    for (const place of run.rows) {
      if (!columns.isTold(place)) {
        readLines(run, place);
        continue;
      }
      let kind = "";
      for (const column of values) kind += `${column[place]} `;
      const known = kinds.get(kind);
      if (known !== undefined) {
        known.others += 1;
        continue;
      }
      if (!isBegun) columns.begin(run);
      isBegun = true;
      const events = eventsAt(columns, place);
      kinds.set(kind, { events, others: 0 });
      for (const { event, fields } of events) reader.addRead(event, fields);
    }
    yield;
  }
  for (const { events, others } of kinds.values()) {
    reader.tally.weight = others;
    if (others > 0) for (const { event, fields } of events) reader.addRead(event, fields);
  }
  reader.tally.weight = 1;
}

interface CountParts {
  readonly columns: ColumnFields;
  readonly reader: StoredReader;
  readonly counted: CountedField;
  readonly readLines: (run: AuditRun, place: number) => void;
}

function* countStored(runs: Iterable<AuditRun>, parts: CountParts): Generator<void> {
  const { columns, reader, counted, readLines } = parts;
  const totals = new ColumnTotals(counted, columns, reader.tally);
  for (const run of runs) {
    columns.begin(run, true);
    totals.begin(run);
    const success = reader.neededSuccess === null ? null : run.column("success");
    const { rows } = run;
    for (let at = 0; at < rows.length; at += 1) {
      const place = rows[at] as number;
      if (!columns.isTold(place)) readLines(run, place);
      else if (success === null || success[place] === reader.neededSuccess)
        totals.add(place, columns.shape(place));
    }
    yield;
  }
  totals.end();
}
