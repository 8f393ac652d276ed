import { upToNul } from "../query/c-text.ts";
import { type EscapeMode, escaped } from "../query/escape.ts";
import { headType, type LogEvent } from "../query/log-event.ts";
import { typeName } from "../query/log-stamp.ts";
import { addedValue, decodedName } from "../query/names.ts";
import type { SearchFields } from "../query/search-fields.ts";
import type { WordTables } from "./word-tables.ts";

const SYSCALL = 1300;
/** A machine that libaudit 3.0.9 does not know. */
const RISCV64 = "c00000f3";
/** Sizes of the real tool's buffers, the last byte for the end. */
const NAME_CHARS = 63;
const CALL_CHARS = 127;
/** In the totals of users and system calls. */
export const SHORT_CHARS = 31;

/** What words are made of. */
export interface WordsParts {
  /** `-i`. */
  readonly isInterpreted: boolean;
  readonly escape: EscapeMode;
  /** The host's users, for `-i`. */
  readonly users: ReadonlyMap<number, string>;
  /** Null where nothing is said that they hold: for `-i` and for what was typed they must be there. */
  readonly tables: WordTables | null;
}

/** How a report says numbers: as they are, or in words with `-i`. */
export class Words {
  /** `-i`. */
  readonly isInterpreted: boolean;
  readonly #mode: EscapeMode;
  readonly #users: ReadonlyMap<number, string>;
  readonly #tables: WordTables | null;
  /** What auditd added to the event's first record, where the real tool reads it. */
  #added: string | null = null;

  constructor({ isInterpreted, escape, users, tables }: WordsParts) {
    this.isInterpreted = isInterpreted;
    this.#mode = escape;
    this.#users = users;
    this.#tables = tables;
  }

  get #read(): WordTables {
    if (this.#tables === null) throw new Error("a report says words of tables that were not read");
    return this.#tables;
  }

  /** What follows is said of this event; null: of none. */
  begin(event: LogEvent | null): void {
    const isRead =
      this.isInterpreted && event !== null && (event.records.length === 1 || headType(event) === SYSCALL);
    this.#added = isRead ? (event.records[0]?.interpretation() ?? null) : null;
  }

  /** A text that a log chose. */
  text(text: string): string {
    return escaped(text, this.#mode);
  }

  /** As {@link text}; `?` for none. */
  orUnknown(text: string | null): string {
    return text === null ? "?" : this.text(text);
  }

  /** A user, unescaped. The name that auditd added for the login user is used for any other user too, as the real tool does. */
  user(uid: number, chars = NAME_CHARS): string {
    if (!this.isInterpreted) return String(uid);
    if (uid === -1) return "unset";
    const added = addedValue(this.#added, "AUID");
    if (added !== null) return decodedName(added).slice(0, chars);
    return (this.#users.get(uid >>> 0) ?? `unknown(${uid})`).slice(0, chars);
  }

  /** A user, escaped. */
  safeUser(uid: number): string {
    return this.text(this.user(uid));
  }

  call({ syscall, arch }: SearchFields, chars = CALL_CHARS): string {
    if (!this.isInterpreted) return String(syscall);
    const added = addedValue(this.#added, "SYSCALL");
    if (added !== null) return upToNul(added).slice(0, chars);
    const hex = arch.toString(16);
    const machine = hex === RISCV64 ? null : this.#read.machineOf(hex);
    return machine === null ? "?" : (machine.syscalls.get(syscall) ?? String(syscall)).slice(0, chars);
  }

  /** What was typed at a terminal. */
  typed(text: string): string {
    return this.#read.sayTyped(text);
  }

  type(event: LogEvent): string {
    return typeName(headType(event));
  }

  success({ success }: SearchFields): string {
    return success === 0 ? "no" : success === 1 ? "yes" : "unset";
  }
}

/** As C prints a missing text. */
export const orNull = (text: string | null): string => text ?? "(null)";
