import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeColumn, decodePlaces, encodeColumn } from "../../src/lib/column-codec.ts";

const ABSENT = Number.MIN_SAFE_INTEGER;
const value = fc.oneof(
  fc.constant(ABSENT),
  fc.integer({ min: -200, max: 200 }),
  fc.integer({ min: 0, max: 2 ** 32 }),
  fc.maxSafeInteger().filter((number) => Math.abs(number) < 2 ** 52),
  fc.double({ min: 0, max: 1e13, noNaN: true }),
);

it.each([false, true])("gives back what was coded (differences: %s)", (delta) => {
  fc.assert(
    fc.property(fc.array(delta ? value.filter((number) => number !== ABSENT) : value), (values) => {
      const column = Float64Array.from(values);

      const decoded = decodeColumn(encodeColumn(column, ABSENT, delta), ABSENT);

      expect([...decoded]).toEqual(values.map((number) => (Object.is(number, -0) ? 0 : number)));
    }),
    { examples: [[[0, 254, 255]], [[0, 255]], [[0, 65_534]], [[5, 5, 5]], [[ABSENT, ABSENT]], [[1, 2.5]]] },
  );
});

it("takes a byte for a value where the values lie close together", () => {
  const column = Float64Array.from({ length: 4096 }, (_, at) => 1_795_511_325_000 + at * 3);

  expect(encodeColumn(column, ABSENT, true).length).toBeLessThan(4096 + 64);
});

it.each([1, 2, 3, 4, 8])("reads a column that stands %s bytes off any boundary", (shift) => {
  for (const span of [200, 60_000, 2 ** 31, 2 ** 40]) {
    const column = Float64Array.from({ length: 50 }, (_, at) => (at % 7 === 0 ? ABSENT : (span / 50) * at));
    const coded = encodeColumn(column, ABSENT, false);
    const shifted = new Uint8Array(coded.length + 16).subarray(shift, shift + coded.length);
    shifted.set(coded);

    expect([...decodeColumn(shifted, ABSENT)]).toEqual([...column]);
  }
});

it.each([false, true])("gives the values at some places alone (differences: %s)", (delta) => {
  const values = fc.array(delta ? value.filter((number) => number !== ABSENT) : value, { minLength: 1 });
  fc.assert(
    fc.property(values, fc.array(fc.nat()), (list, picks) => {
      const column = Float64Array.from(list);
      const places = Uint32Array.from(picks, (pick) => pick % list.length);
      const space = new Float64Array(list.length + 3);

      const decoded = decodePlaces(encodeColumn(column, ABSENT, delta), ABSENT, places, space);

      expect(decoded.length).toBe(list.length);
      for (const place of places) expect(decoded[place]).toBe((column[place] as number) + 0);
    }),
  );
});
