import { headType, type LogEvent } from "../../query/log-event.ts";
import { EventCursor } from "../normal/event-cursor.ts";
import { FedRecord } from "../normal/fed-record.ts";
import { FieldWords, type HostNames } from "../normal/field-words.ts";
import { fieldInt } from "../normal/split-record.ts";
import { sessionLines } from "./lines.ts";
import type { AulastOptions } from "./options.ts";
import { type LastSession, SessionList } from "./session-list.ts";

const TYPE = {
  login: 1006,
  userEnd: 1106,
  userLogin: 1112,
  boot: 1127,
  shutdown: 1128,
  daemonStart: 1200,
} as const;
/** The types of the events that {@link Aulast.add} looks at. */
export const LAST_TYPES: readonly number[] = Object.values(TYPE);

/** Where an {@link Aulast} writes to. Texts are latin1. */
export interface AulastParts {
  readonly options: AulastOptions;
  readonly names: HostNames;
  readonly nowSec: number;
  readonly out: (text: string) => void;
  /** `--debug`. */
  readonly err: (text: string) => void;
  /** `--extract`: takes a record's line. */
  readonly extract: (line: string) => void;
}

/**
 * Lists logins from a log's events as `aulast` of audit 3.0.9 does: LOGIN begins a session, USER_LOGIN says from where,
 * USER_END ends it; a boot ends all.
 * @see audit-userspace tools/aulast/aulast.c
 */
export class Aulast {
  readonly #parts: AulastParts;
  readonly #words: FieldWords;
  readonly #sessions = new SessionList();
  #kernel: string | null = null;

  constructor(parts: AulastParts) {
    this.#parts = parts;
    this.#words = new FieldWords(parts.names, "tty");
  }

  /** An event, in the order of the log. */
  add(event: LogEvent): void {
    const type = headType(event);
    if (!LAST_TYPES.includes(type)) return;
    const at = new EventCursor(
      event.records.map((record) => new FedRecord(record)),
      event.sec === 0,
    );
    this.#take(type, at, event);
    // The record at which the reading ended, or none.
    const line = event.records[at.record === null ? -1 : at.recordNumber]?.message() ?? "(null)";
    this.#parts.extract(`${line}\n`);
  }

  /** What is open at the end. */
  end(): void {
    for (let session = this.#sessions.first(); session !== null; session = this.#sessions.next())
      this.#report(session);
  }

  #take(type: number, at: EventCursor, event: LogEvent): void {
    switch (type) {
      case TYPE.login:
        this.#begin(at, event);
        break;
      case TYPE.userLogin:
        this.#login(at, event);
        break;
      case TYPE.userEnd:
        this.#logout(at, event);
        break;
      case TYPE.boot:
        this.#boot(event);
        break;
      case TYPE.shutdown:
        this.#shutdown(event);
        break;
      default:
        this.#kernel = at.find("kernel") ?? this.#kernel;
    }
  }

  #report(session: LastSession): void {
    const { options, nowSec, out } = this.#parts;
    if (session.result === Number(options.isBad)) out(sessionLines(session, options.hasProof, nowSec));
  }

  #debug(text: string, { serial }: LogEvent): void {
    if (this.#parts.options.isDebug) this.#parts.err(`${text} for event: ${serial}\n`);
  }

  #begin(at: EventCursor, event: LogEvent): void {
    const { user } = this.#parts.options;
    const pid = fieldInt(at.find("pid"));
    const newAuid = findNew(at, "auid");
    const auid = fieldInt(newAuid);
    const name = newAuid === null ? null : this.#words.say(at);
    const session = fieldInt(findNew(at, "ses"));
    if (pid === -1 || auid === -1 || session === -1) {
      this.#debug("Bad login", event);
      return;
    }
    const open = this.#sessions.find((one) => one.session === session);
    if (open !== null) {
      open.status = "gone";
      open.endSec = event.sec;
      this.#report(open);
      this.#sessions.remove();
    }
    if (user !== null && user !== name) {
      this.#debug(`login reporting limited to ${user}`, event);
      return;
    }
    this.#sessions.add({ ...begun(session, auid, pid, event), startSec: event.sec, name });
  }

  #login(at: EventCursor, event: LogEvent): void {
    const { options, out } = this.#parts;
    const { tty } = options;
    const pid = fieldInt(at.find("pid"));
    const session = fieldInt(at.find("ses"));
    // The second uid, behind the first one; most programs send an id instead.
    let uid = at.find("uid");
    if (uid === null) {
      at.first();
      uid = at.find("id");
      at.first();
    }
    const auid = fieldInt(uid);
    let host = at.find("hostname");
    if (host === "?") host = at.find("addr");
    const terminal = at.find("terminal") ?? "?";
    const isDone = at.find("res") === null ? null : this.#words.say(at) === "success";
    let account: string | null = null;
    if (isDone === false) {
      at.first();
      if (at.find("acct") !== null) account = this.#words.say(at);
    } else if (pid === -1 || auid === -1 || session === -1) {
      this.#debug("Bad user login", event);
      return;
    }
    const open =
      isDone === true
        ? this.#sessions.find((one) => one.pid === pid && one.auid === auid && one.session === session)
        : null;
    if (open !== null) {
      if (tty !== null && !terminal.includes(tty)) {
        this.#sessions.remove();
        this.#debug(`User login limited to ${tty}`, event);
        return;
      }
      open.status = "start";
      open.terminal = terminal;
      open.host = host ?? open.host;
      open.result = 0;
      open.loginSerial = event.serial;
    } else if (options.isBad && isDone === false) {
      this.#report({
        // Its session is 0 in the tool, which does not set it.
        ...begun(0, auid, pid, event),
        startSec: event.sec,
        endSec: event.sec,
        name: account,
        terminal,
        host,
        result: 1,
        status: "out",
        beginSerial: 0,
        loginSerial: event.serial,
      });
    } else if (options.isDebug) out("Session not found or updated\n");
  }

  #logout(at: EventCursor, event: LogEvent): void {
    const pid = fieldInt(at.find("pid"));
    const auid = fieldInt(at.find("auid"));
    const session = fieldInt(at.find("ses"));
    if (pid === -1 || auid === -1 || session === -1) {
      this.#debug("Bad user logout", event);
      return;
    }
    const open = this.#sessions.find(
      (one) => one.pid === pid && one.auid === auid && one.session === session,
    );
    if (open === null) return;
    if (open.startSec === 0) this.#debug("start time error", event);
    else this.#close(open, "out", event);
    this.#sessions.remove();
  }

  #close(session: LastSession, status: LastSession["status"], { sec, serial }: LogEvent): void {
    session.status = status;
    session.endSec = sec;
    session.endSerial = serial;
    this.#report(session);
  }

  #boot(event: LogEvent): void {
    const sessions = this.#sessions;
    for (let one = sessions.first(); one !== null; one = sessions.next())
      if (one.name !== null) this.#close(one, "crash", event);
    for (let one = sessions.first(); one !== null; one = sessions.next())
      if (one.status !== "crash") this.#close(one, "down", event);
    sessions.clear();
    sessions.add({
      ...begun(0, 0, 0, event),
      startSec: event.sec,
      name: "reboot",
      terminal: "system boot",
      host: this.#kernel,
      result: 0,
    });
  }

  /** Ends the first session with a name: the boot's is the first. */
  #shutdown(event: LogEvent): void {
    const sessions = this.#sessions;
    for (let one = sessions.first(); one !== null; one = sessions.next()) {
      if (one.name === null) continue;
      this.#close(one, "out", event);
      sessions.remove();
      return;
    }
  }
}

const begun = (session: number, auid: number, pid: number, { serial }: LogEvent): LastSession => ({
  session,
  auid,
  pid,
  startSec: 0,
  endSec: 0,
  name: null,
  terminal: null,
  host: null,
  result: -1,
  status: "begun",
  beginSerial: serial,
  loginSerial: 0,
  endSerial: 0,
});

/** The new one of two values of a LOGIN record; up to Linux 3.13 both had the same name. */
function findNew(at: EventCursor, name: string): string | null {
  if (at.find(`old-${name}`) === null) {
    at.first();
    at.find(name);
    at.nextField();
  }
  return at.find(name);
}
