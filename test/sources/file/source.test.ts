import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fileSource, openFolder, openRun } from "../follow.ts";

const line = (n: number, pad = 40): string => `line ${n} ${"x".repeat(pad)}\n`;
const linesOf = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => line(from + i)).join("");

describe("a first start", () => {
  it("gives the whole file as backfill, then what is appended as news", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, linesOf(0, 3));
    await using run = openRun(fileSource(path), null);

    await run.until(linesOf(0, 3).length);
    appendFileSync(path, line(3));
    await run.until(linesOf(0, 4).length);

    expect(run.bytes.toString()).toBe(linesOf(0, 4));
    expect(run.batches.map((batch) => batch.backfill)).toEqual([true, false]);
  });

  it("gives a file that appears later as news, and says until then what mends it", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    const source = fileSource(path);
    await using run = openRun(source, null);

    const coming = run.until(line(0).length);
    while (source.health().state !== "down") await new Promise((resolve) => setTimeout(resolve, 5));
    expect(source.health()).toMatchObject({ detail: `${path} is missing`, mend: "mend ENOENT" });
    writeFileSync(path, line(0));
    await coming;

    expect(run.batches.some((batch) => batch.backfill)).toBe(false);
    expect(source.health()).toMatchObject({ state: "up", lines: 1 });
  });

  it("tells its position in an empty log, so that what comes while it is not followed is news", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, "");
    const before = openRun(fileSource(path), null);
    await before.pull();
    await before[Symbol.asyncDispose]();

    appendFileSync(path, line(0));
    await using after = openRun(fileSource(path), before.position);
    await after.until(line(0).length);

    expect(before.batches).toMatchObject([{ bytes: Buffer.alloc(0), position: { offset: 0 } }]);
    expect(after.batches.map((batch) => batch.backfill)).toEqual([false]);
  });

  it("keeps a line that is half backfill and half news whole", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, `${line(0)}half a`);
    await using run = openRun(fileSource(path), null);

    await run.until(line(0).length);
    appendFileSync(path, ` line\n${line(1)}`);
    await run.until(line(0).length + 12 + line(1).length);

    expect(run.batches.map((batch) => [batch.bytes.toString(), batch.backfill])).toEqual([
      [line(0), true],
      ["half a line\n", true],
      [line(1), false],
    ]);
  });
});

describe("rotation", () => {
  it("reads on through several rotations that happened between two looks", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, linesOf(0, 2));
    await using run = openRun(fileSource(path), null);
    await run.until(linesOf(0, 2).length);

    appendFileSync(path, line(2));
    for (let n = 3; n < 8; n += 1) {
      for (let i = n; i > 0; i -= 1)
        try {
          renameSync(`${path}.${i}`, `${path}.${i + 1}`);
        } catch {}
      renameSync(path, `${path}.1`);
      writeFileSync(path, line(n));
    }
    await run.until(linesOf(0, 8).length);

    expect(run.bytes.toString()).toBe(linesOf(0, 8));
    expect(run.notices.map((notice) => notice.kind)).toEqual(Array(5).fill("rotated"));
  });

  it("reads on in a file that has been renamed for as long as its successor is empty", async () => {
    using folder = openFolder();
    const path = join(folder.path, "auth.log");
    writeFileSync(path, line(0));
    await using run = openRun(fileSource(path), null);
    await run.until(line(0).length);

    renameSync(path, `${path}.1`);
    writeFileSync(path, "");
    appendFileSync(`${path}.1`, line(1));
    await run.until(linesOf(0, 2).length);
    appendFileSync(path, line(2));
    await run.until(linesOf(0, 3).length);

    expect(run.bytes.toString()).toBe(linesOf(0, 3));
  });

  it("holds a half line until its newline, and gives it as it is once its file is final", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, `${line(0)}half`);
    await using run = openRun(fileSource(path), null);
    await run.until(line(0).length);

    renameSync(path, `${path}.1`);
    writeFileSync(path, line(1));
    await run.until(line(0).length + 4 + line(1).length);

    expect(run.batches.map((batch) => batch.bytes.toString())).toEqual([line(0), "half", line(1)]);
  });

  it("reads the rest of a file that was copied and cut off from its copy", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, linesOf(0, 2));
    await using first = openRun(fileSource(path), null);
    await first.until(linesOf(0, 2).length);

    appendFileSync(path, `${line(2)}begun`);
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    appendFileSync(path, line(3));
    await first.until(linesOf(0, 4).length + 5);

    expect(first.bytes.toString()).toBe(`${linesOf(0, 3)}begun${line(3)}`);
    expect(first.notices).toMatchObject([{ kind: "truncated", count: 0 }, { kind: "rotated" }]);
  });

  it("tells a cut to nothing at once, even when nothing follows", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, linesOf(0, 2));
    await using run = openRun(fileSource(path), null);
    await run.until(linesOf(0, 2).length);

    truncateSync(path);
    await run.noticed("truncated");

    expect(run.notices).toMatchObject([{ kind: "truncated", count: 1 }]);
    expect(run.position).toMatchObject({ offset: 0 });
  });

  it("sees a file that was cut off and has grown beyond the old offset", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, linesOf(0, 2));
    await using run = openRun(fileSource(path), null);
    await run.until(linesOf(0, 2).length);

    truncateSync(path);
    appendFileSync(path, linesOf(10, 20));
    await run.until(linesOf(0, 2).length + linesOf(10, 20).length);

    expect(run.bytes.toString()).toBe(linesOf(0, 2) + linesOf(10, 20));
  });

  it("follows a symbolic link, and rotation where it leads to", async () => {
    using folder = openFolder();
    using other = openFolder();
    const real = join(other.path, "real.log");
    const path = join(folder.path, "audit.log");
    writeFileSync(real, line(0));
    symlinkSync(real, path);
    await using run = openRun(fileSource(path), null);
    await run.until(line(0).length);

    appendFileSync(real, line(1));
    renameSync(real, `${real}.1`);
    writeFileSync(real, line(2));
    await run.until(linesOf(0, 3).length);

    expect(run.bytes.toString()).toBe(linesOf(0, 3));
    expect(run.notices).toMatchObject([{ kind: "rotated" }]);
  });

  it("tells a replacement, and does not give again what the new file has from the old one", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, linesOf(0, 5));
    await using run = openRun(fileSource(path), null);
    await run.until(linesOf(0, 5).length);

    writeFileSync(`${path}~`, linesOf(0, 6));
    renameSync(`${path}~`, path);
    await run.until(linesOf(0, 6).length);

    expect(run.bytes.toString()).toBe(linesOf(0, 6));
    expect(run.notices).toMatchObject([{ kind: "replaced" }]);
  });
});

describe("a restart", () => {
  const restarts: readonly [string, (path: string) => void][] = [
    ["after a rotation", (path) => renameSync(path, `${path}.1`)],
    [
      "after a rotation that packed the file with gzip",
      (path) => {
        writeFileSync(`${path}.1.gz`, gzipSync(readFileSync(path)));
        rmSync(path);
      },
    ],
    [
      "after a rotation that packed the file with zstd",
      (path) => {
        writeFileSync(`${path}-20261124.zst`, zstdCompressSync(readFileSync(path)));
        rmSync(path);
      },
    ],
    ["after a dated rotation", (path) => renameSync(path, `${path}-20261124`)],
    [
      "after the disk was exchanged",
      (path) => {
        copyFileSync(path, `${path}.1`);
        rmSync(path);
      },
    ],
    [
      "after a copy and cut",
      (path) => {
        copyFileSync(path, `${path}.1`);
        truncateSync(path);
      },
    ],
  ];
  it.each(restarts)("goes on where it stopped %s", async (_, rotate) => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, linesOf(0, 3));
    const before = openRun(fileSource(path), null);
    await before.until(linesOf(0, 3).length);
    await before[Symbol.asyncDispose]();

    appendFileSync(path, line(3));
    rotate(path);
    appendFileSync(path, line(4));
    await using after = openRun(fileSource(path), before.position);
    await after.until(linesOf(3, 5).length);

    expect(after.bytes.toString()).toBe(linesOf(3, 5));
    expect(after.batches.some((batch) => batch.backfill)).toBe(false);
    expect(after.notices.filter((notice) => notice.kind === "gap")).toEqual([]);
  });

  it("tells a gap where the file is gone, and reads all files written after it", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    writeFileSync(path, line(0));
    const before = openRun(fileSource(path), null);
    await before.until(line(0).length);
    await before[Symbol.asyncDispose]();

    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(`${path}.2`, line(5));
    writeFileSync(`${path}.1`, line(6));
    rmSync(path);
    writeFileSync(path, line(7));
    await using after = openRun(fileSource(path), before.position);
    await after.until(linesOf(5, 8).length);

    expect(after.bytes.toString()).toBe(linesOf(5, 8));
    expect(after.notices[0]).toMatchObject({ kind: "gap", count: 1 });
  });
});

describe("any bytes", () => {
  it("gives a line of several MiB whole, NUL and non-UTF-8 bytes as they are", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    const long = Buffer.alloc(3 * 1024 * 1024, "\u0000ÿ\x80", "latin1");
    const all = Buffer.concat([Buffer.from(line(0)), long, Buffer.from(`\n${line(1)}`)]);
    writeFileSync(path, all);
    await using run = openRun(fileSource(path), null);

    await run.until(all.length);

    expect(run.bytes.equals(all)).toBe(true);
    expect(run.batches.map((batch) => batch.bytes.length)).toEqual([
      line(0).length,
      long.length + 1,
      line(1).length,
    ]);
  });

  it("gives a line beyond 8 MiB in pieces, and tells it once", async () => {
    using folder = openFolder();
    const path = join(folder.path, "audit.log");
    const all = Buffer.from(`${line(0)}${"y".repeat(20 * 1024 * 1024)}\n${line(1)}`);
    writeFileSync(path, all);
    await using run = openRun(fileSource(path), null);

    await run.until(all.length);

    expect(run.bytes.equals(all)).toBe(true);
    expect(run.notices.map((notice) => notice.kind)).toEqual(["overlong-line"]);
  });
});
