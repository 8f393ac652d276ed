import type { Parsed } from "../../model/fault.ts";
import { type EpochMs, epochMs, pid } from "../../model/ids.ts";
import type { LogHead } from "./record.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS = 86_400_000;

const TRADITIONAL =
  /^(?<month>[A-Z][a-z]{2}) +(?<day>\d{1,2}) (?:(?<year>\d{4}) )?(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2}(?:\.\d{1,9})?) (?<rest>.*)$/s;
const RFC_3339 =
  /^(?<stamp>\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?) (?<rest>.*)$/s;
/** `HOST [facility.level ]PROGRAM[PID]: TEXT`; busybox syslogd writes the level. */
const AFTER_STAMP =
  /^(?<host>\S+) (?:[a-z0-9]+\.[a-z]+ )?(?<tag>[^\s:[]{1,64})(?:\[(?<pid>\d{1,10})\])?: ?(?<text>.*)$/s;
/** `HOST APP PROCID MSGID SD [TEXT]`, what follows `<PRI>1 STAMP `. */
const AFTER_5424_STAMP =
  /^(?<host>\S+) (?<tag>\S+) (?<pid>\S+) \S+ (?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+)(?: (?<text>.*))?$/s;

const fault = (reason: string, at: number): Parsed<LogHead> => ({
  ok: false,
  fault: { code: "DW_SSHD_LINE", reason, at },
});

/** Reads the header of a syslog line in any of the formats that rsyslog, syslog-ng and busybox write. */
export function parseSyslog(raw: string, readMs: EpochMs): Parsed<LogHead> {
  const priority = /^<\d{1,3}>/.exec(raw)?.[0] ?? "";
  const line = raw.slice(priority.length);
  const modern = /^1 (?=\S)/.test(line) && priority !== "";
  const body = modern ? line.slice(2) : line;
  const iso = RFC_3339.exec(body)?.groups;
  const traditional = iso === undefined ? TRADITIONAL.exec(body)?.groups : undefined;
  const timeMs = iso === undefined ? traditionalMs(traditional, readMs) : isoMs(iso["stamp"] ?? "");
  const rest = iso?.["rest"] ?? traditional?.["rest"];
  if (timeMs === null || rest === undefined) return fault("expected a syslog time stamp", priority.length);
  const parts = (modern ? AFTER_5424_STAMP : AFTER_STAMP).exec(rest)?.groups;
  if (parts === undefined)
    return fault("expected HOST PROGRAM[PID]: after the time stamp", raw.length - rest.length);
  const processId = Number(parts["pid"] ?? Number.NaN);
  const { host = "-", tag = "-", text = "" } = parts;
  return {
    ok: true,
    value: {
      timeMs,
      host: host === "-" ? null : host,
      program: programName(tag),
      pid: Number.isInteger(processId) && processId <= 4_294_967_295 ? pid(processId) : null,
      message: text.replace(/^\u00ef\u00bb\u00bf/, ""),
      trusted: true,
    },
  };
}

/** `/usr/sbin/CRON` → `cron`, `sshd(pam_unix)` → `sshd`. */
export function programName(tag: string): string {
  return (tag.split("/").at(-1) ?? tag).replace(/\(.*$/, "").toLowerCase();
}

function isoMs(stamp: string): EpochMs | null {
  const [, seconds, fraction = "", zone = ""] = /^(.{19})(?:[.,](\d+))?(.*)$/.exec(stamp) ?? [];
  const base = Date.parse(`${seconds?.replace(" ", "T")}${zone}`);
  if (Number.isNaN(base)) return null;
  // Whole microseconds: a double holds milliseconds since 1970 with three decimals exactly enough to print them.
  return epochMs(base + Number(fraction.slice(0, 6).padEnd(6, "0")) / 1000);
}

/**
 * A stamp without a year belongs to the last year in which it does not lie in the future (a day's grace for clocks and
 * zones), and in which that day exists (29 February). Local time of this process's zone.
 */
function traditionalMs(groups: Record<string, string> | undefined, readMs: EpochMs): EpochMs | null {
  if (groups === undefined) return null;
  const month = MONTHS.indexOf(groups["month"] ?? "");
  const day = Number(groups["day"]);
  const [hour, minute, second] = [Number(groups["hour"]), Number(groups["minute"]), Number(groups["second"])];
  if (month < 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second >= 61) return null;
  const at = (year: number): number | null => {
    const date = new Date(year, month, day, hour, minute, Math.floor(second));
    return date.getMonth() === month ? date.getTime() + (second % 1) * 1000 : null;
  };
  if (groups["year"] !== undefined) {
    const known = at(Number(groups["year"]));
    return known === null ? null : epochMs(known);
  }
  const newest = new Date(readMs + DAY_MS).getFullYear();
  for (let year = newest; year > newest - 9; year--) {
    const time = at(year);
    if (time !== null && time <= readMs + DAY_MS) return epochMs(time);
  }
  return null;
}
