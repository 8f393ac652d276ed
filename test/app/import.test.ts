import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { importLogs } from "../../src/app/import.ts";
import { openAssembler } from "../../src/events/audit/assembler.ts";
import type { AuditEvent } from "../../src/model/event.ts";
import { emptyBatch, linesOf } from "../../src/store/contract-rows.ts";
import { openStore } from "../../src/store/sqlite/store.ts";
import { LogWriter } from "../bench/log-writer.ts";
import { corpus } from "../fuzz/mutator.ts";
import { storedRows } from "../store/audit-rows.ts";

const directory = mkdtempSync(join(tmpdir(), "dw-import-"));
afterAll(() => rmSync(directory, { recursive: true }));
let made = 0;
const fresh = (name: string): string => join(directory, `${made++}-${name}`);
const NEWLINE = Buffer.from("\n");
const BIN = join(import.meta.dirname, "../../bin/dockwarden");

/** A log of at least so many records, the same for the same seed. */
function logOf(records: number, seed = 7): Buffer {
  const writer = new LogWriter({ seed, paths: 200, interleave: 0.05, isEnriched: seed % 2 === 1 });
  let text = "";
  while (writer.records < records) text += writer.next();
  return Buffer.from(text + writer.rest(), "latin1");
}
function file(name: string, bytes: Buffer): string {
  const path = fresh(name);
  writeFileSync(path, bytes);
  return path;
}
/** The same event; what the store keeps of it is read from its records' fields. */
function withoutColumns(event: AuditEvent): AuditEvent {
  const { columns: _, ...rest } = event;
  return rest;
}
/** Commits a log as the daemon does, in batches of whole lines cut at about `step` bytes. */
function commitLive(
  database: string,
  log: Buffer,
  step: number,
  committed: (event: AuditEvent) => AuditEvent = (event) => event,
): void {
  using store = openStore(database);
  const assembler = openAssembler({ startOffset: store.pendingAudit().offset });
  for (let at = 0; at < log.length; ) {
    const newline = log.indexOf(10, Math.min(log.length - 1, at + step));
    const end = newline < 0 ? log.length : newline + 1;
    const bytes = log.subarray(at, end);
    const { events } = assembler.push(bytes, true, 0);
    store.commit({
      ...emptyBatch,
      lines: [linesOf("audit", bytes, end)],
      audit: events.map(committed),
      pendingAuditBytes: assembler.pendingBytes,
    });
    at = end;
  }
  store.commit({ ...emptyBatch, audit: assembler.flush().events.map(committed) });
}
function exported(database: string): Buffer {
  using store = openStore(database, { readonly: true });
  return Buffer.concat([...store.export({})]);
}
const importInto = (database: string, ...paths: string[]) => importLogs(paths, database, () => {});

/** Lines that no kernel wrote, but somebody may. */
const HOSTILE = Buffer.from(
  [
    'type=SYSCALL msg=audit(1795511325.191:901): arch=c000003e syscall=59 success=yes exit=-13 auid=-1 uid=x comm=6C73 exe="/a b" key=(null)',
    'type=PATH msg=audit(1795511325.191:901): item=0 name="first" name="second" nametype=CREATE item=9',
    "type=PATH msg=audit(1795511325.191:901): item=x name=(null) nametype=ODD",
    'type=CWD msg=audit(1795511325.191:901): cwd="/" exe="/not/this"',
    'type=USER_LOGIN msg=audit(1795511325.500:902): pid=7 uid=0 auid=4294967295 ses=4294967295 msg=\'op=login acct="o\'brien" exe="/usr/sbin/sshd" hostname=? addr=10.0.0.1 terminal=ssh res=failed\'',
    'type=USER_LOGIN msg=audit(1795511325.500:903): pid=7 auid=5 msg=\'auid=6 acct=28756E6B6E6F776E29 hostname=h addr=? terminal=? res=success\' auid=8\x1dUID="root" acct="x"',
    'type=AVC msg=audit(1795511325.500:904): avc:  denied  { read write } for  pid=1 comm="x" scontext=docker-default (enforce) exe="/e"',
    'type=CONFIG_CHANGE msg=audit(1795511325.600:905): op=add rule key="k" auid=5, ses=3 res=1',
    "node=h.example type=SYSCALL msg=audit(1795511325.7:906): syscall=1 key=6101620A (name=odd) tty=(none)",
    'type=SYSCALL msg=audit(1795511325.700:907): a0={ brace } comm="" exe="no end \x1d comm="late"',
    "type=LOGIN msg=audit(1795511325.700:908): login pid=1 uid=0 old auid=4294967295 new auid=500 old ses=4294967295 new ses=2",
    "type=BOGUS msg=audit(1795511325.700:909): \0\xff __proto__=1 constructor=2 pid=99999999999999999 success=maybe",
    "not a record at all \0 \xff",
    "type=PATH msg=audit(1795511325.191:901): item=1 name=2F746D702FE9 nametype=NORMAL",
    "",
  ].join("\n"),
  "latin1",
);

describe("an import", () => {
  it.each([
    ["a raw log", logOf(6000, 8)],
    ["an enriched log", logOf(6000, 9)],
    ["hostile lines", HOSTILE],
    ["hostile lines between others", Buffer.concat([logOf(300, 3), HOSTILE, logOf(300, 4)])],
  ])("stores of %s what the daemon stores", async (_, log) => {
    const live = fresh("live.db");
    commitLive(live, log, 3000);
    const bulk = fresh("bulk.db");

    const summary = await importInto(bulk, file("audit.log", log));

    expect(storedRows(bulk)).toEqual(storedRows(live));
    expect(exported(bulk).equals(log)).toBe(true);
    expect(summary.events).toBe(storedRows(live).length);
    expect(summary.bytes).toBe(log.length);
  });

  it.each([
    ["a raw log", logOf(6000, 8)],
    ["an enriched log", logOf(6000, 9)],
    ["hostile lines", HOSTILE],
    ["what real systems wrote", Buffer.concat(corpus().flatMap((line) => [line, NEWLINE]))],
  ])("has columns of %s that say what the records' fields say", (_, log) => {
    const [byColumns, byFields] = [fresh("columns.db"), fresh("fields.db")];
    commitLive(byColumns, log, 50_000);
    commitLive(byFields, log, 50_000, withoutColumns);

    // How lines are written is not in their fields.
    const rows = storedRows(byColumns).map((row) => row.replace(/"shape":\d+,/, ""));
    expect(rows.sort()).toEqual(storedRows(byFields));
  });

  it("adds nothing the second time: same file, another name, compressed, or followed by the daemon", async () => {
    const log = logOf(4000);
    const followed = fresh("followed.db");
    commitLive(followed, log, 5000);
    const imported = fresh("imported.db");
    await importInto(imported, file("audit.log", log));
    const before = storedRows(imported);
    const again = [
      file("audit.log", log),
      file("other.log", log),
      file("audit.log.gz", gzipSync(log)),
      file("audit.log.zst", zstdCompressSync(log)),
    ];

    for (const database of [imported, followed])
      for (const path of again)
        expect(await importInto(database, path)).toMatchObject({
          lines: 0,
          events: 0,
          bytes: 0,
          knownBytes: log.length,
          faults: [],
        });

    expect(storedRows(imported)).toEqual(before);
    expect(exported(imported).equals(log)).toBe(true);
    expect(exported(followed).equals(log)).toBe(true);
  });

  it.each([0, 1, 37, 60, 200])(
    "adds only what a log has grown by, cut %i bytes behind a line's end",
    async (cut) => {
      const log = logOf(4000);
      const middle = log.indexOf(10, log.length >> 1) + 1 + cut;
      const path = file("audit.log", log.subarray(0, middle));
      const database = fresh("grown.db");
      await importInto(database, path);
      expect(exported(database).equals(log.subarray(0, middle))).toBe(true);
      appendFileSync(path, log.subarray(middle));

      await importInto(database, path);

      expect(exported(database).equals(log)).toBe(true);
      const whole = fresh("whole.db");
      await importInto(whole, file("audit.log", log));
      // An event whose lines came with two imports keeps no shape: reports read its lines.
      const rows = (db: string) => storedRows(db).map((row) => row.replace(/"shape":\d,/, ""));
      expect(rows(database)).toEqual(rows(whole));
      expect(await importInto(database, path)).toMatchObject({ lines: 0, bytes: 0 });
    },
  );

  it("finds what is known in the middle of a log, and adds what stands around it", async () => {
    const log = logOf(4000);
    const lineBehind = (at: number): number => log.indexOf(10, at) + 1;
    const [from, to] = [lineBehind(log.length / 3), lineBehind((log.length * 2) / 3)];
    const database = fresh("middle.db");
    commitLive(database, log.subarray(from, to), 4000);

    const summary = await importInto(database, file("audit.log", log));

    expect(summary.bytes).toBe(log.length - (to - from));
    expect(summary.knownBytes).toBe(to - from);
    const whole = fresh("whole.db");
    await importInto(whole, file("audit.log", log));
    const linesOfRows = (rows: string[]) =>
      rows
        .map((row) => JSON.parse(row) as { serial: number; lines: string[] })
        .map(({ serial, lines }) => JSON.stringify([serial, lines.toSorted()]))
        .toSorted();
    expect(linesOfRows(storedRows(database))).toEqual(linesOfRows(storedRows(whole)));
    expect(await importInto(database, file("audit.log", log))).toMatchObject({ lines: 0, bytes: 0 });
  });

  it("reads a rotated set in the order in which it was written, and joins events across files", async () => {
    const log = logOf(6000);
    const third = Math.floor(log.length / 3);
    const cuts = [0, log.indexOf(10, third) + 1, log.indexOf(10, 2 * third) + 1, log.length];
    const names = ["audit.log.2", "audit.log.1", "audit.log"];
    const set = fresh("set");
    const paths = names.map((name, at) => {
      const path = `${set}-${name}`;
      writeFileSync(path, log.subarray(cuts[at], cuts[at + 1]));
      return path;
    });
    const database = fresh("set.db");

    const summary = await importInto(database, ...paths.toReversed());

    expect(summary.files).toEqual(paths);
    expect(exported(database).equals(log)).toBe(true);
    const whole = fresh("whole.db");
    await importInto(whole, file("audit.log", log));
    expect(storedRows(database)).toEqual(storedRows(whole));
  });

  it("keeps what a cut gzip file has, and says where it breaks", async () => {
    const log = logOf(3000);
    const packed = gzipSync(log);
    const path = file("audit.log.gz", packed.subarray(0, packed.length >> 1));
    const database = fresh("cut.db");

    const summary = await importInto(database, path);

    expect(summary.faults).toMatchObject([{ code: "DW_IMPORT_TRUNCATED" }]);
    expect(summary.faults[0]?.text).toContain(`after ${packed.length >> 1} compressed bytes`);
    const kept = exported(database);
    expect(kept.length).toBeGreaterThan(log.length / 4);
    expect(log.subarray(0, kept.length).equals(kept)).toBe(true);
    await importInto(database, file("audit.log", log));
    expect(exported(database).equals(log)).toBe(true);
  });

  it("refuses a directory before anything is read, and names an empty file", async () => {
    const database = fresh("none.db");

    await expect(importInto(database, file("audit.log", logOf(10)), directory)).rejects.toThrow(
      /DW_IMPORT_DIRECTORY/,
    );
    await expect(importInto(database, join(directory, "missing"))).rejects.toThrow(/DW_IMPORT_UNREADABLE/);
    expect(() => statSync(database)).toThrow();
    const summary = await importInto(database, file("empty", Buffer.alloc(0)));
    expect(summary.faults).toMatchObject([{ code: "DW_IMPORT_EMPTY" }]);
  });

  it("goes on after it was killed, and ends as if it had not been", async () => {
    const log = logOf(40_000);
    const path = file("audit.log", log);
    const database = fresh("killed.db");
    for (const waitMs of [200, 350, 500]) {
      const child = spawn(BIN, ["import", path, "--db", database], { stdio: "ignore" });
      // Asked for before the wait: a fast machine may be done by then.
      const exited = once(child, "exit");
      await sleep(waitMs);
      child.kill("SIGKILL");
      await exited;
    }

    await importInto(database, path);

    expect(exported(database).equals(log)).toBe(true);
    const whole = fresh("whole.db");
    await importInto(whole, path);
    expect(storedRows(database)).toEqual(storedRows(whole));
  });
});
