import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { command as aulast } from "../../src/cli/commands/aulast.ts";
import { command as aulastlog } from "../../src/cli/commands/aulastlog.ts";
import { command as importing } from "../../src/cli/commands/import.ts";
import { type Ran, ran } from "../reports/ran.ts";
import { requireLab } from "./harness/require.ts";
import { loginSoup } from "./login-soup.ts";
import { realTool } from "./real-tool.ts";

const ROOT = join(import.meta.dirname, "../..");
const LOGS = [
  ...globSync(["test/fixtures/audit/*/input.log", "test/fixtures/*/audit.log"], { cwd: ROOT }).sort(),
  "demo/incident/audit.log",
].map((log) => join(ROOT, log));
const QUESTIONS = [
  "",
  "--proof",
  "--bad",
  "--bad --proof",
  "--debug",
  "--bad --debug",
  "--user root",
  "--user user33 --proof",
  "--user carol",
  "--tty pts",
  "--tty ssh --proof",
].map((line) => line.split(" ").filter((word) => word !== ""));
const MISUSES = [
  "--file x",
  "root",
  "-f /none/such",
  "--stdin -f x",
  "-f x --stdin",
  "--user a --user b",
  "--tty a --tty b",
];

/** What has not ended is said to end now, which is another second for each of the two. */
const withoutNow = ({ code, out, err }: Ran): Ran => ({
  code,
  out: out.replaceAll(/--end \d\d\/\d\d\/(?!23)\d\d \S+/g, "--end NOW"),
  err,
});

const folder = mkdtempSync(join(tmpdir(), "aulast-"));
beforeAll(() => void vi.stubEnv("TZ", "UTC"));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function logOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, "latin1");
  return path;
}

/** The real aulastlog reads a log only from standard input. */
function realLastlog(log: string, argv: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync("aulastlog", ["--stdin", ...argv], {
    env: { PATH: "/usr/bin", LC_ALL: "C", TZ: "UTC" },
    stdio: [openSync(log, "r"), "pipe", "pipe"],
  });
  return { code: status ?? -1, out: stdout.toString("latin1"), err: stderr.toString("latin1") };
}

async function expectSame(log: string): Promise<void> {
  for (const question of QUESTIONS) {
    const argv = ["-f", log, ...question];
    expect(withoutNow(await ran(aulast, argv)), question.join(" ")).toEqual(
      withoutNow(realTool("aulast", argv)),
    );
  }
  for (const question of [[], ["-u", "root"], ["--user", "www-data"]])
    expect(await ran(aulastlog, ["-f", log, ...question])).toEqual(realLastlog(log, question));
}

requireLab("ausearch")("aulast and aulastlog", () => {
  it.each(LOGS)("list the logins that the real ones list: %s", async (log) => {
    await expectSame(log);
  });

  it.each([1, 2, 3, 4])(
    "list the same of 1,000 odd logins, with a clock that goes back, seed %i",
    async (seed) => {
      await expectSame(logOf("logins.log", loginSoup(seed, 1000, false)));
    },
  );

  it.each([5, 6])("list of the database what the real ones list of the log, seed %i", async (seed) => {
    const log = logOf(`forward-${seed}.log`, loginSoup(seed, 1000, true));
    const db = join(folder, `${seed}.db`);
    expect((await ran(importing, [log, "--db", db])).code).toBe(0);

    for (const question of QUESTIONS)
      expect(withoutNow(await ran(aulast, ["--db", db, ...question])), question.join(" ")).toEqual(
        withoutNow(realTool("aulast", ["-f", log, ...question])),
      );
    for (const question of [[], ["-u", "root"]])
      expect(await ran(aulastlog, ["--db", db, ...question])).toEqual(realLastlog(log, question));
  });

  it("write the records that the list comes from", async () => {
    const log = logOf("extract.log", loginSoup(7, 500, false));
    const [theirs, own] = ["theirs", "own"].map((name) => join(folder, name)) as [string, string];
    mkdirSync(theirs);
    mkdirSync(own);
    realTool("aulast", ["-f", log, "--extract"], "UTC", theirs);
    // Both write into the working directory; a worker cannot change its own.
    spawnSync(join(ROOT, "bin/dockwarden"), ["aulast", "-f", log, "--extract"], { cwd: own });

    expect(readFileSync(join(own, "aulast.log"), "latin1")).toBe(
      readFileSync(join(theirs, "aulast.log"), "latin1"),
    );
  });

  it("refuse the same with the same words", async () => {
    for (const line of MISUSES) {
      const argv = line.split(" ");
      expect(await ran(aulast, argv), line).toEqual(realTool("aulast", argv));
    }
    for (const line of ["-u", "--bogus", "x", "-u nosuchuser --stdin"]) {
      const argv = line.split(" ");
      expect(await ran(aulastlog, argv), line).toEqual(realTool("aulastlog", argv));
    }
  });
});
