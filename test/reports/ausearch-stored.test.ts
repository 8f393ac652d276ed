import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { command as ausearch } from "../../src/cli/commands/ausearch.ts";
import { command as importing } from "../../src/cli/commands/import.ts";
import { ran } from "./ran.ts";

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

it("says that there is no database", async () => {
  await expect(ran(ausearch, ["--db", join(folder, "none.db"), "-r"])).rejects.toMatchObject({
    code: "DW_DATABASE_MISSING",
  });
});
