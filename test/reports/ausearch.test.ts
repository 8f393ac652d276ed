import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../../src/cli/commands/ausearch.ts";
import { ran } from "./ran.ts";

const folder = mkdtempSync(join(tmpdir(), "ausearch-"));
const zone = process.env["TZ"];
beforeAll(() => {
  process.env["TZ"] = "UTC";
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

function logOf(...lines: readonly string[]): string {
  const path = join(folder, "audit.log");
  writeFileSync(path, Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1"));
  return path;
}

const CALL =
  'type=SYSCALL msg=audit(1700000000.000:1): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=1 ppid=1 pid=2 auid=1001 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm="docker" exe="/usr/bin/docker" key="docker_cli"\x1dARCH=x86_64 SYSCALL=execve AUID="alice" UID="root"';
const TITLE = "type=PROCTITLE msg=audit(1700000000.000:1): proctitle=646F636B6572007073";

describe("ausearch", () => {
  it("prints raw records, with byte 0x1d behind each where one of the event is enriched", async () => {
    const { out, code } = await ran(command, ["-if", logOf(CALL, TITLE), "-r"]);

    expect(out).toBe(`${CALL}\n${TITLE}\x1d\n`);
    expect(code).toBe(0);
  });

  it("prints the last record first, without what auditd added", async () => {
    const { out } = await ran(command, ["-if", logOf(CALL, TITLE), "-m", "ALL"]);

    expect(out).toBe(`----\ntime->Tue Nov 14 22:13:20 2023\n${TITLE}\n${CALL.split("\x1d")[0]}\n`);
  });

  it("says values in words", async () => {
    const { out } = await ran(command, ["-if", logOf(CALL, TITLE), "-i"]);

    expect(out.split("\n").slice(0, 2)).toEqual([
      "----",
      "type=PROCTITLE msg=audit(11/14/23 22:13:20.000:1) : proctitle=docker ps ",
    ]);
    expect(out).toContain(" syscall=execve success=yes exit=0 ");
    expect(out).toContain(" auid=alice uid=root ");
    expect(out).toContain(" comm=docker exe=/usr/bin/docker key=docker_cli ");
  });

  it("searches texts inside, and whole with -w", async () => {
    const log = logOf(CALL, TITLE);

    expect((await ran(command, ["-if", log, "-k", "docker"])).code).toBe(0);
    expect(await ran(command, ["-if", log, "-k", "docker", "-w"])).toEqual({
      code: 1,
      out: "",
      err: "<no matches>\n",
    });
    expect(await ran(command, ["-if", log, "-k", "docker", "-w", "-r"])).toEqual({
      code: 1,
      out: "",
      err: "",
    });
  });

  it("asks for all selectors at once, and for either with -ua", async () => {
    const log = logOf(CALL, TITLE);
    const code = async (...argv: readonly string[]) => (await ran(command, ["-if", log, ...argv])).code;

    expect(await code("-ui", "0", "-ul", "1001")).toBe(0);
    expect(await code("-ui", "1001", "-ul", "1001")).toBe(1);
    expect(await code("-ua", "1001")).toBe(0);
    expect(await code("-ua", "1002")).toBe(1);
  });

  it("leaves out an event with a record that lacks what is asked for", async () => {
    const broken = CALL.replace(" exe=", " exf=");

    expect((await ran(command, ["-if", logOf(broken, TITLE), "-x", "docker"])).code).toBe(1);
    expect((await ran(command, ["-if", logOf(broken, TITLE), "-k", "docker"])).code).toBe(0);
  });

  it("writes control characters as octal numbers", async () => {
    const log = logOf("type=USER msg=audit(1700000000.000:1): pid=1 uid=0 auid=0 ses=1 msg='a\x1b[31mb'");

    expect((await ran(command, ["-if", log, "-m", "ALL"])).out).toContain("msg='a\\033[31mb'\n");
  });

  it("says damaged values as the real tool does", async () => {
    const said = async (line: string) =>
      (await ran(command, ["-if", logOf(line), "-i"])).out.split("\n").slice(1);
    const head = "msg=audit(1700000000.000:1)";
    const at = "msg=audit(11/14/23 22:13:20.000:1)";

    // Half of the value's length is the title's.
    expect(await said(`type=PROCTITLE ${head}: proctitle=6C73!!!!!!`)).toEqual([
      `type=PROCTITLE ${at} : proctitle=ls    `,
      "",
    ]);
    expect(await said(`type=PROCTITLE ${head}: proctitle=006C73`)).toEqual([
      `type=PROCTITLE ${at} : proctitle=ls 3 `,
      "",
    ]);
    // A system call in another type's record is number 0.
    expect(await said(`type=BOGUS ${head}: arch=c000003e syscall=59`)).toEqual([
      `type=BOGUS ${at} : arch=x86_64 syscall=read `,
      "",
    ]);
    expect(await said(`type=CWD ${head}`)).toEqual([`type=CWD ${at} `, ""]);
    expect(await said(`type=CWD ${head}: nothing here`)).toEqual([`type=CWD ${at} : nothing here`, "", ""]);
    expect(await said(`type=PATH ${head}: obj=u:r:t:s0:c2,c7 a=b,c d=e`)).toEqual([
      `type=PATH ${at} : obj=u:r:t:s0:c2 c7 a=b,c d=e `,
      "",
    ]);
  });

  it("stops at the first event with --just-one", async () => {
    const log = logOf(CALL, TITLE, CALL.replace(":1)", ":2)"), TITLE.replace(":1)", ":2)"));

    expect((await ran(command, ["-if", log, "--just-one", "-r"])).out).not.toContain(":2)");
  });

  it("goes on behind a checkpoint", async () => {
    const later = CALL.replaceAll("1700000000.000:1", "1700000009.000:2");
    const argv = ["-if", logOf(CALL, TITLE, later), "--checkpoint", join(folder, "checkpoint"), "-r"];
    const last = "type=USER msg=audit(1700000020.000:3): pid=1 uid=0";

    const first = await ran(command, argv);
    logOf(CALL, TITLE, later, last);
    const second = await ran(command, argv);

    expect(first.out).toBe(`${CALL}\n${TITLE}\x1d\n`);
    expect(second.out).toBe(`${later}\n${last}\n`);
  });

  it("has checkpoints of logs, not of the database", async () => {
    const db = join(folder, "a.db");
    writeFileSync(db, "");

    await expect(ran(command, ["--db", db, "--checkpoint", "x"])).rejects.toMatchObject({
      code: "DW_CLI_OPTION",
    });
  });
});
