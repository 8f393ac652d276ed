import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterAll, expect, it } from "vitest";
import { auditRef, epochMs, serial, ses } from "../../src/model/ids.ts";
import { openStore } from "../../src/store/sqlite/store.ts";

const directory = mkdtempSync(join(tmpdir(), "dw-killed-"));
afterAll(() => rmSync(directory, { recursive: true }));
const NODE = join(import.meta.dirname, "../../node_modules/.bin/node");
const CHILD = join(import.meta.dirname, "commits-forever.ts");

it("holds whole batches only, whenever the process is killed", async () => {
  const file = join(directory, "killed.db");
  let before = 0;
  for (const waitMs of [3, 31, 77, 150, 9, 260]) {
    const child = spawn(NODE, ["--disable-warning=ExperimentalWarning", CHILD, file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await sleep(waitMs);
    child.kill("SIGKILL");
    await once(child, "exit");

    using store = openStore(file);
    const number = store.counts().events.audit;
    expect(number).toBeGreaterThanOrEqual(before);
    before = number;
    const exported = Buffer.concat([...store.export({})]);
    const lines = exported.toString("latin1").split("\n").slice(0, -1);
    expect(lines.length).toBe(number);
    expect(lines.every((line, at) => line.includes(`:${at + 1}): `))).toBe(true);
    expect(store.alerts({ limit: 100_000 }).length).toBe(number);
    expect(store.due(epochMs(1e9), 100_000, "mail").length).toBe(number);
    expect(store.auditOfSession(ses(3), { limit: 100_000 }).length).toBe(number);
    if (number === 0) continue;
    expect(store.stateOf("alerts")).toEqual([{ stage: "alerts", key: "n", json: String(number) }]);
    expect(store.position("audit")).toMatchObject({ offset: exported.length });
    expect(store.auditLines(auditRef("1795511325.191", serial(number), null))).toEqual(lines.slice(-1));
  }
  expect(before).toBeGreaterThan(10);
  const db = new Database(file, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
});
