import fc from "fast-check";
import { expect, it } from "vitest";
import type { LogEvent } from "../../src/query/log-event.ts";
import { LogReader } from "../../src/query/log-reader.ts";

const LOG = [
  "type=SYSCALL msg=audit(1700000001.001:5): arch=c000003e syscall=59 pid=2",
  "type=SYSCALL msg=audit(1700000001.001:6): arch=c000003e syscall=59 pid=3",
  'type=PATH msg=audit(1700000001.001:5): item=0 name="/x" nametype=NORMAL',
  'type=USER_AUTH msg=audit(1700000001.500:7): pid=9 uid=0\x1dUID="root"',
  "not an audit line at all, but a long one that has spaces",
  `node=web1 type=EXECVE msg=audit(1700000002.001:6): a0="${"x".repeat(9100)}"`,
  "type=EOE msg=audit(1700000001.001:6): ",
  "type=SYSCALL msg=audit(1700000009.001:8): arch=c000003e syscall=59 pid=4",
  "type=SYSCALL msg=audit(99999999999999999999.001:8): too late",
].join("\n");

function read(chunks: readonly Buffer[], range = { start: 0, end: 0 }) {
  const events: string[] = [];
  const bad: string[] = [];
  const onEvent = ({ sec, milli, serial, node, records }: LogEvent) =>
    void events.push(
      `${node}/${sec}.${milli}:${serial} ${records.map((one) => `${one.type} ${one.message().length} ${one.interpretation()}`).join()}`,
    );
  const reader = new LogReader({ range, timeoutSec: 2, onEvent, onBadTime: (text) => void bad.push(text) });
  for (const chunk of chunks) reader.push(chunk);
  reader.endFile(true);
  return { events, bad, first: { ...reader.first } };
}

it("gives the earliest event first, and waits for it", () => {
  const { events } = read([Buffer.from(LOG, "latin1")]);

  expect(events.map((event) => event.slice(0, event.indexOf(" ")))).toEqual([
    "null/1700000001.1:5",
    "null/1700000001.1:6",
    "null/1700000001.500:7",
    "web1/1700000002.1:6",
    "null/1700000009.1:8",
  ]);
});

it("keeps apart what auditd added", () => {
  const { events } = read([Buffer.from(LOG, "latin1")]);

  expect(events[2]).toContain('1100 55 UID="root"');
});

it("cuts a line where audit's tools cut it", () => {
  const { events } = read([Buffer.from(LOG, "latin1")]);

  expect(events[3]).toContain("1309 8969 null");
});

it("tells a time that is none", () => {
  expect(read([Buffer.from(LOG, "latin1")]).bad).toEqual(["99999999999999999999.001:8"]);
});

it("drops what is outside of the range, but knows when the log began", () => {
  const { events, first } = read([Buffer.from(LOG, "latin1")], { start: 1700000002, end: 1700000003 });

  expect(events.map((event) => event.slice(0, event.indexOf(" ")))).toEqual(["web1/1700000002.1:6"]);
  expect(first).toEqual({ sec: 1700000001, milli: 1 });
});

it("gives the same events however the log is cut into chunks", () => {
  const bytes = Buffer.from(LOG, "latin1");
  const whole = read([bytes]);

  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => Buffer.from(bytes.subarray(at[index], end)));
      expect(read(chunks)).toEqual(whole);
    }),
  );
});
