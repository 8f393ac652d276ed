import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { openRaw } from "../../src/store/sqlite/raw.ts";
import { orderOf, permute, type Spans } from "../../src/store/sqlite/raw-order.ts";
import { packStretch } from "../../src/store/sqlite/raw-pack.ts";
import { type PackedStretch, Stretches } from "../../src/store/sqlite/raw-stretch.ts";

const directory = mkdtempSync(join(tmpdir(), "dockwarden-raw-"));
afterAll(() => rmSync(directory, { recursive: true }));
let made = 0;

/** Lines of a log, some of them of a cluster. */
const linesArb = fc.array(
  fc.record({
    size: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 90_000 })),
    cluster: fc.nat(4),
  }),
  { minLength: 1, maxLength: 60 },
);
type Lines = readonly { readonly size: number; readonly cluster: number }[];

/** Bytes that differ wherever one looks. */
const bytesOf = (size: number, from: number): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (Math.imul(from + at, 2_654_435_761) >>> 13) & 0xff;
  return bytes;
};

function spansOf(lines: Lines, start: number): Spans {
  const spans: { at: number; size: number; cluster: number }[] = [];
  let at = start;
  for (const { size, cluster } of lines) {
    if (cluster > 0) spans.push({ at, size, cluster });
    at += size;
  }
  return {
    at: Float64Array.from(spans, (span) => span.at),
    size: Float64Array.from(spans, (span) => span.size),
    cluster: Uint32Array.from(spans, (span) => span.cluster),
  };
}

function packed(start: number, pieces: readonly Buffer[], spans: Spans): PackedStretch {
  return packStretch(
    new Stretches().of(
      start,
      pieces,
      pieces.reduce((sum, { length }) => sum + length, 0),
      spans,
    ),
  );
}

describe("an order of storing", () => {
  it("puts the runs of a cluster side by side, in the log's order, and loses none", () => {
    const bytes = Buffer.from("aaBcccDDeFg");
    const spans = {
      at: Float64Array.of(102, 106, 109),
      size: Float64Array.of(1, 2, 1),
      cluster: Uint32Array.of(2, 1, 2),
    };

    const sorted = orderOf(100, bytes.length, spans, 4);
    const stored = Buffer.alloc(bytes.length);
    if (sorted !== null) permute([bytes.subarray(0, 5), bytes.subarray(5)], sorted.order, stored);

    expect(stored.toString()).toBe("aacccegDDBF");
    expect(sorted?.frameEnds).toEqual([5, 9, 11]);
  });

  it("is none where all is of one cluster", () => {
    const whole = { at: Float64Array.of(0), size: Float64Array.of(9), cluster: Uint32Array.of(3) };
    expect(orderOf(0, 9, whole, 4)).toBeNull();
    expect(orderOf(50, 9, whole, 4)).toBeNull();
  });
});

describe("a stream of log", () => {
  const stepArb = fc.oneof(
    fc.record({ kind: fc.constant("append" as const), lines: linesArb }),
    fc.record({ kind: fc.constant("clustered" as const), lines: linesArb }),
    fc.record({ kind: fc.constant("seal" as const) }),
    fc.record({ kind: fc.constant("truncate" as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant("reopen" as const) }),
  );

  it("gives the bytes that were put in, whatever is clustered, sealed and cut off", () => {
    fc.assert(
      fc.property(
        fc.array(stepArb, { minLength: 1, maxLength: 12 }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(200_000)), {
          minLength: 5,
          maxLength: 5,
        }),
        (steps, reads) => {
          const db = openDatabase(join(directory, `${made++}.db`), false);
          let raw = openRaw(db, "audit", 0, 2 ** 51);
          let expected = Buffer.alloc(0);
          /** What was appended and is not sealed. */
          let open: { readonly start: number; readonly lines: Lines }[] = [];
          for (const step of steps) {
            const start = expected.length;
            if (step.kind === "append" || step.kind === "clustered") {
              const bytes = bytesOf(
                step.lines.reduce((sum, { size }) => sum + size, 0),
                start,
              );
              const half = bytes.length >> 1;
              if (step.kind === "append") expect(raw.append(bytes, 0)).toBe(start);
              else
                raw.appendPacked(
                  packed(start, [bytes.subarray(0, half), bytes.subarray(half)], spansOf(step.lines, start)),
                );
              if (step.kind === "append") open.push({ start, lines: step.lines });
              else open = [];
              expected = Buffer.concat([expected, bytes]);
            } else if (step.kind === "seal") {
              const known = open.flatMap(({ start: from, lines }) => {
                const spans = spansOf(lines, from);
                return [...spans.at].map((at, place) => ({
                  at,
                  size: spans.size[place] ?? 0,
                  cluster: spans.cluster[place] ?? 0,
                }));
              });
              raw.seal(() => ({
                at: Float64Array.from(known, (span) => span.at),
                size: Float64Array.from(known, (span) => span.size),
                cluster: Uint32Array.from(known, (span) => span.cluster),
              }));
            } else if (step.kind === "truncate") {
              const at = Math.floor(step.at * expected.length);
              raw.truncate(at);
              expected = expected.subarray(0, at);
              open = [];
            } else raw = openRaw(db, "audit", 0, 2 ** 51);
          }
          expect(raw.end()).toBe(expected.length);
          expect(raw.read(0, expected.length).equals(expected)).toBe(true);
          for (const [place, size] of reads) {
            const at = Math.floor(place * expected.length);
            expect(raw.read(at, size).equals(expected.subarray(at, at + size))).toBe(true);
            const block = raw.block(at);
            if (at < expected.length)
              expect(
                block?.bytes.equals(expected.subarray(block.start, block.start + block.bytes.length)),
              ).toBe(true);
            else expect(block).toBeNull();
          }
          const listed = raw.blocks(0, expected.length).map(({ start, size }) => raw.read(start, size));
          expect(Buffer.concat(listed).equals(expected)).toBe(true);
          db.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ["in an order of their own", true],
    ["as they were read", false],
  ])("gives bytes that last while many others are unpacked, stored %s", (_, isClustered) => {
    const size = 400_000;
    const db = openDatabase(join(directory, `${made++}.db`), false);
    const raw = openRaw(db, "audit", 0, 2 ** 51);
    const stretches = Array.from({ length: 12 }, (__, at) => bytesOf(size, at * size));
    const lines = Array.from({ length: 40 }, (__, at) => ({
      size: size / 40,
      cluster: isClustered ? (at % 3) + 1 : 1,
    }));
    for (const [at, bytes] of stretches.entries())
      raw.appendPacked(packed(at * size, [bytes], spansOf(lines, at * size)));

    const first = raw.read(1_000, 3_000);
    const block = raw.block(0)?.bytes;
    for (const [at, bytes] of stretches.entries()) expect(raw.read(at * size, size).equals(bytes)).toBe(true);
    const last = raw.span(1_000, 3_000);

    expect(first.equals(stretches[0]?.subarray(1_000, 4_000) ?? first)).toBe(true);
    expect(first).toHaveLength(3_000);
    expect(block?.equals(stretches[0]?.subarray(0, block.length) ?? first)).toBe(true);
    expect(last.bytes.subarray(last.start, last.end).equals(first)).toBe(true);
    db.close();
  });
});
