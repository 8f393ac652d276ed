import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { command as importing } from "../../src/cli/commands/import.ts";
import { readStored } from "../../src/cli/stored-events.ts";
import { Aureport } from "../../src/reports/aureport.ts";
import { REPORTS } from "../../src/reports/index.ts";
import { parseOptions } from "../../src/reports/options.ts";
import { WORD_TABLES } from "../../src/reports/word-tables.ts";
import { Words } from "../../src/reports/words.ts";
import { openAuditReads } from "../../src/store/sqlite/audit-reads.ts";
import { damagedLog } from "./damaged-log.ts";
import { ran } from "./ran.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/audit");
const QUESTIONS = ["", "-t", ...REPORTS.map(({ options }) => options[0] ?? "")].flatMap((report) =>
  ["", "--summary", "--failed", "--success --summary", "--node web1", "-nc --escape shell"].map((more) =>
    `${report} ${more}`.split(" ").filter((word) => word !== ""),
  ),
);
const folder = mkdtempSync(join(tmpdir(), "aureport-stored-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a report of a database says, and how many events it was told by columns alone. */
function report(db: string, argv: readonly string[], mayUseColumns: boolean) {
  const parsed = parseOptions(argv, { nowMs: 0, bootSec: 0 });
  if (parsed.kind !== "run") throw new Error("wrong options");
  let warnings = "";
  const aureport = new Aureport({
    options: parsed.options,
    words: new Words({ ...parsed.options, users: new Map(), tables: WORD_TABLES }),
    note: (text) => void (warnings += text),
  });
  let told = 0;
  using reads = openAuditReads(db);
  const reader = {
    needsAll: aureport.needsAll,
    wantedColumns: mayUseColumns ? aureport.wantedColumns : null,
    countedField: mayUseColumns ? aureport.countedField : null,
    neededSuccess: aureport.neededSuccess,
    pass: aureport.pass.bind(aureport),
    countedBy: mayUseColumns ? aureport.countedBy : null,
    tally: aureport.tally,
    isOfEnds: mayUseColumns && aureport.isOfEnds,
    concerns: aureport.concerns.bind(aureport),
    add: aureport.add.bind(aureport),
    addRead: (...read: Parameters<Aureport["addRead"]>) => {
      told += 1;
      aureport.addRead(...read);
    },
  };
  let text = "";
  for (const _ of readStored(reads, parsed.options, reader)) text += aureport.take();
  aureport.endLog("log");
  text += aureport.take();
  const end = aureport.end({ sec: 0, milli: 0 });
  return { said: { text: text + end.text, code: end.code, warnings }, told };
}

async function imported(name: string, text: string): Promise<string> {
  const path = join(folder, `${name}.log`);
  writeFileSync(path, text, "latin1");
  const db = join(folder, `${name}.db`);
  expect((await ran(importing, [path, "--db", db])).code).toBe(0);
  return db;
}

function expectSame(db: string): number {
  let most = 0;
  for (const argv of QUESTIONS) {
    const columns = report(db, argv, true);
    const lines = report(db, argv, false);
    expect(columns.said, argv.join(" ")).toEqual(lines.said);
    most = Math.max(most, columns.told);
  }
  return most;
}

const LOGS = globSync("*/input.log", { cwd: FIXTURES }).sort();
it.each(LOGS)("columns and lines give the same reports: %s", async (log) => {
  expectSame(await imported(`fixture-${LOGS.indexOf(log)}`, readFileSync(join(FIXTURES, log), "latin1")));
});

it.each([1, 2, 3])("columns and lines give the same reports of damaged logs: seed %d", async (seed) => {
  const told = expectSame(await imported(`damaged-${seed}`, damagedLog(seed, 4000)));

  // Of what is not damaged most needs no lines.
  expect(told).toBeGreaterThan(800);
});
