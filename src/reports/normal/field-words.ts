import { type EscapeMode, escaped } from "../../query/escape.ts";
import { knownTypeName } from "../../query/log-stamp.ts";
import { machineIn, type NameContext } from "../../records/audit/interpret.ts";
import { interpreted, kindOf, NO_ADDITIONS, quotedText } from "../ausearch/interpretation.ts";
import type { EventCursor } from "./event-cursor.ts";
import { PathWords } from "./path-words.ts";
import type { SplitRecord } from "./split-record.ts";

/** Who knows the host's users and groups. */
export interface HostNames extends NameContext {
  readonly uidOf: (name: string) => number | null;
}

/** Says fields in words, as libauparse does: each field of an event once, later as it was said first. */
export class FieldWords {
  readonly #names: HostNames;
  readonly #mode: EscapeMode;
  readonly #paths = new PathWords();
  #said = new WeakMap<SplitRecord, Map<number, string>>();

  constructor(names: HostNames, mode: EscapeMode) {
    this.#names = names;
    this.#mode = mode;
  }

  uidOf(name: string): number | null {
    return this.#names.uidOf(name);
  }

  /** What the field at the cursor is: see `kindOf`. */
  kindAt(at: EventCursor): string | null {
    const { field, record } = at;
    if (field === null || record === null) return null;
    return kindOf(typeText(record), field.name, field.value ?? "");
  }

  /** True for a PATH record's name: it may be relative to the working directory. */
  isPathAt(at: EventCursor): boolean {
    return at.field?.name === "name" && at.type !== KERN_MODULE && at.type !== TRUSTED_APP;
  }

  say(at: EventCursor): string {
    return this.#once(at, (record, name, value) => {
      const { a0, a1 } = record;
      // Arguments of an unknown machine's call are numbers; the call itself is said as the host's.
      const arch = machineIn(record.arch ?? "") === null ? null : record.arch;
      const call = { type: typeText(record), arch, syscall: record.syscall ?? "-1", a0, a1 };
      const additions = at.additions ?? NO_ADDITIONS;
      return interpreted(this.kindAt(at), name, value, call, additions, this.#names, this.#mode);
    });
  }

  /** As {@link say}, but a path from the root. */
  sayPath(at: EventCursor): string {
    const cwd = at.records.findLast((record) => record.cwd !== null)?.cwd ?? null;
    if (cwd === null) return this.say(at);
    return this.#once(at, (_record, name, value) => {
      const added = at.additions?.get(name);
      if (added !== undefined && !added.startsWith("unknown-")) return added;
      return escaped(this.#paths.whole(quotedText(value), quotedText(cwd)), this.#mode);
    });
  }

  #once(at: EventCursor, say: (record: SplitRecord, name: string, value: string) => string): string {
    const { field, record, fieldNumber } = at;
    // What C prints for no text.
    if (field === null || record === null) return "(null)";
    if (field.value === null) return " ";
    let said = this.#said.get(record);
    if (said === undefined) this.#said.set(record, (said = new Map()));
    const known = said.get(fieldNumber);
    if (known !== undefined) return known;
    const text = say(record, field.name, field.value);
    said.set(fieldNumber, text);
    return text;
  }
}

const TRUSTED_APP = 1121;
const KERN_MODULE = 1330;
const typeText = (record: SplitRecord): string => knownTypeName(record.type) ?? "";
