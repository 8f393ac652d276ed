import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command as aureport } from "../../src/cli/commands/aureport.ts";
import { command as ausearch } from "../../src/cli/commands/ausearch.ts";
import { command as importing } from "../../src/cli/commands/import.ts";
import { damagedLog } from "../reports/damaged-log.ts";
import { ran } from "../reports/ran.ts";

const folder = mkdtempSync(join(tmpdir(), "damaged-"));
afterAll(() => rmSync(folder, { recursive: true }));
const whole = join(folder, "whole.db");
const QUESTIONS = [
  [ausearch, "-m ALL -r"],
  [ausearch, "-f /etc -k docker"],
  [ausearch, "-m ALL --format csv"],
  [aureport, "--summary"],
  [aureport, "-f"],
  [aureport, "-au -i"],
] as const;

beforeAll(async () => {
  const log = join(folder, "audit.log");
  writeFileSync(log, damagedLog(7, 9000), "latin1");
  await ran(importing, [log, "--db", whole]);
});

/** Asks everything of a database. @returns the errors that were thrown. */
async function faultsOf(db: string): Promise<unknown[]> {
  const faults: unknown[] = [];
  for (const [command, argv] of QUESTIONS)
    await ran(command, ["--db", db, ...argv.split(" ")]).catch((error: unknown) => faults.push(error));
  return faults;
}

describe("a damaged database", () => {
  it.each([
    ["raw_audit", "the log at "],
    ["raw_order", "the order of the log at "],
    ["audit_column", "of the audit events"],
  ])("is said to be one: %s", async (table, what) => {
    const db = join(folder, `${table}.db`);
    copyFileSync(whole, db);
    const open = new Database(db);
    const column = table === "raw_order" ? "runs" : "data";
    expect(open.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBeGreaterThan(0);
    open.exec(`UPDATE ${table} SET ${column} = substr(${column}, 1, length(${column}) / 2)`);
    open.close();

    const faults = await faultsOf(db);

    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults)
      expect(fault).toMatchObject({ code: "DW_STORE_CORRUPT", message: expect.stringContaining(what) });
    for (const fault of faults) expect(fault).toMatchObject({ message: expect.stringContaining(db) });
  });

  it.each([1, 2, 3, 4])("gives an answer or names its file, whatever bytes it has: seed %d", async (seed) => {
    const bytes = readFileSync(whole);
    let random = seed;
    const next = (below: number): number => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      return Math.floor((random / 2 ** 32) * below);
    };
    for (let copy = 0; copy < 8; copy++) {
      const damaged = Buffer.from(bytes);
      // The head of the file stays: what is wrong there is told at opening.
      for (let hit = 0; hit < 40; hit++) damaged[4096 + next(damaged.length - 4096)] = next(256);
      const db = join(folder, `${seed}-${copy}.db`);
      writeFileSync(db, damaged);

      for (const fault of await faultsOf(db))
        expect(fault).toMatchObject({
          code: expect.stringMatching(/^DW_STORE_/),
          message: expect.stringContaining(db),
        });
      rmSync(db);
    }
  });
});
