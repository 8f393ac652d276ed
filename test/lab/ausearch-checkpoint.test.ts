import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { command } from "../../src/cli/commands/ausearch.ts";
import { ran } from "../reports/ran.ts";
import { requireLab } from "./harness/require.ts";
import { realTool } from "./real-tool.ts";

const ROOT = join(import.meta.dirname, "../..");
const lines = (log: string): string[] => readFileSync(join(ROOT, log), "latin1").split(/(?<=\n)/);
const CAPTURED = lines("test/fixtures/audit/debian12-6.18-enriched/input.log");
const DEMO = lines("demo/incident/audit.log");

const user = (sec: string, serial: number, type = "USER") =>
  `type=${type} msg=audit(${sec}:${serial}): pid=1 uid=0 auid=0 ses=1 msg='op=x res=success'\n`;
const SMALL = [
  user("1700000010.000", 1),
  user("1700000010.100", 2),
  user("1700000011.1", 3, "LOGIN"),
  user("1700000012.1", 4),
  user("1700000020.0", 5, "LOGIN"),
  user("1700000021.5", 6),
].join("");

/** What a checkpoint's file may say of the event, with what is asked then. */
const EVENTS = `
- 1700000010.100:2 0x3ED | -m LOGIN
- 1700000010.100:2 0x3ED |
- 1700000010.100:2 0x3EE |
x 1700000010.100:2 0x3ED | -sv no
- 1700000010.100:2 0x3ED | --just-one
- 1700000010.100:2 0x3ED | --just-one -m LOGIN
- 1700000011.100:9 0x3EE | -ts checkpoint
- 1700000011.100:9 0x3EE | -ts checkpoint -m LOGIN
- 1700000030.100:9 0x3EE |
- 1700000030.100:9 0x3EE | -ts checkpoint --format csv
- 1700000012.001:4 0x3ED | -ts 11/14/23 22:13:32
- 0.000:0 0x0 | --format text
- 1700000010.100:2 1005 |
-1700000010.100:2 0x3ED |
-  1700000010.100:2   0x3ed trailing |
- 17000 00010.100:2 0x3ED |
- -5.100:2 0x3ED |
- 1700000010.1000:2 0x3ED |
- 1700000010.100:-2 0x3ED |
- 1700000010.+10:2 0x3ED |
- 1700000010.100:2 0X3ED |
`
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => line.split("|").map((part) => part.trim()));
/** Whole files that are no checkpoints, or odd ones. */
const FILES = [
  "",
  "garbage\n",
  "dev=0x1\n",
  "inode=5\n",
  "dev=1\ninode=0x5\n",
  "dev=g\ninode=5\n",
  "dev= 0x1zz\ninode= 010\n",
  "dev=0x1\ninode=99999999999999999999\n",
  "dev=0xFFFFFFFFFFFFFFFFFF\ninode=1\n",
  "dev=-1\ninode=-1\n",
  "dev=0x1\ninode=5\n\n",
  "dev=0x1\ninode=5\noutput=-\n",
  "dev=0x1\ninode=5",
];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "checkpoint-"));
  vi.stubEnv("TZ", "UTC");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Asks both tools, each from the same checkpoint; expects the same of both, the new checkpoints as well. */
async function bothSay(input: string, question: string, checkpoint = join(folder, "checkpoint")) {
  const isThere = existsSync(checkpoint) && statSync(checkpoint).isFile();
  const before = isThere ? readFileSync(checkpoint) : null;
  const argv = [
    "-if",
    input,
    "--checkpoint",
    checkpoint,
    ...question.split(" ").filter((word) => word !== ""),
  ];
  const kept = () =>
    existsSync(checkpoint) && statSync(checkpoint).isFile()
      ? { text: readFileSync(checkpoint, "latin1"), mode: statSync(checkpoint).mode & 0o777 }
      : null;
  const expected = { ...realTool("ausearch", argv), kept: kept() };
  if (before !== null) writeFileSync(checkpoint, before);
  else if (checkpoint !== folder) rmSync(checkpoint, { force: true });

  const got = { ...(await ran(command, argv)), kept: kept() };

  expect(got, question).toEqual(expected);
  return got;
}

requireLab("ausearch")("ausearch --checkpoint", () => {
  it("goes on behind the last event, in a log that grows", async () => {
    const log = join(folder, "audit.log");
    let printed = "";
    for (const until of [100, 100, 200, CAPTURED.length]) {
      writeFileSync(log, CAPTURED.slice(0, until).join(""), "latin1");
      printed += (await bothSay(log, "-r")).out;
    }

    const records = printed.split("\n");
    expect(records.length).toBeGreaterThan(150);
    expect(new Set(records).size).toBe(records.length);
  });

  it("finds its log again when that was rotated", async () => {
    const logs = join(folder, "logs");
    mkdirSync(logs);
    const log = join(logs, "audit.log");
    writeFileSync(`${log}.1`, CAPTURED.join(""), "latin1");
    writeFileSync(log, DEMO.slice(0, 300).join(""), "latin1");
    await bothSay(logs, "-r");
    renameSync(`${log}.1`, `${log}.2`);
    renameSync(log, `${log}.1`);
    writeFileSync(log, DEMO.slice(300, 600).join(""), "latin1");

    await bothSay(logs, "-r");

    for (const question of ["--just-one", "-r --just-one", "-ts checkpoint -i", "-k docker"])
      await bothSay(logs, question);
    const checkpoint = join(folder, "checkpoint");
    writeFileSync(checkpoint, readFileSync(checkpoint, "latin1").replace(/inode=.*/, "inode=3"));
    expect((await bothSay(logs, "-r")).code).toBe(10);
    expect((await bothSay(logs, "-r -ts checkpoint")).code).toBe(0);
  });

  it("reads what a checkpoint says, and begins where the real one begins", async () => {
    const log = join(folder, "audit.log");
    writeFileSync(log, SMALL);
    const codes = new Set<number>();
    for (const [event = "", question = ""] of EVENTS) {
      writeFileSync(join(folder, "checkpoint"), `dev=0x1\ninode=5\noutput=${event}\n`);
      codes.add((await bothSay(log, question)).code);
    }

    expect(codes).toEqual(new Set([0, 1, 10, 12]));
  });

  it("refuses what is no checkpoint with the same words", async () => {
    const log = join(folder, "audit.log");
    writeFileSync(log, SMALL);
    for (const text of FILES) {
      writeFileSync(join(folder, "checkpoint"), text);
      await bothSay(log, "-r");
    }
    await bothSay(log, "-r", folder);
    await bothSay(join(folder, "none"), "-r");
    expect((await bothSay(log, "-r", join(folder, "none/checkpoint"))).code).toBe(11);
  });

  it("says the same with any end-of-event timeout, also of records that come late", async () => {
    const log = join(folder, "audit.log");
    const call = (sec: number, serial: number) =>
      `type=CWD msg=audit(17000000${sec}.000:${serial}): cwd="/"\ntype=SYSCALL msg=audit(17000000${sec}.000:${serial}): arch=c000003e syscall=2 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 ppid=1 pid=2 auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm="x" exe="/x" key="k"\n`;
    const late = (sec: number, serial: number) =>
      `type=PROCTITLE msg=audit(17000000${sec}.000:${serial}): proctitle=6C73\n`;
    writeFileSync(
      log,
      call(10, 1) +
        call(12, 2) +
        late(10, 1) +
        call(15, 3) +
        late(12, 2) +
        call(14, 4) +
        late(15, 3) +
        call(30, 5),
    );

    for (const timeout of [1, 2, 3, 4, 5, 100])
      await bothSay(log, `--eoe-timeout ${timeout} -i -ts checkpoint`);
    for (const timeout of [1, 2, 3, 4, 5, 100]) {
      const argv = ["-if", log, "--eoe-timeout", String(timeout), "-r"];
      expect(await ran(command, argv), String(timeout)).toEqual(realTool("ausearch", argv));
      expect(await ran(command, [...argv, "--just-one"])).toEqual(
        realTool("ausearch", [...argv, "--just-one"]),
      );
    }
  });
});
