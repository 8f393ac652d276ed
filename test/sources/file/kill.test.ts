import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { openFolder } from "../follow.ts";

const KILLS = 20;
/** auditd's `num_logs`; the writer waits for the reader before it would throw unread lines away. */
const LOGS = 40;

/** Writes lines of any kind and rotates every few milliseconds, as auditd does. */
class Writer {
  readonly path: string;
  readonly written: Buffer[] = [];
  bytes = 0;
  /** Where each file that still exists ends, in bytes of all that was written. */
  ends: number[] = [];

  constructor(path: string) {
    this.path = path;
    writeFileSync(path, "");
  }
  append(bytes: Buffer): void {
    appendFileSync(this.path, bytes);
    this.written.push(bytes);
    this.bytes += bytes.length;
  }
  rotate(): void {
    rmSync(`${this.path}.${LOGS}`, { force: true });
    for (let i = LOGS - 1; i > 0; i -= 1)
      if (existsSync(`${this.path}.${i}`)) renameSync(`${this.path}.${i}`, `${this.path}.${i + 1}`);
    renameSync(this.path, `${this.path}.1`);
    writeFileSync(this.path, "");
    this.ends = [this.bytes, ...this.ends].slice(0, LOGS);
  }
  /** The next rotation would remove a file that has not been read to its end. */
  isFull(committedBytes: number): boolean {
    return (this.ends[LOGS - 2] ?? 0) > committedBytes;
  }
}

const committed = (out: string): number => {
  const file = `${out}.commit`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { bytes: number }).bytes : 0;
};

it("gives every byte once to a reader that is killed 20 times while the log rotates every few milliseconds", async () => {
  using folder = openFolder();
  const out = join(folder.path, "out");
  const writer = new Writer(join(folder.path, "audit.log"));
  const start = (): ChildProcess =>
    spawn(process.execPath, [join(import.meta.dirname, "committing-reader.ts"), writer.path, out], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  let child = start();
  // A first start begins with the current file: it is let in before anything is rotated away.
  while (!existsSync(`${out}.commit`)) await wait(5);

  const words: string[] = [];
  const hear = (): unknown => child.stdout?.on("data", (text: Buffer) => words.push(text.toString()));
  hear();
  for (let kills = 0; kills < KILLS; kills += 1) {
    const before = committed(out);
    const least = 1 + Math.floor(Math.random() * 20_000);
    for (let n = 0; committed(out) < before + least; n += 1) {
      if (!writer.isFull(committed(out))) {
        for (let i = 0; i < 20; i += 1)
          writer.append(Buffer.from(`${kills}.${n}.${i} ${"\u00ff\u0000".repeat(i * 7)}\n`, "latin1"));
        if (n % 3 === 0) writer.append(Buffer.from("begun before a rotation "));
        writer.rotate();
      }
      await wait(2);
    }
    child.kill("SIGKILL");
    await once(child, "close");
    child = start();
    hear();
  }
  while (committed(out) < writer.bytes) {
    // A last line without newline is final when its file is; this ends it.
    writer.append(Buffer.from("the end\n"));
    await wait(50);
  }
  child.kill("SIGKILL");
  await once(child, "close");

  expect(readFileSync(out).subarray(0, committed(out)).equals(Buffer.concat(writer.written))).toBe(true);
  expect(words).toEqual([]);
}, 300_000);
