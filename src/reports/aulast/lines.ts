import { TimeText } from "../../query/time-words.ts";
import { timeLine } from "../ausearch/plain.ts";
import type { LastSession } from "./session-list.ts";

const MINUTE_SEC = 60;
const HOUR_SEC = 3600;
const DAY_SEC = 86_400;
const DEVICE = "/dev/";

const two = (number: number): string => String(number).padStart(2, "0");
/** C's `%-N.Ns`. */
const column = (text: string, size: number): string => text.slice(0, size).padEnd(size);
/** C's `%-8.u`: nothing for 0. */
const number = (value: number): string => (value === 0 ? "" : String(value >>> 0)).padEnd(8);

/**
 * A session's lines, as `aulast` prints them.
 * @param nowSec the moment: the end of what has not ended, where it has a name.
 */
export function sessionLines(session: LastSession, hasProof: boolean, nowSec: number): string {
  const { name, auid, startSec, status } = session;
  const terminal = session.terminal ?? "";
  let isOpen = false;
  if (name !== null && session.endSec === 0) {
    session.endSec = nowSec;
    isOpen = true;
  }
  const head = [
    name === null ? number(auid) : column(name, 8),
    column(terminal.startsWith(DEVICE) ? terminal.slice(DEVICE.length) : terminal, 12),
    column(session.host ?? "?", 16),
    column(timeLine(startSec), 16),
    "",
  ].join(" ");
  const ends: Readonly<Record<typeof status, string>> = {
    begun: "",
    start: "  still logged in",
    down: "- down",
    crash: "- crash",
    gone: "  gone - no logout",
    out: `- ${column(isOpen ? " " : timeLine(session.endSec).slice(11, 16), 7)}${lasted(session.endSec - startSec)}`,
  };
  return `${head}${ends[status]}\n${hasProof ? proof(session) : ""}`;
}

/** `(days+hours:minutes)`, as C divides: what is negative is so in each part. */
function lasted(sec: number): string {
  const part = (value: number, modulus: number): number => Math.trunc(value) % modulus;
  const [days, hours, minutes] = [
    Math.trunc(sec / DAY_SEC),
    part(sec / HOUR_SEC, 24),
    part(sec / MINUTE_SEC, 60),
  ];
  const clock = `${signed(hours)}:${signed(minutes)}`;
  return days === 0 ? `(${clock})` : `(${days}+${clock})`;
}
/** C's `%02d`. */
const signed = (value: number): string => (value < 0 ? `-${-value}` : two(value + 0));

/** Which events say it, and how to find the session's. */
function proof({
  name,
  session,
  startSec,
  endSec,
  result,
  beginSerial,
  loginSerial,
  endSerial,
}: LastSession): string {
  const time = new TimeText();
  const isFailed = beginSerial === 0 && result === 1;
  const serials = isFailed ? `: ${loginSerial}` : `s: ${beginSerial}, ${loginSerial}, ${endSerial}`;
  const start = time.of(startSec);
  const span = endSec === 0 ? `--start ${start}` : `--start ${start} --end ${time.of(endSec)}`;
  const ses = name === null ? ` --session ${session >>> 0}` : "";
  const event = isFailed ? ` -a ${loginSerial}` : "";
  return `    audit event proof serial number${serials}\n    Session data can be found with this search:\n    ausearch ${span}${ses}${event}\n\n`;
}
