import type { LogEvent } from "../../query/log-event.ts";
import { isLastRecord } from "../../query/log-window.ts";
import { type SplitRecord, splitRecord } from "./split-record.ts";

const EOE = 1320;
/** Where a line begins with `n` it takes the first word for a node, but not so short a one. */
const NO_STAMP = /^ *n[^ ]{0,4}(?: |$)/;

/**
 * An event of a log as libauparse takes it from `ausearch`, one record after another: an event ends for it with the
 * first record of a type that is the last of its event, so that records behind it are another one.
 * @see audit-userspace auparse/auparse.c (au_auparse_next_event)
 */
export function fedEvents(event: LogEvent): SplitRecord[][] {
  const events: SplitRecord[][] = [];
  let open: SplitRecord[] | null = null;
  for (const line of event.records) {
    const message = line.message();
    if (NO_STAMP.test(message)) continue;
    const record = splitRecord(message, line.interpretation());
    if (open === null) {
      if (record.type === EOE || record.isCut) continue;
      open = [record];
      events.push(open);
    } else open.push(record);
    if (!record.isCut && isLastRecord(record.type)) open = null;
  }
  return events;
}
