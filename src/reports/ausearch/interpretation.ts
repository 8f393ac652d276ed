import { hexBytes, hexEnd, unescaped, upToNul } from "../../query/c-text.ts";
import { type EscapeMode, escaped } from "../../query/escape.ts";
import { fieldKind, interpretField, type NameContext } from "../../records/audit/interpret.ts";
import { sayTyped } from "../../records/audit/interpret-text.ts";

/** A record's type by name, with what of its system call its fields' meaning depends on. */
export interface CallContext {
  readonly type: string;
  readonly arch: string | null;
  readonly syscall: string | null;
  readonly a0: string | null;
  readonly a1: string | null;
}

/** What auditd added to a record, by the field's name in small letters; the first one of each counts. */
export type Additions = ReadonlyMap<string, string>;
export const NO_ADDITIONS: Additions = new Map();

/** Reads what auditd added behind byte 0x1d as libauparse does: a socket's address alone, or words with `=`. */
export function additionsOf(text: string | null): Additions {
  if (text === null) return NO_ADDITIONS;
  const found = new Map<string, string>();
  if (text.startsWith("SADDR=")) {
    const open = text.indexOf("{", 6);
    if (open >= 0 && text.includes("}", open)) found.set("saddr", text.slice(open));
    return found;
  }
  for (const word of text.split(" ")) {
    const equals = word.indexOf("=");
    if (equals < 0) continue;
    const name = word.slice(0, equals).toLowerCase();
    if (!found.has(name)) found.set(name, word.slice(equals + 1));
  }
  return found;
}

/** The machine that the tool takes for its own where a record names none. */
export const HOST_ARCH = "c000003e";

const LABELS: ReadonlySet<string> = new Set(["subj", "obj", "scontext", "tcontext", "vm-ctx", "img-ctx"]);
/** True for a field that holds a security label: it may have commas. */
export const isLabelField = (name: string): boolean => LABELS.has(name);

const isHexText = (text: string): boolean => /^[0-9a-fA-F]*$/.test(text);

/** What a field is: a kind of `fieldKind`, `label`, or null for what is printed as it stands. */
export function kindOf(type: string, name: string, value: string): string | null {
  if (type === "EXECVE" && name.startsWith("a") && name !== "argc" && !name.includes("_len")) return "text";
  if (type === "AVC" && name === "saddr") return null;
  if (type === "USER_TTY" && name === "msg") return "text";
  if (type === "NETFILTER_PKT" && name === "saddr") return "label";
  if (name === "acct") return value.startsWith('"') || isHexText(value) ? "text" : null;
  // A program may have written what it liked: the names of its fields say nothing.
  if (type === "TRUSTED_APP") return isGuessedText(value) ? "text" : null;
  if (isLabelField(name) || name === "addr") return "label";
  if (name === "key") return "key";
  return fieldKind(type, name);
}

/** A number is no text, though its digits are hex ones. */
const isGuessedText = (value: string): boolean =>
  value.startsWith('"') || (isHexText(value) && /[a-fA-F]/.test(value));

/** A text in quotes or in hex; as it is where it is neither. A quote that does not end is a space. */
export function quotedText(value: string): string {
  if (value.startsWith('"')) {
    const end = value.indexOf('"', 1);
    return end < 0 ? " " : value.slice(1, end);
  }
  return unescaped(value, value.startsWith("00") ? 2 : 0) ?? value;
}

/**
 * A process title: its arguments' NULs are spaces. The tool decodes in place and takes half of the value's length for
 * the title's: spaces follow where the value is not hex to its end, and one that begins with a NUL (which is skipped,
 * as for an abstract socket) has some of its own hex digits behind it.
 */
function title(value: string): string {
  if (value.startsWith('"') || value.startsWith("(")) return quotedText(value);
  const hex = value.slice(value.startsWith("00") ? 2 : 0);
  const digits = hex.slice(0, hexEnd(hex, 0));
  if (digits.length < 2) return value;
  const text = hexBytes(digits).toString("latin1");
  const buffer = text.padEnd(Math.max(text.length, hex.length >> 1) + 1, "\0");
  const whole = buffer + digits.slice(buffer.length);
  const size = value.length >> 1;
  return whole.slice(0, size).replaceAll("\0", " ") + upToNul(whole.slice(size));
}

/**
 * A field's value in words, as libauparse says it (auparse/interpret.c, auparse_do_interpretation): what auditd
 * added goes first, unless auditd did not know it either.
 * @param value as it stands in the record, latin1.
 */
export function interpreted(
  kind: string | null,
  name: string,
  value: string,
  call: CallContext,
  additions: Additions,
  names: NameContext,
  mode: EscapeMode,
): string {
  const added = additions.get(name);
  if (added !== undefined && !added.startsWith("unknown-"))
    return kind === "uid" || kind === "gid" ? quotedText(added) : added;
  const said = say(kind, name, value, call, names);
  if (kind === "key" && said.includes("\x01"))
    return said
      .split("\x01")
      .map((key) => escaped(key, mode))
      .join("\x01");
  return escaped(said, mode);
}

function say(
  kind: string | null,
  name: string,
  value: string,
  call: CallContext,
  names: NameContext,
): string {
  switch (kind) {
    case null:
    case "label":
      return value;
    case "text":
    case "key":
      return quotedText(value);
    case "title":
      return title(value);
    case "typed":
      if (!isHexText(value)) return value;
      // What C prints for no text.
      if (value.length < 2) return "(null)";
      return sayTyped(hexBytes(value.slice(0, value.length & ~1)).toString("latin1"));
    default: {
      const fields: Record<string, string> = { ...present(call) };
      // A system call in a record of another type is number 0 to the tool, of its own machine.
      if (name !== "syscall" || call.syscall === null) fields[name] = value;
      else fields["arch"] ??= HOST_ARCH;
      const record = { type: call.type, raw: "", fields, enriched: {} };
      return interpretField(record, name, value, names);
    }
  }
}

function present({ arch, syscall, a0, a1 }: CallContext): Record<string, string> {
  const fields: Record<string, string> = {};
  if (arch !== null) fields["arch"] = arch;
  if (syscall !== null) fields["syscall"] = syscall;
  if (a0 !== null) fields["a0"] = a0;
  if (a1 !== null) fields["a1"] = a1;
  return fields;
}
