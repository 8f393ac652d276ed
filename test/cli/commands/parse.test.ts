import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../../../src/cli/commands/parse.ts";
import { corpus, Mutator } from "../../fuzz/mutator.ts";
import { checkParse } from "../../fuzz/parse-laws.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parse-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function sink() {
  const chunks: Buffer[] = [];
  // A small buffer, so that the command must wait for its reader.
  const stream = new Writable({
    highWaterMark: 1024,
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      setImmediate(done);
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

async function parse(...argv: string[]) {
  const out = sink();
  const err = sink();
  let code: number | null = null;
  let thrown = "";
  try {
    code = await command.run(argv, { out: out.stream, err: err.stream, isTerminal: false, columns: 80 });
  } catch (error) {
    thrown = (error as Error).message;
  }
  const lines = out
    .text()
    .split("\n")
    .filter((line) => line !== "");
  return { code, thrown, out: out.text(), err: err.text(), lines };
}
function file(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const LOG =
  'type=ADD_GROUP msg=audit(1481077412.414:385): pid=1235 uid=0 auid=1000 ses=2 msg=\'op=add-group acct="nobody" exe="/usr/sbin/groupadd" hostname=? addr=? terminal=pts/0 res=success\'\x1dUID="root" AUID="joe"\n' +
  "node=web type=CWD msg=audit(1481077412.415:386): cwd=2F6A6F73C3A9\n";

describe("dockwarden parse", () => {
  it("writes one event a line, with msg='…' flattened and values decoded", async () => {
    const { code, lines, err } = await parse(file("a.log", LOG));

    expect(code).toBe(0);
    expect(err).toBe("");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        time: "2016-12-07T02:23:32.414Z",
        serial: 385,
        node: null,
        records: [
          {
            type: "ADD_GROUP",
            fields: {
              pid: "1235",
              uid: "0",
              auid: "1000",
              ses: "2",
              op: "add-group",
              acct: "nobody",
              exe: "/usr/sbin/groupadd",
              hostname: "?",
              addr: "?",
              terminal: "pts/0",
              res: "success",
            },
            enriched: { UID: "root", AUID: "joe" },
          },
        ],
      },
      {
        time: "2016-12-07T02:23:32.415Z",
        serial: 386,
        node: "web",
        records: [{ type: "CWD", fields: { cwd: "/josé" }, enriched: {} }],
      },
    ]);
  });

  it("reads what gzip and zstd compressed, by its first bytes", async () => {
    const plain = await parse(file("b.log", LOG));

    expect((await parse(file("b.gz", gzipSync(LOG)))).out).toBe(plain.out);
    expect((await parse(file("b.zst", zstdCompressSync(LOG)))).out).toBe(plain.out);
  });

  it("reads several compressed members, as logrotate's append makes them", async () => {
    const { lines } = await parse(
      file("c.gz", Buffer.concat([gzipSync(LOG), gzipSync(LOG.replaceAll(":38", ":48"))])),
    );

    expect(lines).toHaveLength(4);
  });

  it("reads standard input and writes to a pipe", () => {
    const bin = join(import.meta.dirname, "../../../bin/dockwarden");

    const out = execFileSync(bin, ["parse", "-"], { input: gzipSync(LOG), encoding: "utf8" });

    expect(out.split("\n")).toHaveLength(3);
  });

  it("gives events in the order of their first lines, whole, however they are interleaved", async () => {
    const line = (type: string, serial: number) => `type=${type} msg=audit(1.000:${serial}): a=1\n`;
    const log = [
      line("SYSCALL", 1),
      line("USER_LOGIN", 2),
      line("SYSCALL", 3),
      line("CWD", 1),
      line("CWD", 3),
      line("USER_END", 4),
      line("PATH", 1),
    ];

    const { lines } = await parse(file("d.log", log.join("")));

    const events = lines.map((text) => JSON.parse(text) as { serial: number; records: { type: string }[] });
    expect(events.map(({ serial, records }) => [serial, ...records.map(({ type }) => type)])).toEqual([
      [1, "SYSCALL", "CWD", "PATH"],
      [2, "USER_LOGIN"],
      [3, "SYSCALL", "CWD"],
      [4, "USER_END"],
    ]);
  });

  it("tells what it does not understand with its byte offset, counts it, and goes on", async () => {
    const { code, err, lines } = await parse(
      file("e.log", `garbage\x1b[31m\n${LOG}type=SYSCALL msg=audit(1:2): a\n`),
    );

    expect(code).toBe(0);
    expect(lines).toHaveLength(2);
    expect(err).toContain(
      `e.log: byte 0: expected 'type=' and a record type of at most 64 characters, got 'garbage\\x1b[31m' (DW_AUDIT_TYPE)`,
    );
    expect(err).toContain(`e.log: byte ${13 + Buffer.byteLength(LOG, "latin1") + 23}: `);
    expect(err).toContain("2 lines were not understood");
  });

  it("skips a line beyond 16 MiB, and tells", async () => {
    const { err, lines } = await parse(
      file("f.log", `type=CWD msg=audit(1.000:1): cwd="${"x".repeat(17 << 20)}"\n${LOG}`),
    );

    expect(lines).toHaveLength(2);
    expect(err).toContain("(DW_LINE_LONG)");
  });

  it("is exit code 1 where nothing was understood", async () => {
    expect((await parse(file("g.log", ""))).code).toBe(1);
    expect((await parse(file("h.log", "nothing\n"))).code).toBe(1);
  });

  it("says what is wrong with an input, after what could be read", async () => {
    mkdirSync(join(folder, "dir"));
    const cut = gzipSync(LOG.repeat(5000), { level: 0 });

    expect((await parse(join(folder, "missing"))).thrown).toContain(
      "missing: no such file (DW_INPUT_MISSING)",
    );
    expect((await parse(join(folder, "dir"))).thrown).toContain("(DW_INPUT_DIRECTORY)");
    const truncated = await parse(file("i.gz", cut.subarray(0, cut.length - 2000)));
    expect(truncated.thrown).toContain("(DW_INPUT_TRUNCATED)");
    expect(truncated.lines.length).toBeGreaterThan(100);
    expect(
      (await parse(file("j.gz", Buffer.concat([gzipSync(LOG).subarray(0, 30), Buffer.alloc(99, 7)])))).thrown,
    ).toContain("(DW_INPUT_CORRUPT)");
    const zst = zstdCompressSync(LOG.repeat(100));
    expect((await parse(file("k.zst", zst.subarray(0, zst.length - 9)))).thrown).toContain("DW_INPUT_");
  });

  it("is exit code 2 for wrong use, and 0 for --help", async () => {
    expect((await parse("--format", "xml", file("l.log", LOG))).code).toBe(2);
    expect((await parse()).code).toBe(2);
    const help = await parse("--help");
    expect(help.code).toBe(0);
    expect(help.out).toContain("Usage: dockwarden parse");
  });

  it("writes sshd's lines that say something, with --format sshd", async () => {
    const log = [
      "Nov 24 09:08:45 vm sshd[6735]: Accepted publickey for alice from 127.0.0.7 port 37613 ssh2: ED25519 SHA256:abc",
      "Nov 24 09:08:46 vm sshd[6736]: Failed password for invalid user jos\xc3\xa9 from 127.0.0.8 port 1 ssh2",
      "Nov 24 09:08:46 vm CRON[9]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
      "Nov 24 09:08:47 vm sshd[6737]: something that nobody knows",
      "no syslog line",
      "",
    ].join("\n");

    const { code, lines, err } = await parse(
      "--format",
      "sshd",
      file("auth.log", Buffer.from(log, "latin1")),
    );

    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).toEqual([
      expect.objectContaining({
        host: "vm",
        pid: 6735,
        outcome: "accepted",
        user: "alice",
        address: "127.0.0.7",
        port: 37613,
        method: "publickey",
        key: "SHA256:abc",
      }),
      expect.objectContaining({
        pid: 6736,
        outcome: "failed",
        user: "josé",
        address: "127.0.0.8",
        method: "password",
        key: null,
      }),
    ]);
    expect(Object.keys(JSON.parse(lines[0] ?? "") as object)).toEqual([
      "time",
      "host",
      "pid",
      "outcome",
      "user",
      "address",
      "port",
      "method",
      "key",
      "raw",
    ]);
    expect(err).toContain("1 line was not understood");
  });
});

it("survives 10,000 harmed lines: each in an event or counted, none lost, both readers agree", async () => {
  const log = new Mutator(1, corpus()).log(10_000);

  const { events, faults } = checkParse(log);
  const { code, lines, err } = await parse(file("harmed.log", log));

  expect(events).toBeGreaterThan(1000);
  expect(faults).toBeGreaterThan(1000);
  expect(code).toBe(0);
  const records = lines.reduce(
    (sum, line) => sum + (JSON.parse(line) as { records: unknown[] }).records.length,
    0,
  );
  expect(records + faults).toBe(10_000);
  expect(err).toContain(`${faults} lines were not understood`);
});
