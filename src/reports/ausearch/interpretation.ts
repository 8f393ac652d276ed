import { hexEnd, unescaped } from "../../query/c-text.ts";
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
  if (isLabelField(name) || name === "addr") return "label";
  if (name === "key") return "key";
  return fieldKind(type, name);
}

/** A text in quotes or in hex; as it is where it is neither. A quote that does not end is a space. */
export function quotedText(value: string): string {
  if (value.startsWith('"')) {
    const end = value.indexOf('"', 1);
    return end < 0 ? " " : value.slice(1, end);
  }
  return unescaped(value, value.startsWith("00") ? 2 : 0) ?? value;
}

/** A process title: its arguments' NULs are spaces. */
function title(value: string): string {
  if (value.startsWith('"') || value.startsWith("(")) return quotedText(value);
  const from = value.startsWith("00") ? 2 : 0;
  const digits = value.slice(from, hexEnd(value, from));
  if (digits.length < 2) return value;
  const even = digits.length % 2 === 0 ? digits : `${digits}0`;
  return Buffer.from(even, "hex").toString("latin1").replaceAll("\0", " ");
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
      return isHexText(value) ? sayTyped(unescapedBytes(value)) : value;
    default: {
      const fields: Record<string, string> = { ...present(call), [name]: value };
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

const unescapedBytes = (hex: string): string =>
  Buffer.from(hex.length % 2 === 0 ? hex : `${hex}0`, "hex").toString("latin1");
