import { describe, expect, it } from "vitest";
import { openSshdReader } from "../../../src/events/sshd/reader.ts";
import { epochMs } from "../../../src/model/ids.ts";
import type { LineBatch } from "../../../src/model/line.ts";

function batch(text: string, backfill = false): LineBatch {
  return {
    source: "sshd",
    bytes: Buffer.from(text, "latin1"),
    position: { kind: "journal", cursor: "" },
    backfill,
    notices: [],
    readMs: epochMs(Date.parse("2026-11-24T10:00:00Z")),
  };
}
const FAILED = "Nov 24 09:08:45 vm sshd[7]: Failed password for root from 10.0.0.2 port 4 ssh2\n";

describe("the sshd reader", () => {
  it("gives one event a line, in order, and a fault for each that is none", () => {
    const { events, faults } = openSshdReader().push(
      batch(`${FAILED}garbage\n${FAILED.replace("root", "bob")}`, true),
    );

    expect(events.map((event) => event.user)).toEqual(["root", "bob"]);
    expect(events.every((event) => event.backfill && event.source === "sshd")).toBe(true);
    expect(faults).toMatchObject([{ excerpt: "garbage" }]);
  });

  it("tells equal lines of one second apart, and names them the same on every reading", () => {
    const refs = () =>
      openSshdReader()
        .push(batch(FAILED.repeat(3)))
        .events.map((event) => event.ref);

    expect(new Set(refs()).size).toBe(3);
    expect(refs()).toEqual(refs());
  });

  it("yields one event for each time that a message was repeated", () => {
    const line =
      "Nov 24 09:08:46 vm sshd[7]: message repeated 2 times: [ Failed password for root from 10.0.0.2 port 4 ssh2]\n";

    const { events } = openSshdReader().push(batch(FAILED + line));

    expect(events.map((event) => event.outcome)).toEqual(["failed", "failed", "failed"]);
    expect(new Set(events.map((event) => event.ref)).size).toBe(3);
  });

  it("gives a fault for an empty line and for one of more than a megabyte, and goes on", () => {
    const long = `${FAILED.trimEnd()}${"x".repeat(1 << 20)}\n`;

    const { events, faults } = openSshdReader().push(batch(`\n${long}${FAILED}`));

    expect(events).toHaveLength(1);
    expect(faults.map(({ fault }) => fault.code)).toEqual(["DW_SSHD_LINE", "DW_LINE_LONG"]);
  });
});
