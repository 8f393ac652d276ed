import fc from "fast-check";
import { expect, it } from "vitest";
import { BATCH_BYTES, LINE_BYTES, openLineCutter } from "../../../src/sources/file/cutter.ts";

it("gives the bytes that were added, in batches of whole lines", () => {
  const chunk = fc.array(
    fc.constantFrom("a", "\n", "b".repeat(100_000), "\n".repeat(5), "c".repeat(300_000)),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 8 }),
      fc.option(fc.nat(400_000), { nil: undefined }),
      (chunks, soft) => {
        const cutter = openLineCutter();
        const given: Buffer[] = [];
        for (const parts of chunks) {
          cutter.add(Buffer.from(parts.join("")));
          for (let cut = cutter.take(soft); cut !== null; cut = cutter.take(soft)) {
            expect(cut.bytes.at(-1)).toBe(10);
            expect(cut.lines).toBe(cut.bytes.toString("latin1").split("\n").length - 1);
            if (cut.bytes.length > BATCH_BYTES) expect(cut.lines).toBe(1);
            given.push(cut.bytes);
          }
          expect(cutter.take()).toBe(null);
        }
        const rest = cutter.rest();
        if (rest !== null) given.push(rest.bytes);

        expect(Buffer.concat(given).equals(Buffer.from(chunks.flat().join("")))).toBe(true);
        expect(cutter.heldBytes).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});

it("gives a line beyond the limit in pieces, the first of them marked", () => {
  const cutter = openLineCutter();
  const cuts: [number, boolean][] = [];
  for (let sent = 0; sent < LINE_BYTES * 2.5; sent += BATCH_BYTES) {
    cutter.add(Buffer.alloc(BATCH_BYTES, "x"));
    for (let cut = cutter.take(); cut !== null; cut = cutter.take())
      cuts.push([cut.bytes.length, cut.overlong]);
  }
  cutter.add(Buffer.from("\nnext\n"));
  for (let cut = cutter.take(); cut !== null; cut = cutter.take())
    cuts.push([cut.bytes.length, cut.overlong]);

  expect(cuts).toEqual([
    [LINE_BYTES, true],
    [LINE_BYTES, false],
    [LINE_BYTES / 2 + 1, false],
    [5, false],
  ]);
});
