import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../src/query/log-event.ts";
import { CheckpointGate, checkpointText, readCheckpoint } from "../../src/reports/ausearch/checkpoint.ts";

const TEXT = "dev=0xFE00\ninode=2155425\noutput=- 1795520305.437:2530 0x3EE\n";
const event = (sec: number, serial: number, node: string | null = null): LogEvent => ({
  sec,
  milli: 0,
  serial,
  node,
  records: [],
});
const mark = (sec: bigint, serial: bigint) => ({ node: null, sec, milli: 0, serial, type: -1 });

// What the real tool makes of these is compared in test/lab/ausearch-checkpoint.test.ts.
describe("a checkpoint", () => {
  it("is written as it was read", () => {
    const read = readCheckpoint(TEXT, "file");

    expect(read.ok && checkpointText(read.checkpoint)).toBe(TEXT);
  });

  it("tells what is wrong with its file", () => {
    expect(readCheckpoint("dev=0x1\nbad\n", "file")).toEqual({
      ok: false,
      error: "Unknown checkpoint line - [bad]\nMissing dev/inode lines from checkpoint file file\n",
    });
  });

  it("lets through what follows its event, but not the event", () => {
    const gate = new CheckpointGate(mark(10n, 2n), false);

    expect([1, 2, 3].map((serial) => gate.lets(event(10, serial)))).toEqual([false, false, true]);
  });

  it("does not take another machine's event for its own", () => {
    const gate = new CheckpointGate(mark(10n, 2n), false);

    expect([gate.lets(event(10, 2, "web1")), gate.lets(event(11, 3))]).toEqual([false, false]);
  });

  it("is of another log where an event came three seconds later before its own", () => {
    const gate = new CheckpointGate(mark(10n, 2n), false);
    gate.lets(event(12, 3));
    expect(gate.corrupted).toBeNull();

    gate.lets(event(13, 4));

    expect(gate.corrupted).toContain(
      "newer complete event (13.000:4) found before loaded checkpoint 10.000:2",
    );
  });

  it("can count by its time alone", () => {
    const gate = new CheckpointGate(mark(10n, 2n), true);

    expect([event(9, 9), event(10, 7), event(9, 10)].map((one) => gate.lets(one))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
