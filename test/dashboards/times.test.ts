import { expect, it } from "vitest";
import { ago, lasting } from "../../dashboards/times.ts";

const HOUR = 3_600_000;

it.each([
  [0, "just now"],
  [-5000, "just now"],
  [1999, "just now"],
  [12_000, "12 s ago"],
  [59_999, "59 s ago"],
  [60_000, "1 min ago"],
  [HOUR, "1 h ago"],
  [24 * HOUR, "yesterday"],
  [72 * HOUR, "3 days ago"],
])("says of %d ms that it was %s", (age, expected) => {
  expect(ago(1_000_000_000_000 - age, 1_000_000_000_000)).toBe(expected);
});

it.each([
  [10, "1 s"],
  [32_000, "32 s"],
  [120_000, "2 min"],
  [3 * HOUR, "3 h"],
])("says of %d ms that it lasted %s", (ms, expected) => {
  expect(lasting(ms)).toBe(expected);
});
