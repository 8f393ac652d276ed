import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { command as aulast } from "../../src/cli/commands/aulast.ts";
import { command as importing } from "../../src/cli/commands/import.ts";
import { LogReader } from "../../src/query/log-reader.ts";
import { Aulastlog } from "../../src/reports/aulastlog.ts";
import { ran } from "./ran.ts";

const folder = mkdtempSync(join(tmpdir(), "aulast-"));
beforeAll(() => void vi.stubEnv("TZ", "UTC"));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const stamp = (sec: number, serial: number) => `msg=audit(17000000${sec}.000:${serial}):`;
const login = (sec: number, serial: number) =>
  `type=LOGIN ${stamp(sec, serial)} pid=7 uid=0 old-auid=4294967295 auid=1000 tty=(none) old-ses=4294967295 ses=3 res=1\x1dUID="root" OLD-AUID="unset" AUID="joe"\n`;
const from = (sec: number, serial: number, auid = 1000) =>
  `type=USER_LOGIN ${stamp(sec, serial)} pid=7 uid=0 auid=${auid} ses=3 msg='op=login id=1000 exe="/usr/sbin/sshd" hostname=? addr=10.0.0.${serial} terminal=/dev/pts/${serial} res=success'\n`;
const end = (sec: number, serial: number) =>
  `type=USER_END ${stamp(sec, serial)} pid=7 uid=0 auid=1000 ses=3 msg='op=PAM:session_close acct="joe" exe="/usr/sbin/sshd" hostname=? addr=? terminal=ssh res=success'\n`;
const failed = (sec: number, serial: number) =>
  `type=USER_LOGIN ${stamp(sec, serial)} pid=7 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct="eve" exe="/usr/sbin/sshd" hostname=h1 addr=10.0.0.9 terminal=sshd res=failed'\n`;
const LOG = login(10, 1) + from(10, 2) + failed(20, 3) + end(90, 4);

async function listed(log: string, ...argv: readonly string[]): Promise<string> {
  const path = join(folder, "audit.log");
  writeFileSync(path, log);
  return (await ran(aulast, ["-f", path, ...argv])).out;
}

// Texts are the real tool's; test/lab/aulast.test.ts compares with it.
describe("aulast", () => {
  it("lists a login from its LOGIN to its USER_END", async () => {
    expect(await listed(LOG)).toBe(
      "joe      pts/2        10.0.0.2         Tue Nov 14 22:13 - 22:14  (00:01)\n",
    );
  });

  it("says what it knows it from", async () => {
    expect(await listed(LOG, "--proof")).toContain(
      "    audit event proof serial numbers: 1, 2, 4\n    Session data can be found with this search:\n    ausearch --start 11/14/23 22:13:30 --end 11/14/23 22:14:50\n\n",
    );
  });

  it("lists failed logins with --bad, and only those", async () => {
    expect(await listed(LOG, "--bad")).toBe(
      "eve      sshd         h1               Tue Nov 14 22:13 - 22:13  (00:00)\n",
    );
  });

  it("says of the database what it says of the log", async () => {
    const text = await listed(LOG, "--proof");
    const db = join(folder, "audit.db");
    await ran(importing, [join(folder, "audit.log"), "--db", db]);

    expect((await ran(aulast, ["--db", db, "--proof"])).out).toBe(text);
  });
});

describe("aulastlog", () => {
  it("says when each user last logged in, passing over the event behind a login as the real tool does", () => {
    const aulastlog = new Aulastlog([
      ["root", 0],
      ["joe", 1000],
    ]);
    const reader = new LogReader({
      range: { start: 0, end: 0 },
      timeoutSec: 2,
      onEvent: (event) => aulastlog.add(event),
      onBadTime: () => undefined,
      isLibrary: true,
    });
    reader.push(Buffer.from(from(10, 1) + from(11, 2) + from(12, 3)));
    reader.endFile(true);

    expect(aulastlog.text().split("\n").slice(1, 3)).toEqual([
      "root                                                     **Never logged in**",
      "joe              /dev/pts/3   ?                          11/14/23 22:13:32",
    ]);
  });
});
