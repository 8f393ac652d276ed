import fc from "fast-check";
import { expect, it } from "vitest";
import { readable } from "../../src/lib/latin1.ts";
import { type CutLines, WholeLines } from "../../src/lib/whole-lines.ts";

const text = fc
  .array(fc.constantFrom("\n", "a", "bc", "0123456789"), { maxLength: 60 })
  .map((pieces) => pieces.join(""));

it("gives every byte once and in order, however the chunks are cut, and only whole lines", () => {
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (stream, cuts) => {
      const lines = new WholeLines(1000);
      let out = "";
      let at = 0;
      const take = ({ pieces, skipped }: CutLines) => {
        expect(skipped).toBeNull();
        for (const { bytes, offset } of pieces) {
          expect(offset).toBe(out.length);
          expect(bytes.length).toBeGreaterThan(0);
          out += bytes.toString();
        }
      };
      for (let k = 0; at < stream.length; k += 1) {
        const end = at + (cuts[k % cuts.length] ?? 1);
        take(lines.push(Buffer.from(stream.slice(at, end))));
        expect(out === "" || out.endsWith("\n")).toBe(true);
        at = end;
      }
      take(lines.end());

      expect(out).toBe(stream);
    }),
  );
});

it("skips a line beyond the bound, tells where it was, and goes on behind it", () => {
  const lines = new WholeLines(8);
  const seen = ["ok\nxxxxx", "xxxxx", "xxx", "xx\nafter\nla", "st"].map((chunk) =>
    lines.push(Buffer.from(chunk)),
  );

  expect(seen.map(({ pieces }) => pieces.map(({ bytes, offset }) => [bytes.toString(), offset]))).toEqual([
    [["ok\n", 0]],
    [],
    [],
    [["after\n", 19]],
    [],
  ]);
  expect(seen.map(({ skipped }) => skipped)).toEqual([null, null, null, { offset: 3, length: 16 }, null]);
  expect(lines.end()).toEqual({ pieces: [{ bytes: Buffer.from("last"), offset: 25 }], skipped: null });
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
