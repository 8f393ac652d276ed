/** The moment, as the tools know it: the clock, and when the machine was started. */
export interface TimeContext {
  readonly nowMs: number;
  /** Seconds since 1970. */
  readonly bootSec: number;
}

/** A time that was given on the command line: seconds since 1970, or the tools' text of what is wrong. */
export type GivenTime =
  | { readonly ok: true; readonly sec: number }
  | { readonly ok: false; readonly error: string };

const WORDS = [
  "now",
  "recent",
  "boot",
  "today",
  "yesterday",
  "this-week",
  "week-ago",
  "this-month",
  "this-year",
];
/** True for the words that the tools take as a date. Audit 3.0.9 does not know `this-hour`. */
export const isTimeWord = (text: string): boolean => WORDS.includes(text);

const DAY_MS = 86_400_000;
const RECENT_MS = 600_000;
/** The tools refuse years before this one. */
const YEAR_MIN = 2004;

/** A local date and time of day, as C's struct tm. */
interface Clock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

function clockOf(date: Date): Clock {
  return {
    year: date.getFullYear(),
    month: date.getMonth(),
    day: date.getDate(),
    hour: date.getHours(),
    minute: date.getMinutes(),
    second: date.getSeconds(),
  };
}

function wordClock(word: string, { nowMs, bootSec }: TimeContext): Clock {
  const now = new Date(nowMs);
  const midnight = { hour: 0, minute: 0, second: 0 };
  switch (word) {
    case "recent":
      return clockOf(new Date(nowMs - RECENT_MS));
    case "boot":
      return clockOf(new Date(bootSec * 1000));
    case "today":
      return { ...clockOf(now), ...midnight };
    case "yesterday":
      return { ...clockOf(new Date(nowMs - DAY_MS)), ...midnight };
    case "this-week":
      return { ...clockOf(new Date(nowMs - now.getDay() * DAY_MS)), ...midnight };
    case "week-ago":
      return { ...clockOf(new Date(nowMs - 7 * DAY_MS)), ...midnight };
    case "this-month":
      return { ...clockOf(now), ...midnight, day: 1 };
    case "this-year":
      return { ...clockOf(now), ...midnight, day: 1, month: 0 };
    default:
      return clockOf(now);
  }
}

/** One of strptime's numbers: at most `digits` digits in [low, high], blanks before it. */
function numberAt(
  text: string,
  at: number,
  digits: number,
  low: number,
  high: number,
): [number, number] | null {
  let p = at;
  while (text[p] === " ") p += 1;
  const start = p;
  let value = 0;
  while (p - start < digits && /\d/.test(text[p] ?? "") && value * 10 + Number(text[p]) <= high) {
    value = value * 10 + Number(text[p]);
    p += 1;
  }
  return p === start || value < low ? null : [value, p];
}

/** strptime's reading of three numbers with a separator; null where it cannot, else the numbers and what is left. */
function three(text: string, separator: string, bounds: readonly (readonly [number, number])[]) {
  const values: number[] = [];
  let at = 0;
  for (const [low, high] of bounds) {
    if (values.length > 0) {
      if (text[at] !== separator) return null;
      at += 1;
    }
    const found = numberAt(text, at, 2, low, high);
    if (found === null) return null;
    values.push(found[0]);
    at = found[1];
  }
  const [a = 0, b = 0, c = 0] = values;
  return { a, b, c, rest: text.slice(at) };
}

const DATE_BOUNDS = [
  [1, 12],
  [1, 31],
  [0, 99],
] as const;
const TIME_BOUNDS = [
  [0, 23],
  [0, 59],
  [0, 61],
] as const;

const failed = (error: string): GivenTime => ({ ok: false, error: `${error}\n` });

function given(
  which: "start" | "end",
  date: string | null,
  time: string | null,
  context: TimeContext,
): GivenTime {
  let clock = wordClock("now", context);
  if (date !== null) {
    if (isTimeWord(date)) {
      clock = wordClock(date, context);
      const isMidnight = time === null || time === "00:00:00";
      const isWhole = ["now", "recent", "boot"].includes(date);
      if (isWhole && isMidnight) return seconds(clock);
      if (which === "end" && date === "today") {
        clock = wordClock("now", context);
        if (isMidnight) return seconds(clock);
      }
    } else {
      const read = three(date, "/", DATE_BOUNDS);
      if (read === null) return failed(`Invalid ${which} date (${date}). Month, Day, and Year are required.`);
      if (read.rest !== "") return failed(`Error parsing ${which} date (${date})`);
      // %y: 69 to 99 are of the last century.
      clock = { ...clock, month: read.a - 1, day: read.b, year: read.c + (read.c < 69 ? 2000 : 1900) };
    }
  }
  if (time !== null) {
    const read = three(time.length <= 5 ? `${time}:00` : time, ":", TIME_BOUNDS);
    if (read === null)
      return failed(`Invalid ${which} time (${time}). Hour, Minute, and Second are required.`);
    if (read.rest !== "") return failed(`Error parsing ${which} time (${time})`);
    clock = { ...clock, hour: read.a, minute: read.b, second: read.c };
  } else if (which === "start") clock = { ...clock, hour: 0, minute: 0, second: 0 };
  else {
    const { hour, minute, second } = wordClock("now", context);
    clock = { ...clock, hour, minute, second };
  }
  if (clock.year < YEAR_MIN) return failed(`Error - year is ${clock.year}`);
  return seconds(clock);
}

function seconds({ year, month, day, hour, minute, second }: Clock): GivenTime {
  return { ok: true, sec: Math.floor(new Date(year, month, day, hour, minute, second).getTime() / 1000) };
}

/**
 * `-ts` and `-te` as audit's tools read them in the C locale: dates as 12/31/26, times as 23:59 or 23:59:59 of the
 * local zone, words, each or both.
 * @param words the one or two words after the option.
 * @see audit-userspace src/ausearch-time.c, src/aureport-options.c
 */
export function givenTime(which: "start" | "end", words: readonly string[], context: TimeContext): GivenTime {
  const [first = "", second] = words;
  if (second !== undefined)
    return first.includes(":") ? given(which, second, first, context) : given(which, first, second, context);
  if (!isTimeWord(first) && first.includes(":")) return given(which, null, first, context);
  return given(which, first, which === "start" ? "00:00:00" : null, context);
}

const two = (number: number): string => String(number).padStart(2, "0");

/** Writes times as the C locale does, `11/14/23 22:13:21` in the local zone; remembers the last one. */
export class TimeText {
  #sec = Number.NaN;
  #text = "";

  of(sec: number): string {
    if (sec === this.#sec) return this.#text;
    const date = new Date(sec * 1000);
    this.#sec = sec;
    this.#text = Number.isNaN(date.getTime())
      ? "?"
      : `${two(date.getMonth() + 1)}/${two(date.getDate())}/${two(date.getFullYear() % 100)} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
    return this.#text;
  }
}
