import fc from "fast-check";
import { expect, it } from "vitest";
import { fits } from "../../src/alerts/matchers.ts";

it("takes a star for any run of characters and everything else as it stands", () => {
  expect(fits("10.0.*", "10.0.7.1")).toBe(true);
  expect(fits("*ssh*", "OpenSSH server")).toBe(true);
  expect(fits("a*b*c", "aXbYc")).toBe(true);
  expect(fits("a*a", "a")).toBe(false);
  expect(fits("10.0.*", "110.0.7.1")).toBe(false);
  expect(fits("a.c", "abc")).toBe(false);
});

it("agrees with the regular expression that means the same", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });

  fc.assert(
    fc.property(letters, text, (pattern, value) => {
      const source = pattern
        .split("*")
        .map((part) => RegExp.escape(part))
        .join(".*");
      expect(fits(pattern, value)).toBe(new RegExp(`^(?:${source})$`).test(value));
    }),
    { numRuns: 2000 },
  );
});
