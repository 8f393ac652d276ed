import { type Reading, readMore } from "./normal-event.ts";

/** The process of an event of one record, and its label. */
export function readProcess(reading: Reading): void {
  const { at, found, hasLabels } = reading;
  if (!hasLabels) return;
  at.first();
  readMore(reading, found.subjectMore, "pid", 0);
  readMore(reading, found.subjectMore, "subj", 0);
}
