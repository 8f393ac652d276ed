import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openAssembler } from "../../../src/events/audit/assembler.ts";
import type { AuditEvent } from "../../../src/model/event.ts";
import type { AssembledEvents } from "../../../src/ports/stages.ts";

const bytes = (...lines: string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1");
const line = (type: string, time: string, serial: number, body = "a=1", node = "") =>
  `${node === "" ? "" : `node=${node} `}type=${type} msg=audit(${time}:${serial}): ${body}`;
const summary = ({ events }: AssembledEvents) =>
  events.map(
    (event) =>
      `${event.ref} ${event.records.map((record) => record.type).join(",")}${event.late ? " late" : ""}`,
  );

describe("openAssembler", () => {
  it("gives a program's own record at once", () => {
    const assembler = openAssembler();

    const out = assembler.push(
      bytes(
        line("USER_LOGIN", "1.000", 1),
        line("SERVICE_START", "1.000", 2),
        line("DAEMON_END", "1.000", 3),
      ),
      false,
      0,
    );

    expect(summary(out)).toEqual([
      "audit:1.000:1 USER_LOGIN",
      "audit:1.000:2 SERVICE_START",
      "audit:1.000:3 DAEMON_END",
    ]);
    expect(assembler.pendingBytes).toBe(0);
  });

  it("waits with LOGIN and CONFIG_CHANGE for the kernel's SYSCALL record", () => {
    const assembler = openAssembler();

    const first = assembler.push(bytes(line("LOGIN", "1.000", 1)), false, 0);
    const second = assembler.push(
      bytes(line("SYSCALL", "1.000", 1), line("PROCTITLE", "1.000", 1)),
      false,
      0,
    );

    expect(summary(first)).toEqual([]);
    expect(summary(second)).toEqual([]);
    expect(summary(assembler.tick(10))).toEqual(["audit:1.000:1 LOGIN,SYSCALL,PROCTITLE"]);
  });

  it("takes records behind PROCTITLE for a few milliseconds", () => {
    const assembler = openAssembler();
    assembler.push(bytes(line("SYSCALL", "1.000", 1), line("PROCTITLE", "1.000", 1)), false, 1000);

    const early = assembler.tick(1009);
    const joined = assembler.push(bytes(line("PATH", "1.000", 1)), false, 1009);
    const done = assembler.tick(1019);

    expect(summary(early)).toEqual([]);
    expect(summary(joined)).toEqual([]);
    expect(summary(done)).toEqual(["audit:1.000:1 SYSCALL,PROCTITLE,PATH"]);
  });

  it("ends at EOE at once", () => {
    expect(
      summary(openAssembler().push(bytes(line("SYSCALL", "1.000", 1), line("EOE", "1.000", 1)), false, 0)),
    ).toEqual(["audit:1.000:1 SYSCALL,EOE"]);
  });

  it("ends when an event of the same node is more than the window younger", () => {
    const assembler = openAssembler({ windowMs: 2000 });

    const within = assembler.push(
      bytes(
        line("SYSCALL", "1.000", 1),
        line("SYSCALL", "3.000", 2),
        line("SYSCALL", "9.000", 3, "a=1", "other"),
      ),
      false,
      0,
    );
    const beyond = assembler.push(bytes(line("SYSCALL", "3.001", 4)), false, 0);

    expect(summary(within)).toEqual([]);
    expect(summary(beyond)).toEqual(["audit:1.000:1 SYSCALL"]);
  });

  it("ends when nothing comes for the window of reading time", () => {
    const assembler = openAssembler({ windowMs: 2000 });
    assembler.push(bytes(line("SYSCALL", "1.000", 1)), false, 5000);

    expect(summary(assembler.tick(6999))).toEqual([]);
    expect(summary(assembler.tick(7000))).toEqual(["audit:1.000:1 SYSCALL"]);
  });

  it("marks what comes after that as late, with the same ref", () => {
    const assembler = openAssembler();
    const first = assembler.push(
      bytes(line("SYSCALL", "1.000", 1, "a=1", "web"), line("EOE", "1.000", 1, "", "web")),
      false,
      0,
    );

    assembler.push(bytes(line("PATH", "1.000", 1, "b=2", "web")), false, 0);
    const second = assembler.flush();

    expect(summary(first)).toEqual(["audit:1.000:1@web SYSCALL,EOE"]);
    expect(summary(second)).toEqual(["audit:1.000:1@web PATH late"]);
  });

  it("tells events apart by node, time and serial", () => {
    const assembler = openAssembler();
    assembler.push(
      bytes(
        line("SYSCALL", "1.000", 1),
        line("SYSCALL", "1.000", 1, "a=1", "web"),
        line("SYSCALL", "1.500", 1),
        line("SYSCALL", "1.000", 2),
        line("CWD", "1.500", 1),
        line("CWD", "1.000", 1),
      ),
      false,
      0,
    );

    expect(summary(assembler.flush())).toEqual([
      "audit:1.000:1 SYSCALL,CWD",
      "audit:1.000:1@web SYSCALL",
      "audit:1.500:1 SYSCALL,CWD",
      "audit:1.000:2 SYSCALL",
    ]);
  });

  it("joins across a serial that wraps and a clock that goes back", () => {
    const assembler = openAssembler();
    assembler.push(
      bytes(
        line("SYSCALL", "100.000", 4294967295),
        line("SYSCALL", "50.000", 0),
        line("CWD", "100.000", 4294967295),
        line("CWD", "50.000", 0),
      ),
      false,
      0,
    );

    expect(summary(assembler.flush())).toEqual([
      "audit:100.000:4294967295 SYSCALL,CWD",
      "audit:50.000:0 SYSCALL,CWD",
    ]);
  });

  it("keeps within its bounds, and counts", () => {
    const assembler = openAssembler({ openEvents: 2, recordsPerEvent: 3 });

    const crowd = assembler.push(
      bytes(...[1, 2, 3, 4].map((serial) => line("SYSCALL", "1.000", serial))),
      false,
      0,
    );
    const long = assembler.push(
      bytes(...Array.from({ length: 3 }, () => line("PATH", "1.000", 4))),
      false,
      0,
    );

    expect(summary(crowd)).toEqual(["audit:1.000:1 SYSCALL", "audit:1.000:2 SYSCALL"]);
    expect(summary(long)).toEqual(["audit:1.000:4 SYSCALL,PATH,PATH"]);
    expect(assembler.crowded).toBe(3);
  });

  it("counts pending bytes from the oldest open event's first line", () => {
    const assembler = openAssembler({ startOffset: 1000 });
    const open = bytes(line("SYSCALL", "1.000", 1));
    const between = bytes(line("USER_LOGIN", "1.000", 2));

    assembler.push(between, false, 0);
    assembler.push(open, false, 0);
    const out = assembler.push(between, true, 0);

    expect(assembler.pendingBytes).toBe(open.length + between.length);
    expect(out.events[0]?.spans).toEqual([1000 + between.length + open.length, between.length]);
    expect(out.events.map((event) => event.backfill)).toEqual([true]);
    expect(assembler.flush().events[0]?.spans).toEqual([1000 + between.length, open.length]);
    expect(assembler.pendingBytes).toBe(0);
  });

  it("does not hold the batches of an event that stays open long", () => {
    const assembler = openAssembler();
    const batch = bytes(line("SYSCALL", "1.000", 1, "a=open"), line("USER_LOGIN", "1.000", 2));

    assembler.push(batch, false, 0);
    for (let count = 0; count < 40; count += 1)
      assembler.push(bytes(line("USER_LOGIN", "1.000", 3 + count)), false, 0);
    assembler.push(bytes(line("PATH", "1.000", 1, "b=late")), false, 0);
    batch.fill(0);

    const [event] = assembler.flush().events;
    expect(event?.records.map(({ type, fields }) => [type, { ...fields }])).toEqual([
      ["SYSCALL", { a: "open" }],
      ["PATH", { b: "late" }],
    ]);
  });

  it("takes a last line without newline for whole", () => {
    const out = openAssembler().push(Buffer.from(line("USER_LOGIN", "1.000", 1, "a=last")), false, 0);

    expect(out.events[0]?.records[0]?.fields["a"]).toBe("last");
  });

  it("gives a fault for a line that is none, with its beginning", () => {
    const assembler = openAssembler();
    const { faults, events } = assembler.push(bytes("", "x".repeat(300), "type=SYSCALL"), false, 0);

    expect(events).toEqual([]);
    expect(faults.map(({ fault, excerpt }) => [fault.code, excerpt.length])).toEqual([
      ["DW_AUDIT_TYPE", 0],
      ["DW_AUDIT_TYPE", 200],
      ["DW_AUDIT_TYPE", 12],
    ]);
  });
});

/** Events whose stamps lie within one window, each with the lines it consists of. */
const kernelEvent = fc.record({
  node: fc.constantFrom("", "", "web1"),
  ms: fc.integer({ min: 0, max: 1999 }),
  types: fc.array(fc.constantFrom("SYSCALL", "CWD", "PATH", "EXECVE", "PROCTITLE", "LOGIN", "SOCKADDR"), {
    minLength: 1,
    maxLength: 5,
  }),
});
const events = fc
  .array(kernelEvent, { minLength: 1, maxLength: 12 })
  .map((list) =>
    list.map(({ node, ms, types }, serial) =>
      types.map((type, at) =>
        line(type, `100.${String(ms % 1000).padStart(3, "0")}`, serial, `n=${at}`, node),
      ),
    ),
  );
/** Any order that keeps each event's own lines in order. */
const interleaved = fc.tuple(events, fc.infiniteStream(fc.nat())).map(([lists, picks]) => {
  const queues = lists.map((list) => [...list]);
  const lines: string[] = [];
  while (queues.some((queue) => queue.length > 0)) {
    const waiting = queues.filter((queue) => queue.length > 0);
    const next = waiting[(picks.next().value as number) % waiting.length]?.shift();
    if (next !== undefined) lines.push(next);
  }
  return { lists, lines };
});
const noise = fc.constantFrom("", "garbage", "type=SYSCALL msg=audit(x", line("USER_LOGIN", "100.500", 77));

/** All events of the lines, pushed in pieces of so many lines. */
function assembled(
  lines: readonly string[],
  sizes: readonly number[],
): { events: AuditEvent[]; faultBytes: [number, number][] } {
  const assembler = openAssembler();
  const out: AuditEvent[] = [];
  const faultBytes: [number, number][] = [];
  const take = ({ events: found, faults }: AssembledEvents) => {
    out.push(...found);
    for (const fault of faults as (AssembledEvents["faults"][number] & { offset: number; length: number })[])
      faultBytes.push([fault.offset, fault.length]);
  };
  for (let at = 0, k = 0; at < lines.length; k += 1) {
    const size = sizes[k % sizes.length] ?? 1;
    take(assembler.push(bytes(...lines.slice(at, at + size)), false, 0));
    at += size;
  }
  take(assembler.flush());
  return { events: out, faultBytes };
}
const content = (list: readonly AuditEvent[]) =>
  list
    .map((event) => `${event.ref}|${event.late}|${event.records.map((record) => record.raw).join("|")}`)
    .sort();
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

it("is blind to interleaving and to how the lines are cut into batches", () => {
  fc.assert(
    fc.property(interleaved, sizes, ({ lists, lines }, cuts) => {
      expect(content(assembled(lines, cuts).events)).toEqual(content(assembled(lists.flat(), [1]).events));
    }),
    { numRuns: 500 },
  );
});

it("covers every byte by exactly one event's spans or one fault", () => {
  fc.assert(
    fc.property(interleaved, fc.array(noise, { maxLength: 4 }), sizes, ({ lines }, extra, cuts) => {
      const all = extra.reduce<string[]>((list, text, at) => list.toSpliced(at * 3, 0, text), [...lines]);
      const log = bytes(...all);

      const { events: out, faultBytes } = assembled(all, cuts);

      const covered = new Uint8Array(log.length);
      const spans = [
        ...faultBytes,
        ...out.flatMap(({ spans: flat }) =>
          flat.flatMap((offset, at) => (at % 2 === 0 ? [[offset, flat[at + 1] ?? 0] as const] : [])),
        ),
      ];
      for (const [offset, length] of spans)
        for (let at = offset; at < offset + length; at += 1) covered[at] = (covered[at] ?? 0) + 1;
      expect(covered.every((count) => count === 1)).toBe(true);
      for (const event of out) {
        const text = event.spans
          .flatMap((offset, at) =>
            at % 2 === 0 ? [log.toString("latin1", offset, offset + (event.spans[at + 1] ?? 0))] : [],
          )
          .join("");
        expect(text).toBe(event.records.map((record) => `${record.raw}\n`).join(""));
      }
    }),
    { numRuns: 500 },
  );
});
