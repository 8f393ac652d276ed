import assert from "node:assert/strict";
import { EventGroups } from "../../src/events/audit/groups.ts";
import { readable } from "../../src/lib/latin1.ts";
import { JsonLines } from "../../src/records/audit/json.ts";
import { openRecordReader } from "../../src/records/audit/record.ts";

/** What holds of any log: reading it throws nothing, loses nothing, and both ways of reading say the same. */
export function checkParse(log: Buffer): { readonly events: number; readonly faults: number } {
  const groups = new EventGroups(0, { openEvents: 64 });
  const json = new JsonLines(1 << 16);
  const reader = openRecordReader();
  groups.push(log, false, 0);
  groups.flush();
  const { groups: events, faults } = groups.drain();
  let covered = 0;
  for (const { timeMs, serial, node, lines, spans } of events) {
    for (let at = 1; at < spans.length; at += 2) covered += spans[at] ?? 0;
    json.begin({ timeMs, serial, node });
    for (const { bytes, body, end, type } of lines) json.record(bytes, body, end, type);
    json.end();
    const written = json.take();
    assert.equal(written.at(-1), 10, "an event ends with a newline");
    assert.equal(written.indexOf(10), written.length - 1, "an event is one line");
    const parsed = JSON.parse(written.toString("utf8")) as {
      serial: number;
      records: { type: string; fields: object }[];
    };
    assert.equal(parsed.serial, serial);
    assert.equal(parsed.records.length, lines.length);
    for (const [at, { bytes, start, body, end, type }] of lines.entries()) {
      const record = reader.record(bytes, start, body, end, type);
      const fields: Record<string, string> = Object.create(null) as Record<string, string>;
      for (const [name, value] of Object.entries(record.fields)) fields[readable(name)] = readable(value);
      assert.deepEqual(Object.entries(parsed.records[at]?.fields ?? {}), Object.entries(fields), record.raw);
    }
  }
  for (const { length } of faults) covered += length;
  assert.equal(covered, log.length, "every byte belongs to an event or a fault");
  return { events: events.length, faults: faults.length };
}
