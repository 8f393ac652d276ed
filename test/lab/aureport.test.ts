import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { command as aureport } from "../../src/cli/commands/aureport.ts";
import { command as importLogs } from "../../src/cli/commands/import.ts";
import { REPORTS } from "../../src/reports/index.ts";
import { LogWriter } from "../bench/log-writer.ts";
import { requireLab } from "./harness/require.ts";

const ROOT = join(import.meta.dirname, "../..");
const LOGS = [...globSync("test/fixtures/audit/*/input.log", { cwd: ROOT }), "demo/incident/audit.log"].map(
  (path) => join(ROOT, path),
);
const REPORT_OPTIONS = ["", "-t", ...REPORTS.map(({ options }) => options[0] ?? "")];
const MORE = ["", "-i", "--summary", "--summary -i", "--failed"];

interface Outcome {
  readonly code: number | null;
  readonly out: string;
}

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

function real(argv: readonly string[], input?: string): Outcome {
  const { status, signal, stdout } = spawnSync("aureport", argv, {
    env: { PATH: process.env["PATH"] ?? "", TZ: "UTC", LC_ALL: "C" },
    maxBuffer: 1 << 28,
    encoding: "latin1",
    ...(input === undefined ? {} : { input }),
  });
  return { code: signal === null ? status : null, out: stdout };
}

async function ours(command: typeof aureport, argv: readonly string[]): Promise<Outcome> {
  const chunks: Buffer[] = [];
  const keep = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const drop = new Writable({ write: (_chunk, _encoding, done) => done() });
  const code = await command.run(argv, { out: keep, err: drop, isTerminal: false, columns: 80 });
  return { code, out: Buffer.concat(chunks).toString("latin1") };
}

/** 20,000 records; `interleave` is the part of events whose records are among others'. */
function writeLog(path: string, interleave: number): void {
  const log = new LogWriter({ seed: 7, paths: 400, interleave, isEnriched: true });
  let text = "";
  while (log.records < 20_000) text += log.next();
  writeFileSync(path, text + log.rest(), "latin1");
}

requireLab("aureport")("aureport", () => {
  let dir = "";
  let large = "";
  let inOrder = "";
  let database = "";

  beforeAll(async () => {
    vi.stubEnv("TZ", "UTC");
    dir = mkdtempSync(join(tmpdir(), "aureport-"));
    large = join(dir, "large.log");
    inOrder = join(dir, "in-order.log");
    database = join(dir, "audit.db");
    writeLog(large, 0.02);
    writeLog(inOrder, 0);
    expect((await ours(importLogs, [inOrder, "--db", database])).code).toBe(0);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true });
  });

  for (const log of LOGS)
    it(`is the real one's, byte for byte: ${relative(ROOT, log)}`, async () => {
      for (const report of REPORT_OPTIONS)
        for (const more of MORE) {
          const argv = [...words(report), ...words(more), "-if", log];
          expect(await ours(aureport, argv), argv.join(" ")).toEqual(real(argv));
        }
    });

  it("is the real one's on 20,000 records, of which some are among others'", async () => {
    for (const report of REPORT_OPTIONS)
      for (const more of ["", "--summary -i"]) {
        const argv = [...words(report), ...words(more), "-if", large];

        expect(await ours(aureport, argv), argv.join(" ")).toEqual(real(argv));
      }
  });

  // Not `-t`: the name of the log stands in it.
  it("is of the database what the real one's is of the log", async () => {
    for (const report of REPORT_OPTIONS.filter((option) => option !== "-t"))
      for (const more of ["", "--summary -i", "--failed"]) {
        const argv = [...words(report), ...words(more)];

        expect(await ours(aureport, [...argv, "--db", database]), argv.join(" ")).toEqual(
          real([...argv, "-if", inOrder]),
        );
      }
  });

  it.each([
    "-x -ts 11/01/26 00:30:00 -te 11/01/26 01:00:00",
    "-x -ts 11/01/26",
    "-te 11/02/26 00:00 -e",
    "-ts 11/01/26 0:45 --success -f",
    "-k --summary -ts 1/1/20",
    "-f --escape shell",
    "-f --escape shell_quote --summary",
    "-x --escape raw",
    "-e --node web1",
    "-c -nc",
    "-m --add",
    "-m --delete",
    "-e --eoe-timeout 5",
    "--bogus",
    "-f -x",
    "-f foo",
    "-i foo -x",
    "--escape",
    "--escape bad",
    "--eoe-timeout 0",
    "-ts foo",
    "-ts this-hour",
    "-ts 13/45/2020",
    "-ts 11/11/20 25:00",
    "-te",
    "-ts 1/2/03",
    "--node",
    "--help",
    "--version",
    "-t --summary",
    "--tty --summary --failed",
  ])("takes the real one's options: %s", async (options) => {
    const argv = [...words(options), "-if", large];

    expect(await ours(aureport, argv)).toEqual(real(argv));
  });

  it("reads a directory's rotated logs, the oldest first", async () => {
    const rotated = mkdtempSync(join(dir, "rotated-"));
    symlinkSync(large, join(rotated, "audit.log"));
    symlinkSync(join(ROOT, "demo/incident/audit.log"), join(rotated, "audit.log.1"));

    for (const report of ["-t", "", "-e"]) {
      const argv = [...words(report), "-if", rotated];
      expect(await ours(aureport, argv), report).toEqual(real(argv));
    }
  });

  // The differences of docs/reference/compatibility.md that the real one shows on any machine.
  const call = (arch: string, key: string) =>
    `type=SYSCALL msg=audit(1700000001.001:1): arch=${arch} syscall=2 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=0 ppid=1 pid=2 auid=5 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm="x" exe="/x" key=${key}\n`;
  it.each([
    ["-k", call("c000003e", "01"), "<no events of interest were found>"],
    ["-s --summary -i", call("c00000f3", "(null)"), "1  ?"],
    [
      "-h",
      "type=SOCKADDR msg=audit(1700000019.001:7): saddr=0A00001600000000FE80000000000000000000000000000102000000\n",
      "1. 11/14/23 22:13:39 fe80::1%2 0 -2 7",
    ],
  ])("differs on purpose: %s", async (options, text, line) => {
    const log = join(dir, "odd.log");
    writeFileSync(log, text);
    const argv = [...words(options), "-if", log];

    const { out } = await ours(aureport, argv);

    expect(out.trimEnd().split("\n").at(-1)).toBe(line);
    expect(real(argv).out).not.toBe(out);
  });

  it("ends as the real one where there is no log", async () => {
    const argv = ["-x", "-if", join(dir, "none")];

    expect(await ours(aureport, argv)).toEqual(real(argv));
  });
});
