import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { searchStored } from "../../src/cli/ausearch-stored.ts";
import { command as ausearch } from "../../src/cli/commands/ausearch.ts";
import { command as importing } from "../../src/cli/commands/import.ts";
import { GatheredBytes } from "../../src/lib/gathered-bytes.ts";
import { readSearchOptions } from "../../src/reports/ausearch/options.ts";
import { Search } from "../../src/reports/ausearch/search.ts";
import { openAuditReads } from "../../src/store/sqlite/audit-reads.ts";
import { damagedLog } from "./damaged-log.ts";
import { ran } from "./ran.ts";
import { SELECTIONS } from "./selections.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/audit");
/** Not `hostile`: the real tool takes a line without a type, the store does not. Not syslog's: the real tool reads none. */
const LOGS = globSync("*/input.log", { cwd: FIXTURES })
  .filter((log) => !/^(?:hostile|ubuntu)/.test(log))
  .sort();
const QUESTIONS = `
-m ALL | -m ALL -i | -r | -k docker | -k d -w | -k (null) | -k e -m CONFIG_CHANGE,SYSCALL | -a 1 | -a 2530 -i
-m ALL --format text | -m ALL --format csv --extra-keys --extra-labels --extra-obj2 --extra-time
-m 1300 | -m LOGIN,PATH | -m 1335 | -m 1338 | -ts 11/24/26 11:38:25 | -te 01/01/26 -r | -ui 0 | -ua root | -sv no
`
  .split(/[|\n]/)
  .map((line) => line.trim().split(" "))
  .filter(([first]) => first !== "");

const folder = mkdtempSync(join(tmpdir(), "ausearch-stored-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The database gives events by time, a log as they become complete: compared as sets, with what each event says. */
const events = (out: string): string[] =>
  out.startsWith("----") ? out.split("----\n").sort() : out.split("\n").sort();

it.each(LOGS)("finds the same in the database as in %s", async (log) => {
  const path = join(FIXTURES, log);
  const db = join(folder, `${LOGS.indexOf(log)}.db`);
  await ran(importing, [path, "--db", db]);
  let found = 0;

  for (const question of QUESTIONS) {
    const inLog = await ran(ausearch, ["-if", path, ...question]);
    const inDatabase = await ran(ausearch, ["--db", db, ...question]);
    found += inLog.out.length;
    expect(events(inDatabase.out), question.join(" ")).toEqual(events(inLog.out));
    expect([inDatabase.code, inDatabase.err], question.join(" ")).toEqual([inLog.code, inLog.err]);
  }

  expect(found).toBeGreaterThan(readFileSync(path).length);
});

it("says the same bytes of a log whose clock goes forward", async () => {
  const path = join(import.meta.dirname, "../../demo/incident/audit.log");
  const db = join(folder, "demo.db");
  await ran(importing, [path, "--db", db]);

  for (const argv of [
    ["-m", "ALL"],
    ["-i", "-k", "docker"],
    ["-r", "-ts", "11/24/26"],
    ["--format", "csv", "--extra-keys", "--extra-labels", "--extra-obj2", "--extra-time"],
    ["--format", "text"],
    ["--json"],
  ])
    expect(await ran(ausearch, ["--db", db, ...argv])).toEqual(await ran(ausearch, ["-if", path, ...argv]));
});

/** What a search of a database prints and warns of. */
async function searched(db: string, argv: readonly string[], mayUseColumns: boolean) {
  const read = await readSearchOptions(argv, { nowMs: 0, bootSec: 0, uidOf: () => 0, gidOf: () => 0 });
  if (!read.ok) throw new Error(`${argv.join(" ")}: ${read.err}`);
  const names = { userName: () => null, groupName: () => null, uidOf: () => null };
  let warnings = "";
  const warn = (text: string) => void (warnings += text);
  const { options } = read;
  const parts = { options, names, notes: options.isDebug ? { warn, debug: warn } : { warn } };
  const search = await Search.open(parts);
  if (!mayUseColumns) Object.defineProperty(search, "wantedColumns", { value: null });
  using reads = openAuditReads(db);
  const out = new GatheredBytes(1 << 20);
  for await (const _ of searchStored({ reads, parts, search, out, isWanted: null }));
  return { text: out.gathered.toString("latin1"), warnings, hasFound: search.hasFound };
}

it.each([1, 2, 3])("columns and lines find the same in damaged logs: seed %d", async (seed) => {
  const path = join(folder, `damaged-${seed}.log`);
  writeFileSync(path, damagedLog(seed, 3000), "latin1");
  const db = join(folder, `damaged-${seed}.db`);
  await ran(importing, [path, "--db", db]);

  let withFinds = 0;
  for (const question of SELECTIONS) {
    const expected = await searched(db, question, false);
    const said = await searched(db, question, true);
    expect(said, question.join(" ")).toEqual(expected);
    if (expected.hasFound) withFinds += 1;
  }
  expect(withFinds).toBeGreaterThan(SELECTIONS.length / 2);
});

it("says that there is no database", async () => {
  await expect(ran(ausearch, ["--db", join(folder, "none.db"), "-r"])).rejects.toMatchObject({
    code: "DW_DATABASE_MISSING",
  });
});
