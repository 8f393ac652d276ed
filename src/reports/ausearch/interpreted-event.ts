import { type EscapeMode, escaped } from "../../query/escape.ts";
import type { LogEvent, LogRecord } from "../../query/log-event.ts";
import { knownTypeName } from "../../query/log-stamp.ts";
import { TimeText } from "../../query/time-words.ts";
import type { NameContext } from "../../records/audit/interpret.ts";
import {
  type Additions,
  additionsOf,
  type CallContext,
  HOST_ARCH,
  interpreted,
  isLabelField,
  kindOf,
} from "./interpretation.ts";
import { isDaemonEvent } from "./plain.ts";

const SYSCALL = 1300;
const SECCOMP = 1326;

/** What the tool carries from one record to those that it prints after it. */
interface Arguments {
  a0: string | null;
  a1: string | null;
}

/** Prints events as `ausearch -i` does (audit-userspace src/ausearch-report.c). */
export class InterpretedEvents {
  readonly #names: NameContext;
  readonly #mode: EscapeMode;
  readonly #time = new TimeText();
  readonly #arguments: Arguments = { a0: null, a1: null };

  constructor(names: NameContext, mode: EscapeMode) {
    this.#names = names;
    this.#mode = mode;
  }

  /**
   * An event, its last record first.
   * @param loaded what auditd added to another record, that the tool looked up users by: the record that is printed
   * first is said with it instead of with its own.
   */
  text(event: LogEvent, loaded: string | null): string {
    const { records } = event;
    let text = "----\n";
    const last = records.length - 1;
    for (let index = last; index >= (isDaemonEvent(event) ? last : 0); index -= 1) {
      const record = records[index] as LogRecord;
      const added = index === last && loaded !== null ? loaded : record.interpretation();
      text += this.#record(record, event, additionsOf(added));
    }
    return text;
  }

  #record(record: LogRecord, event: LogEvent, additions: Additions): string {
    let message = record.message();
    const node = event.node === null ? "" : `node=${event.node} `;
    if (event.node !== null) message = message.slice(message.indexOf(" ") + 1);
    const open = message.indexOf("(");
    if (open < 0) return "";
    const name = knownTypeName(record.type);
    const head = `${node}${name === null ? message.slice(0, open) : `type=${name} msg=audit`}(`;
    const close = message.indexOf(")", open);
    if (close < 0) return head;
    const milli = String(event.milli).padStart(3, "0");
    const stamp = `${this.#time.of(event.sec)}.${milli}:${event.serial}) `;
    return `${head}${stamp}${this.#fields(message.slice(close + 1), record.type, name ?? "", additions)}\n`;
  }

  #fields(body: string, type: number, typeText: string, additions: Additions): string {
    if (type === SYSCALL) {
      this.#arguments.a0 = /a0=([0-9a-fA-F]*)/.exec(body)?.[1] ?? null;
      this.#arguments.a1 = /a1=([0-9a-fA-F]*)/.exec(body)?.[1] ?? null;
    }
    const isCall = type === SYSCALL || type === SECCOMP;
    let call: CallContext = {
      type: typeText,
      arch: isCall ? HOST_ARCH : null,
      syscall: isCall ? null : "0",
      ...this.#arguments,
    };
    let out = "";
    /** Where the next field begins; -1 where none can. */
    let at = 0;
    let comma = -2;
    let isComma = false;
    let hasField = false;
    while (at >= 0 && at < body.length) {
      const equals = body.indexOf("=", at);
      if (equals < 0) break;
      hasField = true;
      isComma = false;
      out += body.slice(at, equals + 1);
      let nameAt = Math.max(body.lastIndexOf(" ", equals), at);
      const from = equals + 1;
      if (body.slice(nameAt, equals) === "msg") {
        at = from;
        continue;
      }
      if (body[nameAt] === "'") nameAt += 1;
      const quote = body[from];
      let end: number;
      if (quote === "'" || quote === '"') {
        end = body.indexOf(quote, from + 1) + 1;
        if (end === 0) end = -1;
      } else {
        end = body.indexOf(" ", from);
        if (comma !== -1 && comma < from) comma = body.indexOf(",", from);
        if (comma >= 0 && (end < 0 || comma < end) && !isLabelField(body.slice(nameAt, equals))) {
          // Before the blank in front of the name is taken off: the tool knows no label with it.
          end = comma;
          isComma = true;
        }
      }
      at = end < 0 ? -1 : end + 1;
      const value = end < 0 ? body.slice(from) : body.slice(from, end);
      while (body[nameAt] === " " || body[nameAt] === "(") nameAt += 1;
      const name = body.slice(nameAt, equals);
      if (isCall && name === "arch") call = { ...call, arch: value };
      if (isCall && name === "syscall" && call.syscall === null) call = { ...call, syscall: value };
      out += this.#value(name, value, isComma, call, additions);
    }
    const rest = at < 0 ? null : body.slice(at);
    if (rest !== null && (hasField ? isComma : rest !== "")) out += `${escaped(rest, this.#mode)}\n`;
    return out;
  }

  #value(name: string, given: string, isComma: boolean, call: CallContext, additions: Additions): string {
    const value = name === "acct" && given.endsWith(":") ? given.slice(0, -1) : given;
    const kind = kindOf(call.type, name, value);
    if (kind === null) return `${value}${isComma ? "," : " "}`;
    const said = interpreted(kind, name, value, call, additions, this.#names, this.#mode);
    if (kind === "key") return `${said.replaceAll("\x01", " key=")} `;
    return kind === "typed" ? said : `${said} `;
  }
}
