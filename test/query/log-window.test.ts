import { expect, it } from "vitest";
import type { LogEvent } from "../../src/query/log-event.ts";
import { LogReader, type LogReaderParts, type RecordProbe } from "../../src/query/log-reader.ts";
import { type LogStamp, StampReader } from "../../src/query/log-stamp.ts";
import { isLastRecord } from "../../src/query/log-window.ts";
import { Random } from "../bench/random.ts";
import { tangledLog } from "./tangled-log.ts";

const TIMEOUT_SEC = 2;
const EOE = 1320;
interface Slot extends LogStamp {
  readonly records: string[];
  isMarked: boolean;
  isComplete: boolean;
}
const isMark = (line: string): boolean => line.includes("docker");
const isBefore = (a: LogStamp, b: LogStamp): boolean =>
  a.sec < b.sec || (a.sec === b.sec && (a.milli < b.milli || (a.milli === b.milli && a.serial < b.serial)));

/** What audit's tools do, step for step (ausearch-lol.c): an array of events that is gone through for every line. */
function byTheLetter(log: string, isMarkedOnly: boolean, isLibrary: boolean): string[] {
  const slots: (Slot | null)[] = [];
  const given: string[] = [];
  const stamp = new StampReader(TIMEOUT_SEC);
  const giveReady = (): void => {
    for (;;) {
      let first = -1;
      for (const [index, slot] of slots.entries())
        if (slot !== null && (first < 0 || isBefore(slot, slots[first] as Slot))) first = index;
      const slot = slots[first];
      if (slot?.isComplete !== true) return;
      slots[first] = null;
      if (slot.isMarked || !isMarkedOnly) given.push(said(slot));
    }
  };
  for (const line of log.split(/(?<=\n)/)) {
    const bytes = Buffer.from(line, "latin1");
    if (!stamp.read(bytes, 0, bytes.length)) continue;
    const { sec, milli, serial, node, type } = stamp;
    const record = `${type} ${line.replace(/[\0\n].*/s, "")}`;
    const open = slots.find(
      (one) =>
        one?.isComplete === false &&
        one.sec === sec &&
        one.milli === milli &&
        one.serial === serial &&
        one.node === node,
    );
    if (open !== null && open !== undefined) {
      open.records.push(record);
      if (isMark(line)) open.isMarked = true;
      if (!isLibrary) continue;
      if (isLastRecord(type)) open.isComplete = true;
    } else {
      if (type === EOE) continue;
      const free = slots.indexOf(null);
      slots[free < 0 ? slots.length : free] = {
        sec,
        milli,
        serial,
        node,
        records: [record],
        isMarked: isMark(line),
        isComplete: isLastRecord(type),
      };
    }
    for (const slot of slots) if (slot !== null && slot.sec + TIMEOUT_SEC <= sec) slot.isComplete = true;
    giveReady();
  }
  for (const slot of slots) if (slot !== null) slot.isComplete = true;
  giveReady();
  return given;
}

const said = ({ sec, milli, serial, node, records }: LogStamp & { readonly records: readonly string[] }) =>
  [`${node} ${sec}.${milli}:${serial}`, ...records].join("\n");

const textOf = (event: LogEvent): string =>
  said({
    ...event,
    records: event.records.map((record) => {
      const added = record.interpretation();
      return `${record.type} ${record.message()}${added === null ? "" : `\x1d${added}`}`;
    }),
  });

/** The same by the reader, from two buffers that are used in turn. */
function read(log: Buffer, seed: number, parts: Partial<LogReaderParts>): string[] {
  const random = new Random(seed);
  const given: string[] = [];
  const reader = new LogReader({
    range: { start: 0, end: 0 },
    timeoutSec: TIMEOUT_SEC,
    onEvent: (event) => void given.push(textOf(event)),
    onBadTime: () => undefined,
    isChunkLent: true,
    ...parts,
  });
  const buffers = [Buffer.alloc(40_000), Buffer.alloc(40_000)] as const;
  let turn = 0;
  for (let at = 0; at < log.length; turn ^= 1) {
    // Also chunks without any newline.
    const size = random.below(5) === 0 ? 1 + random.below(60) : 1 + random.below(40_000);
    const buffer = buffers[turn as 0 | 1].fill("type=EOE msg=audit(1.0:1): \n");
    const read = log.copy(buffer, 0, at, Math.min(log.length, at + size));
    reader.push(buffer.subarray(0, read));
    at += read;
  }
  reader.endFile(true);
  return given;
}

function marking(): RecordProbe {
  let bytes = Buffer.alloc(0);
  return {
    begin: (next) => void (bytes = next as typeof bytes),
    isMarked: (_, start, end) => isMark(bytes.toString("latin1", start, end)),
  };
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
// No line so long that it is cut: what is left of such would have to be read by the letter, too.
const log = (seed: number): string =>
  tangledLog(seed, 3000, 20 + (seed % 3) * 60, seed % 2 === 0).replaceAll(/x{8000,}/g, "x");

it.each(SEEDS)("gives out what audit's tools do, and in their order: seed %d", (seed) => {
  const text = log(seed);

  const given = read(Buffer.from(text, "latin1"), seed, {});

  expect(given).toEqual(byTheLetter(text, false, false));
  expect(given.length).toBeGreaterThan(500);
});

it.each(SEEDS)("gives out events with a mark alone, whole: seed %d", (seed) => {
  const text = log(seed);

  const given = read(Buffer.from(text, "latin1"), seed, { probe: marking() });

  expect(given).toEqual(byTheLetter(text, true, false));
  expect(given.length).toBeGreaterThan(100);
});

it.each(SEEDS)("gives out what libauparse does: seed %d", (seed) => {
  const text = log(seed);

  expect(read(Buffer.from(text, "latin1"), seed, { isLibrary: true })).toEqual(
    byTheLetter(text, false, true),
  );
});
