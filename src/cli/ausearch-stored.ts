import type { GatheredBytes } from "../lib/gathered-bytes.ts";
import { SHAPE } from "../model/audit-columns.ts";
import type { AuditLines, AuditReads, AuditRow } from "../ports/audit-reads.ts";
import { LogRecord } from "../query/log-event.ts";
import { asksForNames } from "../reports/ausearch/match.ts";
import type { Search, SearchParts } from "../reports/ausearch/search.ts";
import { ColumnFields } from "./column-fields.ts";
import { ColumnFilter } from "./column-filter.ts";
import type { StoredLines } from "./stored-lines.ts";
import { narrowed } from "./stored-selection.ts";

/** What {@link searchStored} is given. */
export interface StoredSearch {
  readonly reads: AuditReads;
  readonly parts: SearchParts;
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
export async function* searchStored({
  reads,
  parts,
  search,
  out,
  isWanted,
}: StoredSearch): AsyncGenerator<void> {
  const { select, isJustOne } = parts.options;
  // Its modules are not read before an event needs them: columns tell most.
  let opened: StoredLines | null = null;
  const openLines = async () => new (await import("./stored-lines.ts")).StoredLines(search, parts);
  const wanted = search.wantedColumns;
  const columns = wanted === null ? null : new ColumnFields(wanted);
  // Fields of its own: groups are tested before the one under way is done.
  const filter = wanted === null ? null : new ColumnFilter(select, new ColumnFields(wanted));
  const isJudged = filter?.isExact === true;
  const isByName = asksForNames(select);
  const { printsLines } = search;
  const selection = narrowed(select);
  for (const run of reads.runs(filter === null ? selection : { ...selection, where: filter.where })) {
    columns?.begin(run, isJudged);
    for (const place of run.rows) {
      if (isWanted?.(run.row(place)) === false) continue;
      if (columns?.isTold(place) !== true || columns.shape(place) === SHAPE.loginCall) {
        opened ??= await openLines();
        for (const text of opened.matches(run, place)) {
          out.addText(text);
          if (isJustOne) return;
        }
      } else {
        let lines: AuditLines | null = null;
        if (isJudged) search.find();
        else {
          let event = columns.event(place);
          if (isByName) {
            lines = run.lines(place);
            event = { ...event, records: headed(event.records, lines) };
          }
          if (!search.matches(event, columns.fields(place))) continue;
        }
        if (!printsLines || !search.addLines(columns.second(place), lines ?? run.lines(place), out)) {
          opened ??= await openLines();
          for (const text of opened.texts(run, place)) out.addText(text);
        }
        if (isJustOne) return;
      }
      if (out.isEnough) yield;
    }
  }
}

const NEWLINE = 10;

/** Records of which the first has its text, in which auditd says who its users are. */
function headed([head, ...others]: readonly LogRecord[], { bytes, start, end }: AuditLines): LogRecord[] {
  const newline = bytes.indexOf(NEWLINE, start);
  const stop = newline < 0 || newline >= end ? end : newline + 1;
  return [new LogRecord(head?.type ?? -1, bytes, start, stop), ...others];
}
