import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openAssembler } from "../../src/events/audit/assembler.ts";
import { type EpochMs, epochMs } from "../../src/model/ids.ts";
import type { Store } from "../../src/ports/store.ts";
import {
  alertOf,
  deliveryOf,
  dockerEvent,
  emptyBatch,
  linesOf,
  sessionOf,
  T0,
} from "../../src/store/contract-rows.ts";
import { openAuditReads } from "../../src/store/sqlite/audit-reads.ts";
import { openStore } from "../../src/store/sqlite/store.ts";
import { LogWriter } from "../bench/log-writer.ts";

const directory = mkdtempSync(join(tmpdir(), "dw-retention-"));
afterAll(() => rmSync(directory, { recursive: true }));
let made = 0;

/** A store with some 60,000 records, so that there are several full chunks. */
function filled(): { file: string; store: Store; log: Buffer; pending: number } {
  const file = join(directory, `${made++}.db`);
  const store = openStore(file);
  const assembler = openAssembler();
  const writer = new LogWriter({ seed: 1, paths: 50, interleave: 0.02, isEnriched: false });
  let text = "";
  while (writer.records < 90_000) text += writer.next();
  const log = Buffer.from(text + writer.rest(), "latin1");
  for (let at = 0; at < log.length; ) {
    const end = log.indexOf(10, Math.min(log.length - 1, at + 200_000)) + 1;
    const bytes = log.subarray(at, end);
    const audit = assembler.push(bytes, false, 0).events;
    store.commit({
      ...emptyBatch,
      lines: [linesOf("audit", bytes, end)],
      audit,
      pendingAuditBytes: assembler.pendingBytes,
    });
    at = end;
  }
  return { file, store, log, pending: assembler.pendingBytes };
}
function pruneAll(store: Store, bounds: Parameters<Store["prune"]>[0]): number {
  let steps = 1;
  while (store.prune(bounds, epochMs(T0))) steps++;
  return steps;
}
/** Each event's lines are those that the log has at that place. */
function linesAreWhole(file: string): boolean {
  using reads = openAuditReads(file);
  for (const row of reads.events({})) {
    const lines = row.bytes().toString("latin1").split("\n").filter(Boolean);
    if (lines.length !== row.number("records") || !lines.every((line) => line.includes(`:${row.serial})`)))
      return false;
  }
  return true;
}

describe("retention", () => {
  it("drops audit events and lines that are too old, in steps, and counts them", () => {
    const { file, store, log, pending } = filled();
    using _store = store;
    const before = store.counts().events.audit;
    const middle = ((): EpochMs => {
      using reads = openAuditReads(file);
      const extent = reads.extent();
      return epochMs(((extent?.firstMs ?? 0) + (extent?.lastMs ?? 0)) / 2);
    })();

    const steps = pruneAll(store, { beforeMs: middle, maxBytes: null });

    const after = store.counts().events.audit;
    expect(steps).toBeGreaterThan(1);
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan(before);
    const dropped = store.notices({ limit: 1000 }).filter(({ kind }) => kind === "dropped");
    expect(dropped.reduce((sum, { count }) => sum + count, 0)).toBe(before - after);
    const kept = Buffer.concat([...store.export({})]);
    expect(kept.length).toBeLessThan(log.length);
    expect(log.subarray(log.length - kept.length).equals(kept)).toBe(true);
    expect(linesAreWhole(file)).toBe(true);
    expect(store.pendingAudit().bytes.equals(log.subarray(log.length - pending))).toBe(true);
  });

  it("drops the oldest until the size is within its bound, and never what is pending", () => {
    const { file, store, log, pending } = filled();
    using _store = store;

    pruneAll(store, { beforeMs: null, maxBytes: 1 });

    expect(store.counts().events.audit).toBe(0);
    expect(store.pendingAudit().bytes.equals(log.subarray(log.length - pending))).toBe(true);
    expect(linesAreWhole(file)).toBe(true);
    const line = Buffer.from("type=USER_END msg=audit(1895511325.191:7): pid=1\n");
    store.commit({ ...emptyBatch, lines: [linesOf("audit", line, 1e9)] });
    expect(
      Buffer.concat([...store.export({})])
        .subarray(-line.length)
        .equals(line),
    ).toBe(true);
  });

  it("drops old rows that are over, and keeps what is open", () => {
    using store = openStore(join(directory, `${made++}.db`));
    const web = "ab".repeat(32);
    store.commit({
      ...emptyBatch,
      docker: [
        dockerEvent("1795511325000000001", "start", web, "web1"),
        dockerEvent("1895511325000000001", "start", web, "web1"),
      ],
      sessions: {
        ...emptyBatch.sessions,
        sessions: [sessionOf("1:1", T0, { endMs: epochMs(T0 + 1) }), sessionOf("2:1", T0, {})],
      },
      alerts: [alertOf("over", { state: "resolved" }), alertOf("open")],
      deliveries: [deliveryOf("done", T0, { state: "delivered" }), deliveryOf("waiting", T0)],
    });

    pruneAll(store, { beforeMs: epochMs(T0 + 1e6), maxBytes: null });

    expect(store.docker({}).map(({ timeNano }) => timeNano)).toEqual(["1895511325000000001"]);
    expect(store.sessions({}).map(({ id }) => id)).toEqual(["2:1"]);
    expect(store.alerts({}).map(({ id }) => id)).toEqual(["open"]);
    expect(store.deliveries({}).map(({ id }) => id)).toEqual(["waiting"]);
    expect(store.counts().events.docker).toBe(1);
  });
});
