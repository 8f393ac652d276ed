import { Buffer } from "node:buffer";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { LogReader } from "../../src/query/log-reader.ts";
import { Aureport } from "../../src/reports/aureport.ts";
import { parseOptions } from "../../src/reports/options.ts";
import { WORD_TABLES } from "../../src/reports/word-tables.ts";
import { Words } from "../../src/reports/words.ts";

beforeAll(() => void vi.stubEnv("TZ", "UTC"));
afterAll(() => void vi.unstubAllEnvs());

const call = (serial: number, exe: string, key: string): string =>
  `type=SYSCALL msg=audit(1700000001.00${serial}:${serial}): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=1 ppid=1 pid=2 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm="x" exe=${exe} key=${key}\n` +
  `type=CWD msg=audit(1700000001.00${serial}:${serial}): cwd="/home/joe"\n` +
  `type=PATH msg=audit(1700000001.00${serial}:${serial}): item=0 name="/home/joe" inode=1 nametype=PARENT\n` +
  `type=PATH msg=audit(1700000001.00${serial}:${serial}): item=1 name="./a b" inode=1 nametype=CREATE\n`;
const LOG =
  call(1, '"/bin/a"', '"k"') + call(2, "2F62696E2F0A62", "6B01646F636B6572") + call(3, '"/bin/a"', "(null)");

/** The report of {@link LOG}. Outputs are those of aureport 3.0.9 on it. */
function report(...argv: string[]): { text: string; code: number } {
  const parsed = parseOptions(argv, { nowMs: 0, bootSec: 0 });
  if (parsed.kind !== "run") throw new Error("wrong options");
  const aureport = new Aureport({
    options: parsed.options,
    words: new Words({ ...parsed.options, users: new Map([[1000, "joe"]]), tables: WORD_TABLES }),
    note: () => undefined,
  });
  const reader = new LogReader({
    range: { start: 0, end: 0 },
    timeoutSec: 2,
    onEvent: (event) => aureport.add(event),
    onBadTime: () => undefined,
  });
  reader.push(Buffer.from(LOG, "latin1"));
  reader.endFile(true);
  aureport.endLog("log");
  const { text, code } = aureport.end(reader.first);
  return { text: aureport.take() + text, code };
}

it("lists an event by the file that is no parent, under its working directory", () => {
  expect(report("-f").text.split("\n")[0]).toBe("1. 11/14/23 22:13:21 /home/joe/./a b 59 yes /bin/a 1000 1");
});

it("says numbers in words with -i", () => {
  expect(report("-s", "-i").text.split("\n")[0]).toBe("1. 11/14/23 22:13:21 execve 2 x joe 1");
});

it("escapes what would reach the terminal", () => {
  expect(report("-x").text).toContain("2. 11/14/23 22:13:21 /bin/\\012b pts0 ? 1000 2\n");
});

it("escapes for the shell where it is asked", () => {
  expect(report("-f", "--escape", "shell").text).toContain("/home/joe/./a\\ b");
});

it("counts the most frequent first, and equal ones in the order of the log", () => {
  expect(report("-k", "--summary").text).toBe("2  k\n1  docker\n");
  expect(report("-x", "--summary").text).toBe("2  /bin/a\n1  /bin/\\012b\n");
});

it("ends with 1 where a list is empty, and with 0 where totals are", () => {
  expect(report("-l")).toEqual({ text: "<no events of interest were found>\n\n", code: 1 });
  expect(report("-l", "--summary")).toEqual({ text: "<no events of interest were found>\n\n", code: 0 });
});

it("tells the span of a log", () => {
  expect(report("-t").text).toBe("log: 11/14/23 22:13:21.001 - 11/14/23 22:13:21.003\n");
});
