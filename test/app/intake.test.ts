import { expect, it } from "vitest";
import { runIntake } from "../../src/app/intake.ts";
import type { Pipeline, Turn } from "../../src/app/pipeline.ts";
import { epochMs } from "../../src/model/ids.ts";
import type { LineBatch } from "../../src/model/line.ts";
import type { Source } from "../../src/ports/source.ts";

const NOTHING: Turn = { events: 0, findings: 0, alerts: 0, deliveries: 0, faults: 0 };

const batch = (text: string): LineBatch => ({
  source: "audit",
  bytes: Buffer.from(text),
  position: { kind: "journal", cursor: text },
  backfill: false,
  notices: [],
  readMs: epochMs(0),
});

/** Gives batches as fast as it is pulled, one more even after the stop, and tells when it was closed. */
function eager(signal: AbortSignal, onClose: () => void): Source {
  return {
    name: "audit",
    async *follow() {
      try {
        for (let count = 0; ; count++) {
          yield batch(`${count}\n`);
          if (signal.aborted) yield batch("late\n");
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        onClose();
      }
    },
    health: () => {
      throw new Error("not asked for");
    },
  };
}

function pipelineOf(push: (lines: readonly LineBatch[]) => void): Pipeline {
  return {
    push(lines) {
      push(lines);
      return NOTHING;
    },
    tick: () => NOTHING,
    flush: () => NOTHING,
    isWaiting: false,
  };
}

function parts(pipeline: Pipeline, signal: AbortSignal, onClose: () => void) {
  return {
    sources: [eager(signal, onClose)],
    positionOf: () => null,
    pipeline,
    clock: { now: () => Date.now() },
    onTurn: () => {},
    signal,
  };
}

it("ends with the signal, closes its sources, and has committed every batch it took, in order", async () => {
  const stop = new AbortController();
  const taken: string[] = [];
  let closed = 0;
  const pipeline = pipelineOf((lines) => {
    taken.push(...lines.map(({ bytes }) => bytes.toString()));
    if (taken.length >= 5) stop.abort();
  });

  await runIntake(parts(pipeline, stop.signal, () => closed++));

  expect(taken.slice(0, 5)).toEqual(["0\n", "1\n", "2\n", "3\n", "4\n"]);
  expect(closed).toBe(1);
});

it("ends when a turn throws, with that error, and closes its sources", async () => {
  let closed = 0;
  const pipeline = pipelineOf(() => {
    throw new Error("the disk is full");
  });

  const run = runIntake(parts(pipeline, new AbortController().signal, () => closed++));

  await expect(run).rejects.toThrow("the disk is full");
  expect(closed).toBe(1);
});
