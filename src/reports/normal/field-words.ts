import { type EscapeMode, escaped } from "../../query/escape.ts";
import { knownTypeName } from "../../query/log-stamp.ts";
import { machineIn, type NameContext } from "../../records/audit/interpret.ts";
import { interpreted, kindOf, NO_ADDITIONS, quotedText } from "../ausearch/interpretation.ts";
import type { EventCursor } from "./event-cursor.ts";
import type { FedRecord } from "./fed-record.ts";
import { PathWords } from "./path-words.ts";

/** Who knows the host's users and groups. */
export interface HostNames extends NameContext {
  readonly uidOf: (name: string) => number | null;
}

/** Says fields in words, as libauparse does: each field of an event once, later as it was said first. */
export class FieldWords {
  readonly #names: HostNames;
  readonly #mode: EscapeMode;
  readonly #paths = new PathWords();
  /** Machines by arch field, true where it is one: a log has few. */
  readonly #machines = new Map<string, boolean>();

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
      const { a0, a1, arch: given, syscall } = record.split;
      // Arguments of an unknown machine's call are numbers; the call itself is said as the host's.
      const arch = given !== null && this.#isMachine(given) ? given : null;
      const call = { type: typeText(record), arch, syscall: syscall ?? "-1", a0, a1 };
      const additions = at.additions ?? NO_ADDITIONS;
      return interpreted(this.kindAt(at), name, value, call, additions, this.#names, this.#mode);
    });
  }

  /** As {@link say}, but a path from the root. */
  sayPath(at: EventCursor): string {
    const cwd =
      at.records.findLast((record) => record.type === CWD && record.split.cwd !== null)?.split.cwd ?? null;
    if (cwd === null) return this.say(at);
    return this.#once(at, (_record, name, value) => {
      const added = at.additions?.get(name);
      if (added !== undefined && !added.startsWith("unknown-")) return added;
      return escaped(this.#paths.whole(quotedText(value), quotedText(cwd)), this.#mode);
    });
  }

  #once(at: EventCursor, say: (record: FedRecord, name: string, value: string) => string): string {
    const { field, record, fieldNumber } = at;
    // What C prints for no text.
    if (field === null || record === null) return "(null)";
    if (field.value === null) return " ";
    const known = record.said[fieldNumber];
    if (known !== undefined) return known;
    return (record.said[fieldNumber] = say(record, field.name, field.value));
  }

  #isMachine(arch: string): boolean {
    let isKnown = this.#machines.get(arch);
    if (isKnown === undefined) {
      if (this.#machines.size >= MOST_MACHINES) this.#machines.clear();
      this.#machines.set(arch, (isKnown = machineIn(arch) !== null));
    }
    return isKnown;
  }
}

const MOST_MACHINES = 64;
const CWD = 1307;
const TRUSTED_APP = 1121;
const KERN_MODULE = 1330;
const typeText = (record: FedRecord): string => knownTypeName(record.type) ?? "";
