import type { AuditReads, AuditRun } from "../ports/audit-reads.ts";
import type { LogEvent } from "../query/log-event.ts";
import { LogReader } from "../query/log-reader.ts";
import { LogSearch } from "../reports/ausearch/log-search.ts";
import type { Search, SearchParts } from "../reports/ausearch/search.ts";
import type { Selectors } from "../reports/ausearch/selectors.ts";
import { narrowed } from "./stored-selection.ts";

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

/** Searches stored events by their lines, as audit's tools read them, one after the other. */
export class StoredLines {
  readonly #search: Search;
  readonly #judge: LogSearch;
  readonly #events: (run: AuditRun, place: number) => readonly LogEvent[];

  constructor(search: Search, parts: SearchParts) {
    this.#search = search;
    this.#judge = new LogSearch(search, parts);
    this.#events = linesReader(parts.options.select);
  }

  /** The texts of an event that matches: of each that the tools take it for. */
  texts(run: AuditRun, place: number): readonly string[] {
    return this.#events(run, place).map((event) => this.#search.text(event));
  }

  /** The texts of those that match. */
  *matches(run: AuditRun, place: number): Generator<string> {
    for (const event of this.#events(run, place)) {
      const text = this.#judge.take(event);
      if (text !== null) yield text;
    }
  }
}
