import fc from "fast-check";
import { expect, it } from "vitest";
import { sliceObject } from "../../../src/records/docker/slices.ts";

it("cuts any object into its members, as they were written", () => {
  const spaces = fc.constantFrom(0, 1, 2);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), spaces, (object, indent) => {
      const text = JSON.stringify(object, null, indent);
      const members = sliceObject(text, 64);

      const again = [...(members ?? [])].map(([name, slice]) => [name, JSON.parse(slice) as unknown]);
      expect(again).toEqual(Object.entries(JSON.parse(text) as object));
      for (const slice of members?.values() ?? []) expect(text).toContain(slice);
    }),
  );
});

it("keeps the digits of a number beyond 2^53", () => {
  expect(sliceObject('{"timeNano":1795511326138960417}', 64)?.get("timeNano")).toBe("1795511326138960417");
});

it.each([
  "",
  "1",
  "[]",
  '"a"',
  "{",
  "}",
  '{"a"',
  '{"a":1',
  '{"a":1}}',
  '{"a":1},',
  '{"a":1,}',
  "{a:1}",
  '{"a":"',
])("gives nothing for %j", (text) => {
  expect(sliceObject(text, 64)).toBe(null);
});
