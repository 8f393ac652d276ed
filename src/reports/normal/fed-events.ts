import type { LogEvent } from "../../query/log-event.ts";
import { isLastRecord } from "../../query/log-window.ts";
import { FedRecord } from "./fed-record.ts";

const EOE = 1320;
/** Where a line begins with `n` it takes the first word for a node, but not so short a one. */
const NO_STAMP = /^ *n[^ ]{0,4}(?: |$)/;

/**
 * An event of a log as libauparse takes it from `ausearch`, one record after another: an event ends for it with the
 * first record of a type that is the last of its event, so that records behind it are another one.
 * @see audit-userspace auparse/auparse.c (au_auparse_next_event)
 */
export function fedEvents(event: LogEvent): FedRecord[][] {
  const events: FedRecord[][] = [];
  let open: FedRecord[] | null = null;
  for (const line of event.records) {
    const record = new FedRecord(line);
    if (NO_STAMP.test(record.message)) continue;
    if (open === null) {
      if (record.type === EOE || record.isCut) continue;
      open = [record];
      events.push(open);
    } else open.push(record);
    if (!record.isCut && isLastRecord(record.type)) open = null;
  }
  return events;
}
