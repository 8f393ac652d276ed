import { describe, expect, it } from "vitest";
import { unseenPart } from "../../src/app/replayed-events.ts";
import type { AuditEvent, AuditRecord } from "../../src/model/event.ts";
import { auditRef, epochMs, serial } from "../../src/model/ids.ts";

const record = (raw: string): AuditRecord => ({ type: "PATH", fields: {}, enriched: {}, raw });

/** Three records of 9 bytes and a newline each, the third behind a gap of 50 bytes. */
const event: AuditEvent = {
  source: "audit",
  ref: auditRef("1.000", serial(7), null),
  timeMs: epochMs(1000),
  serial: serial(7),
  node: null,
  records: [record("record-00"), record("record-01"), record("record-02")],
  spans: [100, 20, 170, 10],
  late: false,
  backfill: false,
};

describe("the part of an event that was not committed before a restart", () => {
  it("is nothing where all its lines lie before the offset", () => {
    expect(unseenPart(event, 180)).toBeNull();
  });

  it("is the later records, marked late, with their own spans", () => {
    const rest = unseenPart(event, 120);

    expect(rest?.records.map(({ raw }) => raw)).toEqual(["record-02"]);
    expect(rest?.spans).toEqual([170, 10]);
    expect(rest?.late).toBe(true);
  });

  it("takes the last line of a log that has no newline yet", () => {
    const rest = unseenPart({ ...event, spans: [100, 20, 170, 9] }, 110);

    expect(rest?.spans).toEqual([110, 10, 170, 9]);
  });
});
