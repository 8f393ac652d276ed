import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Position } from "../../../src/model/line.ts";
import { fileSource, openFolder } from "../follow.ts";

/** A reader that is pulled all the time, as the pipeline does, and keeps what a commit would have kept. */
function openReader(path: string, from: Position | null) {
  const ended = new AbortController();
  const kept = { bytes: [] as Buffer[], length: 0, position: from, notices: [] as string[] };
  const run = (async () => {
    for await (const batch of fileSource(path).follow(from, ended.signal)) {
      kept.bytes.push(batch.bytes);
      kept.length += batch.bytes.length;
      kept.position = batch.position;
      kept.notices.push(...batch.notices.map(({ kind, text }) => `${kind}: ${text}`));
    }
  })();
  return {
    kept,
    async stop() {
      ended.abort();
      await run;
    },
  };
}

/** The file system's clock goes in steps of 4 ms: where a file vanishes, the order of those written within one step is lost. */
const TICK_MS = 6;

/** A log with its writer and its rotation, all real; and a reader that may be restarted. */
class World {
  readonly path: string;
  written: Buffer = Buffer.alloc(0);
  read: Buffer[] = [];
  position: Position | null = null;
  reader: ReturnType<typeof openReader> | null = null;
  readonly notices: string[] = [];

  /** Files are packed by and by. */
  readonly packs: boolean;

  constructor(path: string, packs: boolean) {
    this.path = path;
    this.packs = packs;
    writeFileSync(path, "");
  }
  append(text: string): void {
    appendFileSync(this.path, text);
    this.written = Buffer.concat([this.written, Buffer.from(text)]);
  }
  rotate(): void {
    let last = 1;
    while (existsSync(`${this.path}.${last}`) || existsSync(`${this.path}.${last}.gz`)) last += 1;
    for (let i = last - 1; i > 0; i -= 1)
      for (const packing of ["", ".gz"])
        if (existsSync(`${this.path}.${i}${packing}`))
          renameSync(`${this.path}.${i}${packing}`, `${this.path}.${i + 1}${packing}`);
    renameSync(this.path, `${this.path}.1`);
    closeSync(openSync(this.path, "a"));
  }
  pack(): void {
    for (let i = 2; i < 100; i += 1)
      if (existsSync(`${this.path}.${i}`)) {
        const { atime, mtime } = statSync(`${this.path}.${i}`);
        writeFileSync(`${this.path}.${i}.gz`, gzipSync(readFileSync(`${this.path}.${i}`)));
        utimesSync(`${this.path}.${i}.gz`, atime, mtime);
        rmSync(`${this.path}.${i}`);
        return;
      }
  }
  start(): void {
    this.reader ??= openReader(this.path, this.position);
  }
  async stop(): Promise<void> {
    if (this.reader === null) return;
    await this.reader.stop();
    this.read.push(...this.reader.kept.bytes);
    this.position = this.reader.kept.position;
    this.notices.push(...this.reader.kept.notices);
    this.reader = null;
  }
  get readBytes(): number {
    return this.read.reduce((sum, bytes) => sum + bytes.length, 0) + (this.reader?.kept.length ?? 0);
  }
  /** Waits until every whole line has been given. */
  async drain(all = false): Promise<void> {
    this.start();
    const whole = all ? this.written.length : this.written.lastIndexOf(10) + 1;
    for (let waits = 0; this.readBytes < whole; waits += 1) {
      if (waits === 3000) throw new Error(`only ${this.readBytes} of ${whole} bytes came`);
      await wait(1);
    }
  }
}

type Action =
  | { readonly do: "lines"; readonly count: number; readonly length: number }
  | { readonly do: "partial" | "rotate" | "pack" | "copytruncate" | "replace" | "stop" | "start" | "drain" }
  | { readonly do: "pause"; readonly ms: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("lines" as const),
      count: fc.integer({ min: 1, max: 40 }),
      length: fc.integer({ min: 0, max: 400 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("partial" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("rotate" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pack" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("copytruncate" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("replace" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stop" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("start" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drain" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("pause" as const), ms: fc.integer({ min: 0, max: 12 }) }),
  },
);

async function perform(world: World, act: Action, n: number): Promise<void> {
  switch (act.do) {
    case "lines":
      for (let i = 0; i < act.count; i += 1) world.append(`${n}.${i} ${"z".repeat(act.length)}\n`);
      return;
    case "partial":
      world.append(`${n} begun `);
      return;
    case "rotate":
      if (world.packs) await wait(TICK_MS);
      world.rotate();
      return;
    case "pack":
      if (world.packs) world.pack();
      return;
    case "copytruncate":
      world.append(`${n} before the copy\n`);
      await world.drain();
      copyFileSync(world.path, `${world.path}.copy`);
      world.rotate();
      // The rotation above made room for the copy; the log itself keeps its inode.
      renameSync(`${world.path}.1`, world.path);
      renameSync(`${world.path}.copy`, `${world.path}.1`);
      truncateSync(world.path);
      return;
    case "replace":
      world.append(`${n} before the other file\n`);
      await world.drain();
      await wait(TICK_MS);
      writeFileSync(`${world.path}.tmp`, `${n} in the other file\n`);
      renameSync(`${world.path}.tmp`, world.path);
      world.written = Buffer.concat([world.written, Buffer.from(`${n} in the other file\n`)]);
      return;
    case "stop":
      await world.stop();
      return;
    case "start":
      world.start();
      return;
    case "drain":
      await world.drain();
      return;
    case "pause":
      await wait(act.ms);
      return;
    default:
      act satisfies never;
  }
}

it("gives the bytes written, in order, each once, whatever is done to the files and the reader", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(action, { minLength: 5, maxLength: 40 }),
      async (packs, actions) => {
        using folder = openFolder();
        const world = new World(join(folder.path, "audit.log"), packs);
        world.start();
        await world.drain();
        while (world.reader?.kept.position === null) await wait(1);

        for (const [n, act] of actions.entries()) await perform(world, act, n);
        world.append("the end\n");
        await world.drain(true);
        await world.stop();

        const read = Buffer.concat(world.read).toString();
        expect(read.slice(0, 20_000)).toBe(world.written.toString().slice(0, 20_000));
        expect(read === world.written.toString()).toBe(true);
        // Where a position's file is gone, the reader cannot know that it had read it to its end; nor one packed while empty.
        if (!packs && !actions.some((act) => act.do === "replace"))
          expect(world.notices.filter((text) => text.startsWith("gap"))).toEqual([]);
      },
    ),
    { numRuns: 60, interruptAfterTimeLimit: 60_000 },
  );
}, 120_000);
