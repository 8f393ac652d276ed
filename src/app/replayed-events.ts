import type { AuditEvent, AuditRecord } from "../model/event.ts";

/**
 * The part of an audit event whose lines lie at or behind `offset` of the stream: the rest was committed before a
 * restart. Null where nothing is left. What is left joins the stored event as late records.
 */
export function unseenPart(event: AuditEvent, offset: number): AuditEvent | null {
  const spans: number[] = [];
  const records: AuditRecord[] = [];
  let next = 0;
  for (let at = 0; at < event.spans.length; at += 2) {
    const start = event.spans[at] ?? 0;
    const end = start + (event.spans[at + 1] ?? 0);
    let position = start;
    while (position < end) {
      const record = event.records[next++];
      if (record === undefined) break;
      // latin1 text: one character is one byte; the newline is not part of `raw`.
      const lineEnd = Math.min(end, position + record.raw.length + 1);
      if (position >= offset) {
        records.push(record);
        spans.push(position, lineEnd - position);
      }
      position = lineEnd;
    }
  }
  if (records.length === 0) return null;
  const { columns: _, ...part } = event;
  return { ...part, records, spans, late: true };
}
