import { type EscapeMode, escaped } from "../../query/escape.ts";
import type { LogEvent } from "../../query/log-event.ts";

const SEPARATOR = "\x1d";
const DAEMON_FIRST = 1200;
const DAEMON_END = 1300;

/** True for an event that ends in a record of auditd's own: of such the tool prints that record alone. */
export const isDaemonEvent = ({ records }: LogEvent): boolean => {
  const type = records.at(-1)?.type ?? -1;
  return type >= DAEMON_FIRST && type < DAEMON_END;
};

/**
 * An event as `ausearch --raw` prints it: its records with what auditd added. Where one record of the event is
 * enriched, byte 0x1d follows also those that are not.
 */
export function rawEvent({ records }: LogEvent): string {
  const isEnriched = records.some((record) => record.interpretation() !== null);
  let text = "";
  for (const record of records)
    text += `${record.message()}${isEnriched ? SEPARATOR + (record.interpretation() ?? "") : ""}\n`;
  return text;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number: number): string => String(number).padStart(2, "0");

/** C's ctime, without its newline: `Tue Nov 24 13:05:09 2026` in the local zone. */
export function timeLine(sec: number): string {
  const date = new Date(sec * 1000);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${String(date.getDate()).padStart(2)}`;
  return `${day} ${clock} ${date.getFullYear()}`;
}

/** What stands before an event of this second. */
export const plainHead = (sec: number): string => `----\ntime->${timeLine(sec)}\n`;

/** An event as `ausearch` prints it: the last record first, without what auditd added. */
export function plainEvent(event: LogEvent, mode: EscapeMode): string {
  const head = plainHead(event.sec);
  const last = event.records.at(-1);
  if (last === undefined) return head;
  if (isDaemonEvent(event)) return `${head}${last.message()}\n`;
  let text = head;
  for (let index = event.records.length - 1; index >= 0; index -= 1)
    text += `${escaped(event.records[index]?.message() ?? "", mode)}\n`;
  return text;
}
