import type { GatheredBytes } from "../lib/gathered-bytes.ts";
import { SHAPE } from "../model/audit-columns.ts";
import type { AuditReads, AuditRow, AuditRun, AuditSelection } from "../ports/audit-reads.ts";
import type { LogEvent } from "../query/log-event.ts";
import { LogReader } from "../query/log-reader.ts";
import { typeNumber } from "../query/log-stamp.ts";
import { recordTypeNumber } from "../records/audit/record-type.ts";
import type { Search } from "../reports/ausearch/search.ts";
import type { SearchOptions, Selectors } from "../reports/ausearch/selectors.ts";
import { ColumnFields } from "./column-fields.ts";
import { ColumnFilter } from "./column-filter.ts";

/** What holds of every event that can match by time, serial and type: the store finds these without reading lines. */
function narrowed({ startSec, endSec, serial, types }: Selectors): AuditSelection {
  const isType = (name: string): boolean =>
    types?.includes(typeNumber(name)) === true || types?.includes(recordTypeNumber(name) ?? -1) === true;
  return {
    ...(startSec === 0 ? {} : { sinceMs: startSec * 1000 }),
    ...(endSec === 0 ? {} : { untilMs: (endSec + 1) * 1000 }),
    ...(serial === 0xffffffff ? {} : { numbers: { serial: [serial] } }),
    // The tool takes a type that it does not know for -1.
    ...(types === null || types.includes(-1)
      ? {}
      : { texts: { kind: (kind: string) => kind.split(" ").some(isType) } }),
  };
}

/** The database's events that can match by time, serial and type, by time and serial, each from its lines as the tools read them. */
export function* storedCandidates(reads: AuditReads, select: Selectors): Generator<LogEvent> {
  const eventsAt = linesReader(select);
  for (const run of reads.runs(narrowed(select))) for (const place of run.rows) yield* eventsAt(run, place);
}

/** Reads the lines of one stored event after the other. */
function linesReader({ startSec, endSec }: Selectors): (run: AuditRun, place: number) => readonly LogEvent[] {
  let found: LogEvent[] = [];
  const lines = new LogReader({
    range: { start: startSec, end: endSec },
    timeoutSec: Number.MAX_SAFE_INTEGER,
    onEvent: (event) => found.push(event),
    onBadTime: () => undefined,
  });
  return (run, place) => {
    found = [];
    lines.push(run.bytes(place));
    lines.endFile(true);
    return found;
  };
}

/** What {@link searchStored} is given. */
export interface StoredSearch {
  readonly reads: AuditReads;
  readonly options: SearchOptions;
  readonly search: Search;
  /** Takes the texts. */
  readonly out: GatheredBytes;
  /** Asked before an event is looked at; null: all are. */
  readonly isWanted: ((row: AuditRow) => boolean) | null;
}

/**
 * Searches the database's events by time and serial, as audit's tools would find them in a log, and adds the texts of
 * those that match. Events that the columns say to be none are passed over without reading their lines. Gives way
 * whenever enough has gathered.
 */
export function* searchStored({ reads, options, search, out, isWanted }: StoredSearch): Generator<void> {
  const { select, isJustOne } = options;
  const eventsAt = linesReader(select);
  const wanted = search.wantedColumns;
  const columns = wanted === null ? null : new ColumnFields(wanted);
  // Fields of its own: groups are tested before the one under way is done.
  const filter = wanted === null ? null : new ColumnFilter(select, new ColumnFields(wanted));
  const isJudged = filter?.isExact === true;
  const { printsLines } = search;
  const selection = narrowed(select);
  for (const run of reads.runs(filter === null ? selection : { ...selection, where: filter.where })) {
    columns?.begin(run);
    for (const place of run.rows) {
      if (isWanted?.(run.row(place)) === false) continue;
      if (columns?.isTold(place) !== true || columns.shape(place) === SHAPE.loginCall) {
        for (const event of eventsAt(run, place)) {
          const text = search.take(event);
          if (text === null) continue;
          out.addText(text);
          if (isJustOne) return;
        }
      } else {
        if (isJudged) search.find();
        else if (!search.matches(columns.event(place), columns.fields(place))) continue;
        if (!printsLines || !search.addLines(columns.second(place), run.lines(place), out))
          for (const event of eventsAt(run, place)) out.addText(search.text(event));
        if (isJustOne) return;
      }
      if (out.isEnough) yield;
    }
  }
}
