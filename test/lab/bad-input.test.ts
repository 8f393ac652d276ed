import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { openStore } from "../../src/store/sqlite/store.ts";
import { Random } from "../bench/random.ts";
import {
  DOCKWARDEN,
  eventually,
  type Program,
  REPOSITORY,
  runProgram,
  startProgram,
} from "./harness/index.ts";

const LINES = 10_000;
const SEED = Number(process.env["DOCKWARDEN_SEED"] ?? Date.now() % 1_000_000);

/** What may befall a line. None adds or takes a newline. */
const MUTATIONS: readonly ((line: Buffer, random: Random) => Buffer)[] = [
  function flipBits(line, random) {
    const copy = Buffer.from(line);
    for (let flips = 1 + random.below(8); flips > 0; flips -= 1) {
      const at = random.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    }
    return copy;
  },
  function truncate(line, random) {
    return line.subarray(0, random.below(line.length));
  },
  function cutFront(line, random) {
    return line.subarray(random.below(line.length));
  },
  function lengthen(line, random) {
    const at = random.below(line.length);
    return Buffer.concat([line.subarray(0, at), Buffer.alloc(random.below(4000), "A"), line.subarray(at)]);
  },
  function beBinary(_line, random) {
    return Buffer.from(Array.from({ length: random.below(400) }, () => random.below(256)));
  },
  function insertBytes(line, random) {
    const at = random.below(line.length);
    const evil = random.pick([
      "\0",
      "\x1d",
      "\x1b[2J",
      '"',
      "'",
      "__proto__=1 ",
      "=",
      "\r",
      "\xff\xfe",
      "msg=audit(",
    ]);
    return Buffer.concat([line.subarray(0, at), Buffer.from(evil, "latin1"), line.subarray(at)]);
  },
  function spoilNumbers(line, random) {
    const numbers = ["-1", "4294967296", "99999999999999999999", "NaN", "0x10", "1e309", ""];
    return Buffer.from(
      line
        .toString("latin1")
        .replaceAll(/\d+/g, (digits) => (random.chance(0.2) ? random.pick(numbers) : digits)),
      "latin1",
    );
  },
  function keep(line) {
    return line;
  },
];

/** Mutated copies of a log's lines, each with its newline; three of them far too long. */
function mutated(file: string, random: Random): Buffer {
  const lines = readFileSync(join(REPOSITORY, file))
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Buffer.from(line, "latin1"));
  const parts: Buffer[] = [];
  for (let count = 0; count < LINES; count += 1) {
    // Serials of their own, four lines each: else all copies of a line would join one event.
    const line = Buffer.from(
      random
        .pick(lines)
        .toString("latin1")
        .replace(/:\d+\):/, `:${100_000 + Math.floor(count / 4)}):`),
      "latin1",
    );
    const isHuge = count % 3500 === 1000;
    const changed = isHuge
      ? Buffer.concat([line, Buffer.alloc(3 << 20, "x")])
      : random.pick(MUTATIONS)(line, random);
    // A mutation may have made a newline of another byte: one line must stay one line.
    parts.push(Buffer.from(changed.map((byte) => (byte === 10 ? 11 : byte))), Buffer.from("\n"));
  }
  return Buffer.concat(parts);
}

describe(`${LINES} mutated lines of each log (seed ${SEED})`, () => {
  let directory = "";
  const random = new Random(SEED);
  const audit = mutated("demo/incident/audit.log", random);
  const auth = mutated("demo/incident/auth.log", random);
  const file = (name: string) => join(directory, name);
  /** Lines of each log that `parse` did not understand. */
  const refusals = new Map<string, number>();

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "dockwarden-"));
    writeFileSync(file("audit.log"), audit);
    writeFileSync(file("auth.log"), auth);
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it.each(["audit.log", "auth.log"])(
    "go through parse: each of %s comes out or is counted as not understood",
    async (name) => {
      const format = name === "auth.log" ? ["--format", "sshd"] : [];

      const { code, stdout, stderr } = await runProgram([DOCKWARDEN, "parse", ...format, file(name)], {
        check: false,
      });

      expect([0, 1]).toContain(code);
      const rows = stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { records?: unknown[] });
      const understood = rows.reduce((sum, row) => sum + (row.records?.length ?? 1), 0);
      const refused = Number(/(\d+) lines? (?:was|were) not understood/.exec(stderr)?.[1] ?? 0);
      expect(understood).toBeGreaterThan(LINES / 20);
      refusals.set(name, refused);
      if (name === "audit.log") expect(understood + refused).toBe(LINES);
      // oxlint-disable-next-line no-control-regex
      expect(stderr).not.toMatch(/[\0-\x08\x0e-\x1f\x7f-\x9f]/);
    },
  );

  it("go through the daemon: it lives, counts each, and gives each back", async () => {
    writeFileSync(
      file("dockwarden.yml"),
      stringify({
        database: file("dockwarden.db"),
        sources: {
          audit: { path: file("audit.log") },
          sshd: { path: file("auth.log") },
          docker: { socket: file("docker.sock") },
        },
        http: { listen: "127.0.0.1:0" },
      }),
    );
    const counts = () => {
      using store = openStore(file("dockwarden.db"), { readonly: true });
      return store.counts();
    };
    const program: Program = startProgram([DOCKWARDEN, "run", "--config", file("dockwarden.yml")]);
    {
      await using daemon = program;

      await eventually(
        "all lines to be stored",
        () => {
          if (daemon.exit() !== null) throw new Error(daemon.output());
          const { lines } = counts();
          return lines.audit === LINES && lines.sshd === LINES;
        },
        400_000,
      );
    }

    expect(program.exit()).toEqual({ code: 0, signal: null });
    expect(counts().faults).toBe([...refusals.values()].reduce((sum, count) => sum + count, 0));
    await runProgram([
      "sh",
      "-c",
      `${DOCKWARDEN} export --db ${file("dockwarden.db")} >${file("export.log")}`,
    ]);
    expect(readFileSync(file("export.log")).equals(audit)).toBe(true);
  });
});
