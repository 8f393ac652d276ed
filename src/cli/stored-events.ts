import type { AuditReads, AuditSelection } from "../ports/audit-reads.ts";
import { type LogEvent, LogRecord } from "../query/log-event.ts";
import { LogReader } from "../query/log-reader.ts";
import { typeNumber } from "../query/log-stamp.ts";

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
  concerns(event: LogEvent): boolean;
}

/** An event of record types alone: enough to ask whether it concerns anybody. */
function typesAlone(kind: string): LogEvent {
  const records = kind.split(" ").map((name) => new LogRecord(typeNumber(name), "", 0, 0, 0));
  return { sec: 0, milli: 0, serial: 0, node: null, records };
}

/**
 * The database's audit events by time and serial, as audit's tools would read them from a log: each from its
 * verbatim lines. Lines that those tools would not take are left out.
 */
export function* storedEvents(
  reads: AuditReads,
  range: StoredRange,
  reader: StoredReader,
): Generator<LogEvent> {
  const { start, end } = range;
  const selection: AuditSelection = {
    ...(start === 0 ? {} : { sinceMs: start * 1000 }),
    ...(end === 0 ? {} : { untilMs: (end + 1) * 1000 }),
    ...(reader.needsAll ? {} : { texts: { kind: (kind: string) => reader.concerns(typesAlone(kind)) } }),
  };
  let found: LogEvent[] = [];
  const lines = new LogReader({
    range,
    timeoutSec: Number.MAX_SAFE_INTEGER,
    onEvent: (event) => found.push(event),
    onBadTime: () => undefined,
  });
  for (const row of reads.events(selection, "time")) {
    lines.push(row.bytes());
    lines.endFile(true);
    yield* found;
    found = [];
  }
}
