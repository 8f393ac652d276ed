import fc from "fast-check";
import { expect, it } from "vitest";
import { readPage } from "../../src/http/paging.ts";
import { type EpochMs, epochMs } from "../../src/model/ids.ts";

interface Row {
  readonly id: number;
  readonly timeMs: EpochMs;
}

/** Newest first, rows of one time in a fixed order, as the store gives them. */
const reader =
  (rows: readonly Row[]) =>
  ({ limit, untilMs }: { readonly limit: number; readonly untilMs?: EpochMs }): readonly Row[] =>
    rows.filter((row) => untilMs === undefined || row.timeMs < untilMs).slice(0, limit);

function readAll(rows: readonly Row[], limit: number): Row[] {
  const all: Row[] = [];
  let before: string | undefined;
  for (let pages = 0; pages <= rows.length; pages += 1) {
    const page = readPage(limit, before, reader(rows), (row) => row.timeMs);
    all.push(...page.rows);
    if (page.next === null) return all;
    before = page.next;
  }
  throw new Error("the pages never end");
}

it("gives every row once and in order, also where many share a time", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom(0, 0.25, 0.138),
      (offsets, limit, fraction) => {
        const rows = offsets
          .sort((a, b) => b - a)
          .map((offset, id) => ({ id, timeMs: epochMs(1_795_511_325_191 + offset + fraction) }));

        expect(readAll(rows, limit)).toEqual(rows);
      },
    ),
  );
});

it("ends where a page is exactly full", () => {
  const rows = [2, 1].map((time, id) => ({ id, timeMs: epochMs(time) }));

  const page = readPage(2, undefined, reader(rows), (row) => row.timeMs);

  expect(page).toEqual({ rows, next: null });
});
