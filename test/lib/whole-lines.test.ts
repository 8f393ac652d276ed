import fc from "fast-check";
import { expect, it } from "vitest";
import { readable } from "../../src/lib/latin1.ts";
import { WholeLines } from "../../src/lib/whole-lines.ts";

const text = fc
  .array(fc.constantFrom("\n", "a", "bc", "0123456789"), { maxLength: 60 })
  .map((pieces) => pieces.join(""));

it("gives every byte once and in order, however the chunks are cut, and only whole lines", () => {
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (stream, cuts) => {
      const lines = new WholeLines(1000);
      let out = "";
      let at = 0;
      for (let k = 0; at < stream.length; k += 1) {
        const end = at + (cuts[k % cuts.length] ?? 1);
        const given = lines.push(Buffer.from(stream.slice(at, end)));
        expect(given.offset).toBe(out.length);
        expect(given.skipped).toBeNull();
        expect(given.lines.length === 0 || given.lines.at(-1) === 10).toBe(true);
        out += given.lines.toString();
        at = end;
      }
      const rest = lines.end();

      expect(rest.offset).toBe(out.length);
      expect(out + rest.lines.toString()).toBe(stream);
    }),
  );
});

it("skips a line beyond the bound, tells where it was, and goes on behind it", () => {
  const lines = new WholeLines(8);
  const seen = ["ok\nxxxxx", "xxxxx", "xxx", "xx\nafter\nla", "st"].map((chunk) =>
    lines.push(Buffer.from(chunk)),
  );

  expect(seen.map(({ lines: whole, offset }) => [whole.toString(), offset])).toEqual([
    ["ok\n", 0],
    ["", 3],
    ["", 16],
    ["after\n", 19],
    ["", 25],
  ]);
  expect(seen.map(({ skipped }) => skipped)).toEqual([null, null, null, { offset: 3, length: 16 }, null]);
  expect(lines.end()).toEqual({ lines: Buffer.from("last"), offset: 25, skipped: null });
});

it("tells of an overlong last line without newline", () => {
  const lines = new WholeLines(4);
  lines.push(Buffer.from("a\nxxxxxx"));

  expect(lines.end()).toMatchObject({ skipped: { offset: 2, length: 6 } });
});

it("reads UTF-8 where it is valid, and keeps every byte where it is not", () => {
  expect(readable("jos\xc3\xa9")).toBe("josé");
  expect(readable("jos\xe9 \xc3\xa9")).toBe("jos\xe9 \xc3\xa9");
  expect(readable("plain")).toBe("plain");
});
