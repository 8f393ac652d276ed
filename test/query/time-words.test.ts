import { expect, it } from "vitest";
import { givenTime } from "../../src/query/time-words.ts";

const at = (...local: [number, number, number, number?, number?, number?]): number =>
  new Date(...local).getTime() / 1000;
const context = { nowMs: at(2026, 10, 24, 12, 40, 51) * 1000, bootSec: at(2026, 10, 24, 10, 18, 42) };

it.each([
  [["now"], at(2026, 10, 24, 12, 40, 51)],
  [["recent"], at(2026, 10, 24, 12, 30, 51)],
  [["boot"], at(2026, 10, 24, 10, 18, 42)],
  [["today"], at(2026, 10, 24)],
  [["yesterday"], at(2026, 10, 23)],
  [["this-week"], at(2026, 10, 22)],
  [["week-ago"], at(2026, 10, 17)],
  [["this-month"], at(2026, 10, 1)],
  [["this-year"], at(2026, 0, 1)],
  [["11/11/20"], at(2020, 10, 11)],
  [["11/11/20", "23:59"], at(2020, 10, 11, 23, 59)],
  [["10:01:02", "1/2/20"], at(2020, 0, 2, 10, 1, 2)],
  [["9:30"], at(2026, 10, 24, 9, 30)],
  [["yesterday", "08:00"], at(2026, 10, 23, 8)],
])("-ts %j is a start", (words, sec) => {
  expect(givenTime("start", words, context)).toEqual({ ok: true, sec });
});

it.each([
  [["today"], at(2026, 10, 24, 12, 40, 51)],
  [["yesterday"], at(2026, 10, 23, 12, 40, 51)],
  [["11/11/20"], at(2020, 10, 11, 12, 40, 51)],
])("-te %j is an end: a day alone ends at the present time of day", (words, sec) => {
  expect(givenTime("end", words, context)).toEqual({ ok: true, sec });
});

// The texts of aureport 3.0.9 in the C locale.
it.each([
  [["foo"], "Invalid start date (foo). Month, Day, and Year are required."],
  [["this-hour"], "Invalid start date (this-hour). Month, Day, and Year are required."],
  [["13/45/2020"], "Invalid start date (13/45/2020). Month, Day, and Year are required."],
  [["11/11/2020"], "Error parsing start date (11/11/2020)"],
  [["11/11/20", "25:00"], "Invalid start time (25:00). Hour, Minute, and Second are required."],
  [["1:2:3x"], "Error parsing start time (1:2:3x)"],
  [["1/2/03"], "Error - year is 2003"],
  [["1/2/69"], "Error - year is 1969"],
])("-ts %j is refused", (words, error) => {
  expect(givenTime("start", words, context)).toEqual({ ok: false, error: `${error}\n` });
});
