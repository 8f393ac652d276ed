import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LogWriter } from "../bench/log-writer.ts";
import type { Ran } from "../reports/ran.ts";
import { DOCKWARDEN, REPOSITORY, requireLab } from "./harness/index.ts";

const LOGS = [
  ...globSync("test/fixtures/audit/*/input.log", { cwd: REPOSITORY }).sort(),
  "demo/incident/audit.log",
].map((log) => join(REPOSITORY, log));
const INCIDENT = join(REPOSITORY, "demo/incident/audit.log");
const GIB = 2 ** 30;
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/** Of each tool: the words that make it read a log, which stands at `LOG`. */
const READS = [
  "ausearch -if LOG",
  "ausearch --raw -if LOG",
  "ausearch -i -if LOG",
  "ausearch --format csv -if LOG",
  "ausearch --format text -sv no -if LOG",
  "aureport -if LOG",
  "aureport -e -i -if LOG",
  "aureport -x --summary -if LOG",
  "aulast -f LOG",
  "aulast --bad -f LOG",
];
const PIPED = [
  "ausearch",
  "ausearch -i",
  "ausearch --format csv",
  "ausearch --raw --just-one",
  "aureport",
  "aureport -e",
  "aulast --stdin",
  "aulastlog --stdin",
];

function run(command: string, zone = "UTC", prefix: readonly string[] = []): Ran {
  const [program, ...argv] = [...prefix, "sh", "-c", command];
  const { status, stdout, stderr } = spawnSync(program, argv, {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: zone },
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 28,
  });
  return { code: status ?? -1, out: stdout.toString("latin1"), err: stderr.toString("latin1") };
}
const ours = (command: string): string => `${DOCKWARDEN} ${command}`;

const folder = mkdtempSync(join(tmpdir(), "odd-input-"));
const file = (name: string): string => join(folder, name);
beforeAll(() => {
  chmodSync(folder, 0o755);
  execFileSync("mkfifo", [file("fifo")]);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

requireLab("aureport")("the real tools and ours, of a log that is no file", () => {
  it.each(READS)("a FIFO: %s", (read) => {
    const command = read.replace("LOG", file("fifo"));
    const through = (tool: string): Ran => run(`cat ${INCIDENT} >${file("fifo")} & ${tool}`);

    expect(through(ours(command))).toEqual(through(command));
  });

  it.each(PIPED)("a pipe: %s", (command) => {
    const through = (tool: string): Ran => run(`cat ${INCIDENT} | ${tool}`);

    expect(through(ours(command))).toEqual(through(command));
  });

  it.each(PIPED)("a pipe without a byte: %s", (command) => {
    const through = (tool: string): Ran => run(`printf '' | ${tool}`);

    expect(through(ours(command))).toEqual(through(command));
  });
});

requireLab("aureport")("the real tools and ours, of a log that may not be read", () => {
  beforeAll(() => {
    copyFileSync(INCIDENT, file("secret.log"));
    chmodSync(file("secret.log"), 0o600);
    for (const [name, mode] of [
      ["open", 0o755],
      ["closed", 0o700],
    ] as const) {
      mkdirSync(file(name));
      copyFileSync(INCIDENT, join(file(name), "audit.log"));
      chmodSync(join(file(name), "audit.log"), 0o600);
      chmodSync(file(name), mode);
    }
  });

  // The real ausearch and aureport also tell that they may not read auditd's own configuration, which nobody asked for.
  const own = ({ code, out, err }: Ran): Ran => ({
    code,
    out,
    err: err.replaceAll(
      /^(?:Could not open dir \/var\/log\/audit|NOTE - using built-in logs|Error opening config file).*\n/gm,
      "",
    ),
  });

  it.each(READS)("%s", (read) => {
    // The real aulast takes a folder for a log without a line.
    const folders = read.startsWith("aulast") ? [] : ["open", "closed"];
    for (const name of ["secret.log", "closed/audit.log", ...folders]) {
      const command = read.replace("LOG", file(name));

      expect(run(ours(command), "UTC", NOBODY), command).toEqual(own(run(command, "UTC", NOBODY)));
    }
  });

  it("parse names it", () => {
    const { code, out, err } = run(ours(`parse ${file("secret.log")}`), "UTC", NOBODY);

    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe(
      `dockwarden: ${file("secret.log")}: permission denied; run as a user who may read it (DW_INPUT_DENIED)\n`,
    );
  });
});

requireLab("aureport")("aureport in other zones", () => {
  it.each([
    "Asia/Kathmandu",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Europe/Berlin",
    "Australia/Lord_Howe",
  ])("%s", (zone) => {
    for (const log of LOGS)
      for (const options of ["", "-t", "-e", "-x -i", "-f -ts 11/10/2026 08:00:00 -te 11/20/2026 20:00"]) {
        const command = `aureport ${options} -if ${log}`;

        expect(run(ours(command), zone), relative(REPOSITORY, command)).toEqual(run(command, zone));
      }
  });
});

describe("compressed logs that are damaged", () => {
  const text = readFileSync(INCIDENT);
  const gzip = gzipSync(text);
  const zstd = zstdCompressSync(text);
  const spoilt = Buffer.from(gzip);
  spoilt.fill(0xff, gzip.length >> 1, (gzip.length >> 1) + 64);
  const commands = [...READS, "ausearch --json -if LOG", "aulastlog -f LOG"];

  it.each(commands)("what comes before the cut is read, then the cut is told: %s", (read) => {
    const { length } = gzip;
    for (const cut of [length >> 1, length - 1, 20]) {
      writeFileSync(file("cut.gz"), gzip.subarray(0, cut));
      run(`zcat ${file("cut.gz")} >${file("before.log")}`);

      const { code, out, err } = run(ours(read.replace("LOG", file("cut.gz"))));

      const before = run(ours(read.replace("LOG", file("before.log"))));
      expect(code).toBe(2);
      expect(out.replaceAll("cut.gz", "before.log")).toBe(before.out);
      expect(err.trimEnd().split("\n").at(-1)).toBe(
        `dockwarden: ${file("cut.gz")}: the compressed data end too early; what came before was read (DW_INPUT_TRUNCATED)`,
      );
    }
  });

  it.each([
    ["gzip with other bytes in it", spoilt, "DW_INPUT_CORRUPT"],
    ["zstd that is cut", zstd.subarray(0, zstd.length >> 1), "DW_INPUT_TRUNCATED"],
    ["zstd with other bytes in it", Buffer.concat([zstd.subarray(0, 40), spoilt]), "DW_INPUT_CORRUPT"],
  ])("%s", (_name, bytes, code) => {
    writeFileSync(file("damaged"), bytes);
    for (const read of [...commands, "parse LOG"]) {
      const ran = run(ours(read.replace("LOG", file("damaged"))));

      expect(ran.code, read).toBe(2);
      expect(ran.err, read).toContain(`dockwarden: ${file("damaged")}: `);
      expect(ran.err, read).toContain(`(${code})\n`);
    }
  });

  it("the logs behind it are read all the same", () => {
    const rotated = file("rotated");
    mkdirSync(rotated);
    writeFileSync(join(rotated, "audit.log.1"), gzip.subarray(0, 20));
    writeFileSync(join(rotated, "audit.log"), text);

    const { code, out, err } = run(ours(`ausearch --raw -if ${rotated}`));

    expect(code).toBe(2);
    expect(out).toBe(run(ours(`ausearch --raw -if ${INCIDENT}`)).out);
    expect(err).toContain("audit.log.1: the compressed data end too early");
  });
});

describe("a log of more than 4 GiB", () => {
  const writer = new LogWriter({ seed: 11, paths: 40, interleave: 0.02, isEnriched: true });
  const next = (count: number): string => {
    let text = "";
    for (const until = writer.records + count; writer.records < until; ) text += writer.next();
    return text;
  };
  let before = "";
  let behind = "";
  beforeAll(() => {
    before = next(1000) + writer.rest();
    behind = next(1000) + writer.rest();
    // A hole, which takes no room on the disk, as one line of zeros.
    writeFileSync(file("huge.log"), before, "latin1");
    truncateSync(file("huge.log"), before.length + 4 * GIB);
    writeFileSync(file("huge.log"), `\n${behind}`, { flag: "a", encoding: "latin1" });
    writeFileSync(file("small.log"), before + behind, "latin1");
  });
  afterAll(() => rmSync(file("huge.log")));

  it("parse reads both sides of the hole, and tells of the hole", { timeout: 120_000 }, () => {
    expect(statSync(file("huge.log")).size).toBeGreaterThan(4 * GIB);

    const { code, out, err } = run(ours(`parse ${file("huge.log")}`));

    expect(code).toBe(0);
    expect(out).toBe(run(ours(`parse ${file("small.log")}`)).out);
    expect(err).toBe(
      `dockwarden: ${file("huge.log")}: byte ${before.length}: a line of at most 16777216 bytes is read, got '${4 * GIB + 1} bytes' (DW_LINE_LONG)\ndockwarden: ${file("huge.log")}: 1 line was not understood\n`,
    );
  });

  it.each(["ausearch --format csv -if LOG", "aureport -e -if LOG"])(
    "%s reads both sides of the hole",
    { timeout: 120_000 },
    (read) => {
      const { code, out } = run(ours(read.replace("LOG", file("huge.log"))));

      expect(code).toBe(0);
      expect(out).toBe(run(ours(read.replace("LOG", file("small.log")))).out);
    },
  );
});
