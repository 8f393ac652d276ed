import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { command } from "../../src/cli/commands/ausearch.ts";
import { ran } from "../reports/ran.ts";
import { EventSoup } from "./event-soup.ts";
import { requireLab } from "./harness/require.ts";
import { realTool } from "./real-tool.ts";

const ROOT = join(import.meta.dirname, "../..");
const LOGS = [
  ...globSync(["test/fixtures/audit/*/input.log", "test/fixtures/*/audit.log"], { cwd: ROOT }).sort(),
  "demo/incident/audit.log",
].map((log) => join(ROOT, log));
const EXTRAS = ["--extra-keys", "--extra-labels", "--extra-obj2", "--extra-time"];

/** All columns in all combinations; sentences; how values are escaped; with selectors. */
const QUESTIONS = [
  ...Array.from({ length: 1 << EXTRAS.length }, (_, bits) => [
    "--format",
    "csv",
    ...EXTRAS.filter((_option, index) => (bits & (1 << index)) !== 0),
  ]),
  ...`--format text | --format csv --escape raw | --format csv --escape shell | --format text --escape shell_quote
--format text --debug | --format csv -k docker | --format text -sv no | --format csv --just-one | --format text -x nosuch
--format csv -m USER_LOGIN,LOGIN,SYSCALL --extra-keys | --format text -ts 11/24/26 -te now | --format csv -c sshd -w`
    .split(/[|\n]/)
    .map((line) => line.trim().split(" ")),
];

const folder = mkdtempSync(join(tmpdir(), "ausearch-formats-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => void vi.unstubAllEnvs());

/** The questions of which our answer is another one than the real tool's. */
async function different(log: string, questions: readonly (readonly string[])[], zone: string) {
  vi.stubEnv("TZ", zone);
  const found: string[] = [];
  for (const question of questions) {
    const argv = ["-if", log, ...question];
    const expected = realTool("ausearch", argv, zone);
    if (JSON.stringify(await ran(command, argv)) !== JSON.stringify(expected)) found.push(question.join(" "));
  }
  return found;
}

requireLab("ausearch")("ausearch's csv and text", () => {
  it.each(LOGS)(
    "are the real one's, byte for byte: %s",
    async (log) => {
      expect(await different(log, QUESTIONS, "UTC")).toEqual([]);
    },
    120_000,
  );

  it.each(["America/New_York", "Asia/Kolkata", "Pacific/Chatham"])(
    "have the times of the zone %s",
    async (zone) => {
      const log = join(ROOT, "demo/incident/audit.log");

      expect(
        await different(
          log,
          [
            ["--format", "csv", ...EXTRAS],
            ["--format", "text"],
          ],
          zone,
        ),
      ).toEqual([]);
    },
  );

  const all = [
    ["--format", "csv", ...EXTRAS],
    ["--format", "csv"],
    ["--format", "text"],
    ["-m", "ALL", "-i"],
  ];
  it.each([1, 2, 3])(
    "are the real one's for 3,000 records of any type with fields of any, seed %i",
    async (seed) => {
      const log = join(folder, "records.log");
      writeFileSync(log, new EventSoup(seed).records(3000), "latin1");

      expect(await different(log, all, "UTC")).toEqual([]);
    },
  );

  it.each([4, 5, 6])(
    "are the real one's for 3,000 system calls with any companions, seed %i",
    async (seed) => {
      const log = join(folder, "calls.log");
      writeFileSync(log, new EventSoup(seed).calls(3000), "latin1");

      expect(await different(log, all, "UTC")).toEqual([]);
    },
  );

  it.each(["csv", "txt"])("are what the unit tests expect: %s", (suffix) => {
    const fixtures = join(ROOT, "test/fixtures");
    const argv = suffix === "csv" ? ["--format", "csv", ...EXTRAS] : ["--format", "text"];

    const { out } = realTool("ausearch", [
      "-if",
      join(fixtures, "audit/debian12-6.18-enriched/input.log"),
      ...argv,
    ]);

    expect(out).toBe(readFileSync(join(fixtures, `ausearch/debian12-6.18-enriched.${suffix}`), "latin1"));
  });

  // The difference of docs/reference/compatibility.md: what is left of the event that was printed before.
  it("differ on purpose where the real one judges an event by another's names", async () => {
    const log = join(folder, "left.log");
    const call = (serial: number, uid: number, added: string) =>
      `type=CWD msg=audit(1700000000.000:${serial}): cwd="/"\ntype=SYSCALL msg=audit(1700000000.000:${serial}): arch=c000003e syscall=2 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 ppid=1 pid=2 auid=0 uid=${uid} gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm="x" exe="/x" key="k"${added}\n`;
    writeFileSync(log, call(1, 0, '\x1dUID="root"') + call(2, 60_001, ""), "latin1");
    vi.stubEnv("TZ", "UTC");
    const argv = ["-if", log, "-ui", "root", "--format", "csv"];

    expect((await ran(command, argv)).out.split("\n")).toHaveLength(3);
    expect(realTool("ausearch", argv).out.split("\n")).toHaveLength(4);
  });
});
