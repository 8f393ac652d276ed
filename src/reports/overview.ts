import { hasType, hasTypeIn, type LogEvent } from "../query/log-event.ts";
import type { EventTime } from "../query/log-reader.ts";
import type { TimeRange } from "../query/log-stamp.ts";
import type { SearchFields, Wanted } from "../query/search-fields.ts";
import { TimeText } from "../query/time-words.ts";
import { Tally } from "./tally.ts";

/** What of an event the overview counts. */
export const OVERVIEW_WANTED: Wanted = {
  files: true,
  hostname: true,
  terminal: true,
  exe: true,
  comm: true,
  keys: true,
  loginuid: true,
};

const FAILED = 0;
const YES = 1;
const milli = (value: number): string => String(value).padStart(3, "0");

/** `aureport` without a report: how many there are of everything. */
export class Overview {
  #events = 0;
  #changes = 0;
  #accounts = 0;
  #crypto = 0;
  #logins = [0, 0];
  #auths = [0, 0];
  #decisions = 0;
  #mac = 0;
  #virt = 0;
  #integrity = 0;
  #failedCalls = 0;
  #anomalies = 0;
  #responses = 0;
  readonly #users = new Set<number>();
  readonly #pids = new Set<number>();
  readonly #terminals = new Tally();
  readonly #hosts = new Tally();
  readonly #programs = new Tally();
  readonly #commands = new Tally();
  readonly #files = new Tally();
  readonly #keys = new Tally();

  count(event: LogEvent, fields: SearchFields): void {
    this.#events += 1;
    const has = (...types: number[]): number => types.filter((type) => hasType(event, type)).length;
    const hasIn = (low: number, high: number): number => (hasTypeIn(event, low, high) ? 1 : 0);
    const { success } = fields;
    const outcome = (counts: number[]): void => {
      if (success === YES || success === FAILED) counts[success] = (counts[success] ?? 0) + 1;
    };
    const mac = hasIn(1403, 1417);
    this.#changes += has(1305, 1203, 1111, 1325, 1328, 2311) + mac;
    this.#accounts += has(1108, 1102, 1132) + hasIn(1114, 1117) + hasIn(2301, 2302);
    this.#crypto += hasIn(1600, 1699) + hasIn(2400, 2499);
    if (has(1112) > 0) outcome(this.#logins);
    if (has(1100) > 0) outcome(this.#auths);
    else if (has(1102) > 0) {
      if (success === FAILED) outcome(this.#auths);
    } else if (has(1126) > 0) outcome(this.#auths);
    if (fields.loginuid !== -2) this.#users.add(fields.loginuid);
    if (fields.terminal !== null) this.#terminals.add(fields.terminal);
    if (fields.hostname !== null) this.#hosts.add(fields.hostname);
    if (fields.exe !== null) this.#programs.add(fields.exe);
    if (fields.comm !== null) this.#commands.add(fields.comm);
    for (const { name } of fields.files ?? []) this.#files.add(name);
    if (has(1400) + has(1107) > 0) this.#decisions += 1;
    this.#mac += mac + hasIn(2300, 2399);
    this.#virt += hasIn(2500, 2599);
    this.#integrity += hasIn(1800, 1899);
    if (success === FAILED && fields.syscall > 0) this.#failedCalls += 1;
    if (fields.pid !== -1) this.#pids.add(fields.pid);
    this.#anomalies += hasIn(2100, 2199) + hasIn(1700, 1799);
    this.#responses += hasIn(2200, 2299);
    for (const key of fields.keys ?? []) if (key !== "(null)") this.#keys.add(key);
  }

  /** The overview; `first` and `last` are the log's span, `range` what was asked for. */
  text(first: EventTime, last: EventTime, range: TimeRange): string {
    const time = new TimeText();
    const whole = ({ sec, milli: part }: EventTime) => `${time.of(sec)}.${milli(part)}`;
    const end = range.end === 0 ? whole(last) : time.of(range.end);
    const counts: readonly (readonly [string, number])[] = [
      ["changes in configuration", this.#changes],
      ["changes to accounts, groups, or roles", this.#accounts],
      ["logins", this.#logins[YES] ?? 0],
      ["failed logins", this.#logins[FAILED] ?? 0],
      ["authentications", this.#auths[YES] ?? 0],
      ["failed authentications", this.#auths[FAILED] ?? 0],
      ["users", this.#users.size],
      ["terminals", this.#terminals.size],
      ["host names", this.#hosts.size],
      ["executables", this.#programs.size],
      ["commands", this.#commands.size],
      ["files", this.#files.size],
      ["AVC's", this.#decisions],
      ["MAC events", this.#mac],
      ["failed syscalls", this.#failedCalls],
      ["anomaly events", this.#anomalies],
      ["responses to anomaly events", this.#responses],
      ["crypto events", this.#crypto],
      ["integrity events", this.#integrity],
      ["virt events", this.#virt],
      ["keys", this.#keys.size],
      ["process IDs", this.#pids.size],
      ["events", this.#events],
    ];
    return (
      `Range of time in logs: ${whole(first)} - ${whole(last)}\n` +
      `Selected time for report: ${time.of(range.start === 0 ? first.sec : range.start)} - ${end}\n` +
      `${counts.map(([name, count]) => `Number of ${name}: ${count}\n`).join("")}\n`
    );
  }
}
