import type { DockwardenError } from "../model/fault.ts";
import type { AuditReads } from "../ports/audit-reads.ts";
import type { LogEvent } from "../query/log-event.ts";
import { LogReader } from "../query/log-reader.ts";
import { anyEvent } from "../reports/ausearch/selectors.ts";
import { auditdSettings, auditLogs, damageOf } from "./audit-logs.ts";
import { existingDatabase } from "./database-path.ts";
import { type LogPlace, LogUnreadable } from "./log-place.ts";

/** Our own options of `aulast` and `aulastlog`, taken out of the real tools'. */
export interface OwnOptions {
  readonly db: string | null;
  readonly config: string | null;
  /** `--input-logs`: auditd's own logs, which the real tools read without being asked. */
  readonly isSystemLogs: boolean;
  readonly rest: readonly string[];
}

export function ownOptions(argv: readonly string[]): OwnOptions {
  const rest: string[] = [];
  let db: string | null = null;
  let config: string | null = null;
  let isSystemLogs = false;
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    const next = argv[at + 1];
    if (word === "--input-logs") isSystemLogs = true;
    else if (word === "--db" && next !== undefined) db = argv[++at] ?? null;
    else if (word === "--config-file" && next !== undefined) config = argv[++at] ?? null;
    else rest.push(word);
  }
  return { db, config, isSystemLogs, rest };
}

/** Of these commands' help, behind the real tools' usage. */
export const OWN_HELP = `Without a log of its own it reads the database:
  --db FILE           this database, instead of the configuration's
  --config-file FILE  our configuration
  --input-logs        auditd's own logs, as the real tool does
  -f FILE             a log, also compressed by gzip or zstd; DIR/audit.log and its rotated ones for a directory
`;

/** What audit's tools say where there is no log; the exit code is 1 then. */
export class NoLog extends Error {}

const timeMs = ({ sec, milli }: LogEvent): number => sec * 1000 + milli;

/** True where the database has an event behind the one and before the other. */
function hasBetween(reads: AuditReads, from: LogEvent, to: LogEvent): boolean {
  const fromMs = timeMs(from);
  const toMs = timeMs(to);
  for (const row of reads.events({ sinceMs: fromMs, untilMs: toMs + 1 }, "time"))
    if (row.timeMs > fromMs || row.serial > from.serial) return row.timeMs < toMs || row.serial < to.serial;
  return false;
}

/**
 * Gives events as libauparse gives them to `aulast` and `aulastlog`, in its order: of a log, or of the database those
 * that have a record of one of these types.
 * @param place null is the database.
 * @param onOthers told, for the database, where others lie between two of these.
 * @returns what kept a log from being read to its end; to be thrown once all is said.
 * @throws NoLog where the log cannot be read.
 */
export async function eachLibraryEvent(
  place: LogPlace | null,
  { db, config }: OwnOptions,
  types: readonly number[],
  onEvent: (event: LogEvent) => void,
  onOthers: (() => void) | null = null,
): Promise<DockwardenError | null> {
  if (place === null) {
    const file = await existingDatabase({
      ...(db === null ? {} : { db }),
      ...(config === null ? {} : { config }),
    });
    const { openAuditReads } = await import("../store/sqlite/audit-reads.ts");
    const { storedCandidates } = await import("./stored-lines.ts");
    using reads = openAuditReads(file);
    const events = storedCandidates(reads, { ...anyEvent(), types: [...types] });
    if (onOthers === null) for (const event of events) onEvent(event);
    else {
      let last: LogEvent | null = null;
      // All before the first is given: what lies between is read besides.
      for (const event of Array.from(events)) {
        if (last !== null && hasBetween(reads, last, event)) onOthers();
        onEvent(event);
        last = event;
      }
    }
    return null;
  }
  const reader = new LogReader({
    isChunkLent: true,
    range: { start: 0, end: 0 },
    timeoutSec: auditdSettings().timeoutSec,
    onEvent,
    onBadTime: () => undefined,
    isLibrary: true,
  });
  try {
    const logs = auditLogs(place, () => undefined);
    for (const log of logs) {
      for await (const chunk of log.chunks()) reader.push(chunk);
      reader.endFile(log.isLast);
    }
    return damageOf(logs);
  } catch (error) {
    if (!(error instanceof LogUnreadable)) throw error;
    const [, text = "No such file or directory"] = /(?:\(|: )([^()]*)\)?\n$/.exec(error.message) ?? [];
    throw new NoLog(`${place.kind === "system" ? "No log file\n" : ""}Error - ${text}\n`);
  }
}
