import type { DockwardenError } from "../model/fault.ts";
import type { EventTime } from "../query/log-reader.ts";
import { LogReader } from "../query/log-reader.ts";
import type { Aureport } from "../reports/aureport.ts";
import type { AureportOptions } from "../reports/options.ts";
import { auditdSettings, auditLogs, damageOf } from "./audit-logs.ts";
import type { Terminal } from "./command.ts";
import { writeLatin1 } from "./latin1-output.ts";
import type { LogPlace } from "./log-place.ts";

/** What a report's end says of where the events came from. */
export interface Reported {
  /** The first time there. */
  readonly first: EventTime;
  /** What kept a log from being read to its end. */
  readonly damage: DockwardenError | null;
}

/** Gives the events of logs to a report. @throws LogUnreadable. */
export async function reportLogs(
  place: LogPlace,
  options: AureportOptions,
  aureport: Aureport,
  terminal: Terminal,
): Promise<Reported> {
  const reader = new LogReader({
    isChunkLent: true,
    range: { start: options.start, end: options.end },
    timeoutSec: options.timeoutSec || auditdSettings().timeoutSec,
    onEvent: (event) => aureport.add(event),
    onBadTime: (text) => void terminal.err.write(`Error extracting time stamp (${text})\n`),
  });
  const logs = auditLogs(place, (text) => void terminal.err.write(text));
  for (const log of logs) {
    for await (const chunk of log.chunks()) {
      reader.push(chunk);
      await writeLatin1(aureport.take(), terminal);
    }
    reader.endFile(log.isLast);
    aureport.endLog(log.name);
  }
  return { first: reader.first, damage: damageOf(logs) };
}
