import type { LogEvent } from "../query/log-event.ts";
import { TimeText } from "../query/time-words.ts";
import { EventCursor } from "./normal/event-cursor.ts";
import { FedRecord } from "./normal/fed-record.ts";
import { fieldInt } from "./normal/split-record.ts";

/** What `aulastlog` was asked for. */
export interface AulastlogOptions {
  readonly user: string | null;
  readonly isStdin: boolean;
}

/** What the tool prints where an option is wrong. */
export const AULASTLOG_USAGE = "usage: aulastlog [--stdin] [--user name]\n";

/** Reads a command line as `aulastlog` of audit 3.0.9 does; null where it prints {@link AULASTLOG_USAGE}. */
export function readAulastlogOptions(argv: readonly string[]): AulastlogOptions | null {
  let user: string | null = null;
  let isStdin = false;
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at];
    const next = argv[at + 1];
    if ((word === "-u" || word === "--user") && next !== undefined) {
      user = next;
      at += 1;
    } else if (word === "--stdin") isStdin = true;
    else return null;
  }
  return { user, isStdin };
}

/** The type of the events that {@link Aulastlog.add} looks at. */
export const LASTLOG_TYPES: readonly number[] = [1112];

interface Seen {
  readonly name: string;
  readonly uid: number;
  sec: number;
  host: string;
  terminal: string;
}

const column = (text: string, size: number): string => text.slice(0, size).padEnd(size);

/**
 * Says when each of the host's users last logged in, as `aulastlog` of audit 3.0.9 does: it passes over the event
 * behind each login that it finds, so that it misses one of two logins with nothing between them.
 * @see audit-userspace tools/aulastlog/aulastlog.c
 */
export class Aulastlog {
  readonly #users: readonly Seen[];
  #isPassing = false;

  /** @param users names and uids, in the order in which they are printed. */
  constructor(users: readonly (readonly [string, number])[]) {
    this.#users = users.map(([name, uid]) => ({ name, uid, sec: 0, host: "", terminal: "" }));
  }

  /** An event, in the order of the log; those without a login may be told by {@link pass} instead. */
  add(event: LogEvent): void {
    if (this.#isPassing) {
      this.#isPassing = false;
      return;
    }
    if (!event.records.some(({ type }) => LASTLOG_TYPES.includes(type))) return;
    const records = event.records.map((one) => new FedRecord(one));
    const login = records.findIndex(({ split }) => {
      const first = (name: string) => split.fields.find((field) => field.name === name)?.value;
      return first("type") === "USER_LOGIN" && first("res") === "success";
    });
    if (login < 0) return;
    this.#isPassing = true;
    const at = new EventCursor(records, event.sec === 0);
    at.goTo(login);
    const auid = at.find("auid");
    if (auid === null) return;
    const uid = fieldInt(auid) >>> 0;
    const user = this.#users.find((one) => one.uid === uid);
    if (user === undefined) return;
    user.sec = event.sec;
    user.host = at.find("hostname") ?? user.host;
    user.terminal = at.find("terminal") ?? user.terminal;
  }

  /** There are events without a login between the last one and the next. */
  pass(): void {
    this.#isPassing = false;
  }

  /** The report. */
  text(): string {
    const time = new TimeText();
    const lines = this.#users.map(({ name, sec, host, terminal }) => {
      const when = sec === 0 ? "**Never logged in**" : time.of(sec);
      return `${name.padEnd(16)} ${column(terminal, 12)} ${column(host, 26)} ${when}\n`;
    });
    return `Username         Port         From                       Latest\n${lines.join("")}`;
  }
}
