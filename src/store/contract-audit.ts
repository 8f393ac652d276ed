import { epochMs, ses } from "../model/ids.ts";
import {
  auditEvent,
  auditLine,
  type Engine,
  emptyBatch,
  linesOf,
  type Runner,
  T0,
  textOf,
} from "./contract-rows.ts";

/** The part of the suite that is about audit lines and events. */
export function auditContract({ it, expect }: Runner, make: () => Engine): void {
  it("joins late records to their event", () => {
    using store = make().open();
    const first = auditLine(5, "SYSCALL", "syscall=59 pid=7");
    const between = auditLine(6, "CONFIG_CHANGE", "op=set");
    const late = auditLine(5, "PATH", "item=0 name=/etc/passwd nametype=NORMAL");
    const bytes = Buffer.from(`${first}\n${between}\n`);
    store.commit({
      ...emptyBatch,
      lines: [linesOf("audit", bytes, bytes.length)],
      audit: [auditEvent(5, 0, [first]), auditEvent(6, first.length + 1, [between])],
    });
    const event = { ...auditEvent(5, bytes.length, [late]), late: true };

    store.commit({
      ...emptyBatch,
      lines: [linesOf("audit", Buffer.from(`${late}\n`), bytes.length + late.length + 1)],
      audit: [event],
    });

    expect(store.auditLines(event.ref)).toEqual([first, late]);
    expect(store.counts().events.audit).toEqual(2);
  });

  it("gives the audit bytes of incomplete events again", () => {
    const engine = make();
    const done = Buffer.from(`${auditLine(5, "SYSCALL", "")}\n`);
    const open = Buffer.from(`${auditLine(6, "SYSCALL", "")}\nnot a record \xff\0\n`, "latin1");
    {
      using store = engine.open();
      expect(store.pendingAudit()).toEqual({ offset: 0, bytes: Buffer.alloc(0) });
      store.commit({
        ...emptyBatch,
        lines: [linesOf("audit", Buffer.concat([done, open]), done.length + open.length)],
        pendingAuditBytes: open.length,
      });
    }

    using store = engine.open();
    expect(store.pendingAudit()).toEqual({ offset: done.length, bytes: open });
    store.commit(emptyBatch);
    expect(store.pendingAudit()).toEqual({ offset: done.length + open.length, bytes: Buffer.alloc(0) });
  });

  it("refuses an event whose lines it was not given", () => {
    using store = make().open();

    expect(() =>
      store.commit({ ...emptyBatch, audit: [auditEvent(5, 0, [auditLine(5, "SYSCALL", "")])] }),
    ).toThrow(/DW_STORE_SPAN/);
  });

  it("exports whole lines of a span, those without a stamp with the line before them", () => {
    using store = make().open();
    const at = (ms: number, rest: string): string =>
      `type=USER msg=audit(${(ms / 1000).toFixed(3)}:1): ${rest}\n`;
    const parts = [
      "garbage first\n",
      at(T0, "a"),
      "garbage of a\n",
      at(T0 + 10, "b"),
      "garbage of b \xff\0\n",
      at(T0 + 20, "c"),
      at(T0 + 10, "d, no newline").trimEnd(),
    ];
    let offset = 0;
    for (const part of parts) {
      offset += part.length;
      store.commit({ ...emptyBatch, lines: [linesOf("audit", Buffer.from(part, "latin1"), offset)] });
    }

    expect(textOf(store.export({}))).toEqual(parts.join(""));
    expect(textOf(store.export({ sinceMs: epochMs(T0 + 10), untilMs: epochMs(T0 + 20) }))).toEqual(
      [parts[3], parts[4], parts[6]].join(""),
    );
    expect(textOf(store.export({ untilMs: epochMs(T0 + 1) }))).toEqual([parts[1], parts[2]].join(""));
  });

  it("keeps hostile bytes: every byte value, and lines of a mebibyte", () => {
    using store = make().open();
    const every = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    const long = auditLine(9, "PATH", `item=0 name=${"\xe9".repeat(2 ** 20)}`);
    const bytes = Buffer.concat([every, Buffer.from("\n"), Buffer.from(`${long}\n`, "latin1")]);
    const event = auditEvent(9, every.length + 1, [long]);

    store.commit({
      ...emptyBatch,
      lines: [linesOf("audit", bytes, bytes.length)],
      audit: [event],
    });

    expect(textOf(store.export({}))).toEqual(bytes.toString("latin1"));
    expect(store.auditLines(event.ref)).toEqual([long]);
  });

  it("lets a reader see whole batches while it writes", () => {
    const engine = make();
    using store = engine.open();
    using reader = engine.open({ readonly: true });
    let offset = 0;
    for (let number = 1; number <= 300; number++) {
      const line = auditLine(number, "SYSCALL", `syscall=1 ses=3 x=${"y".repeat(2000)}`);
      store.commit({
        ...emptyBatch,
        lines: [linesOf("audit", Buffer.from(`${line}\n`), offset + line.length + 1)],
        audit: [auditEvent(number, offset, [line])],
      });
      offset += line.length + 1;
      if (number % 20 !== 0) continue;

      expect(reader.counts().events.audit).toEqual(number);
      expect(reader.auditOfSession(ses(3), { limit: 1000 }).length).toEqual(number);
      expect(reader.auditLines(auditEvent(1, 0, []).ref)).toEqual(store.auditLines(auditEvent(1, 0, []).ref));
      expect(textOf(reader.export({})).length).toEqual(offset);
    }
    expect(() => reader.commit(emptyBatch)).toThrow(/DW_STORE_READONLY/);
  });
}
