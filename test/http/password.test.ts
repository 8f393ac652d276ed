import { expect, it } from "vitest";
import { hashPassword, isPassword, passwordFault } from "../../src/http/password.ts";

it("knows the password again, in any Unicode spelling, and no other", async () => {
  const stored = await hashPassword("pässword of öne");

  expect(await isPassword("pässword of öne", stored)).toBe(true);
  expect(await isPassword("pa\u0308ssword of o\u0308ne", stored)).toBe(true);
  expect(await isPassword("password of one", stored)).toBe(false);
});

it("salts: the same password is stored differently each time", async () => {
  expect(await hashPassword("the same password")).not.toBe(await hashPassword("the same password"));
});

it.each(["", "plain", "scrypt$1", "scrypt$16384$8$5$c2FsdA$", "scrypt$16384$8$5$c2FsdA$AAAA"])(
  "never matches the damaged text %j",
  async (stored) => {
    expect(await isPassword("", stored)).toBe(false);
  },
);

it.each([
  ["elevenchars", /at least 12/],
  ["abababababababab", /too few different/],
  ["x".repeat(513), /at most 512/],
])("says what is wrong with %s", (password, words) => {
  expect(passwordFault(password)).toMatch(words);
});

it("takes a long one of several words", () => {
  expect(passwordFault("correct horse battery")).toBeNull();
});
