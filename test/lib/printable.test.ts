import { expect, it } from "vitest";
import { printable } from "../../src/lib/printable.ts";

it("shows control characters, escape sequences and direction overrides as text", () => {
  expect(printable("a\x1b[31mb\nc\u202ed\u009b")).toBe("a\\x1b[31mb\\x0ac\\u{202e}d\\x9b");
});

it("leaves letters of every script as they are", () => {
  expect(printable("Zoë 日本 🐳")).toBe("Zoë 日本 🐳");
});
