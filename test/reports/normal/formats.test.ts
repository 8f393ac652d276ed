import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { LogReader } from "../../../src/query/log-reader.ts";
import { LogSearch } from "../../../src/reports/ausearch/log-search.ts";
import { readSearchOptions } from "../../../src/reports/ausearch/options.ts";
import { Search } from "../../../src/reports/ausearch/search.ts";

beforeAll(() => void vi.stubEnv("TZ", "UTC"));
afterAll(() => void vi.unstubAllEnvs());

const FIXTURES = join(import.meta.dirname, "../../fixtures");
const LOG = join(FIXTURES, "audit/debian12-6.18-enriched/input.log");
const GOLDEN = join(FIXTURES, "ausearch/debian12-6.18-enriched");
const ALL = ["--format", "csv", "--extra-keys", "--extra-labels", "--extra-obj2", "--extra-time"];
const USERS = new Map([
  ["root", 0],
  ["joe", 1000],
]);
const nameOf = (uid: number): string | null => [...USERS].find(([, id]) => id === uid)?.[0] ?? null;

/** What is printed of a log, and what is said on standard error. */
async function printed(
  log: Buffer | readonly string[],
  argv: readonly string[],
): Promise<{ out: string; err: string }> {
  const read = await readSearchOptions(argv, { nowMs: 0, bootSec: 0, uidOf: () => null, gidOf: () => null });
  if (!read.ok) throw new Error(read.err);
  let out = "";
  let err = "";
  const names = { userName: nameOf, groupName: nameOf, uidOf: (name: string) => USERS.get(name) ?? null };
  const parts = { options: read.options, names, notes: { warn: (text: string) => void (err += text) } };
  const search = new LogSearch(await Search.open(parts), parts);
  const reader = new LogReader({
    range: { start: 0, end: 0 },
    timeoutSec: 2,
    onEvent: (event) => void (out += search.take(event) ?? ""),
    onBadTime: () => undefined,
  });
  const bytes = Buffer.isBuffer(log) ? log : Buffer.from(`${log.join("\n")}\n`, "latin1");
  reader.push(bytes);
  reader.endFile(true);
  return { out, err };
}

const stamp = (serial: number): string => `msg=audit(1700000000.000:${serial}):`;
const call = (number: number, rest = "") =>
  `type=SYSCALL ${stamp(1)} arch=c000003e syscall=${number} success=yes exit=0 a0=5 a1=1a4 a2=2 a3=3 items=1 ppid=1 pid=2 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm="x" exe="/bin/x" key="k"${rest}`;
const path = (name: string, kind = "NORMAL") =>
  `type=PATH ${stamp(1)} item=0 name=${name} inode=9 dev=fe:00 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=${kind}`;
const cwd = `type=CWD ${stamp(1)} cwd="/home/joe"`;

// Goldens from the real tool; test/lab/ausearch-formats.test.ts compares them with it.
describe("formats of normalised events", () => {
  it("print the table that the real tool prints", async () => {
    const { out } = await printed(readFileSync(LOG), ALL);

    expect(out).toBe(readFileSync(`${GOLDEN}.csv`, "latin1"));
  });

  it("print the sentences that the real tool prints", async () => {
    const { out } = await printed(readFileSync(LOG), ["--format", "text"]);

    expect(out).toBe(readFileSync(`${GOLDEN}.txt`, "latin1"));
  });

  it("say who did what to what", async () => {
    const log = [call(2), cwd, path('"a/../b"', "CREATE")];

    expect((await printed(log, ["--format", "text"])).out).toBe(
      "At 22:13:20 11/14/23 joe, acting as root, successfully opened-file /home/joe/b using /bin/x\n",
    );
  });

  it("say to what something was changed", async () => {
    const log = [call(90), cwd, path('"/b"')];

    expect((await printed(log, ["--format", "text"])).out).toContain(
      " changed-file-permissions-of /b to 0644 using",
    );
  });

  it("name the directory where nothing else is named", async () => {
    const log = [call(2), cwd, path('"/b/"', "PARENT"), `type=PROCTITLE ${stamp(1)} proctitle="x"`];

    expect((await printed(log, ["--format", "csv"])).out.split("\n")[1]).toContain(
      ",opened-file,success,/b/,9,file,",
    );
  });

  it("say that an event of several records without a system call has no such terms", async () => {
    const { out, err } = await printed([cwd, path('"/b"')], ["--format", "csv"]);

    expect(out.split("\n")[1]).toBe(",CWD,11/14/23,22:13:20,1,,,,,,,,,,");
    expect(err).toBe("error normalizing CWD\n");
  });

  it("print no line of columns where nothing matches", async () => {
    expect((await printed([call(2)], ["--format", "csv", "-k", "other"])).out).toBe("");
  });

  it("escape what a terminal would act on", async () => {
    const log = [
      `type=USER_LOGIN ${stamp(1)} pid=1 uid=0 auid=1000 ses=1 msg='acct=1B5B32 exe="/x" res=failed'`,
    ];

    expect((await printed(log, ["--format", "text"])).out).toContain(" \\033[2 unsuccessfully logged-in ");
  });
});
