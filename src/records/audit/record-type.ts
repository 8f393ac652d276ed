import { namesByNumber } from "./tables/packed.ts";
import { RECORD_TYPES } from "./tables/record-types.generated.ts";

/** What a record's type says about reading it and about the event that it belongs to. */
export interface RecordType {
  /** The name, also where the log had only the number; `UNKNOWN[n]` for a number without a name. */
  readonly name: string;
  /** -1 where the name is not known. */
  readonly number: number;
  /** A program's own record that is a whole event: nothing else carries its stamp. */
  readonly isAlone: boolean;
  /** EXECVE: its `aN` are program arguments. */
  readonly isExecve: boolean;
  /** LOGIN: up to Linux 3.13 its fields were `old auid=… new auid=…`. */
  readonly isLogin: boolean;
  readonly isProctitle: boolean;
  readonly isEnd: boolean;
  /** SYSCALL or URINGOP: the record that an event of several records has at its head. */
  readonly isHead: boolean;
}

const NAMES = namesByNumber(RECORD_TYPES);
const NUMBERS = new Map([...NAMES].map(([number, name]) => [name, number]));

/** The number of a record type's name (`UNKNOWN[n]` is n), or null. */
export function recordTypeNumber(name: string): number | null {
  const known = NUMBERS.get(name);
  if (known !== undefined) return known;
  const [, digits] = /^(?:UNKNOWN\[)?(\d{1,9})\]?$/.exec(name) ?? [];
  return digits === undefined ? null : Number(digits);
}
/** All types that have a name: number, name. */
export const recordTypes = (): Iterable<readonly [number, string]> => NAMES;

/**
 * True for types that a trusted program sends on its own: one record, complete at once.
 * Ranges of linux/audit.h and libaudit.h: 1100–1199 user messages (login, cron, sudo, systemd), 1200–1299 the
 * audit daemon, 2000 the kernel's greeting, 2100–2999 user-space anomalies, labels, crypto, virtualisation.
 * Not 1006 LOGIN and 1305 CONFIG_CHANGE: the kernel writes them, and a SYSCALL record may follow.
 */
function isAlone(number: number): boolean {
  return number === 1005 || (number >= 1100 && number < 1300) || (number >= 2000 && number < 3000);
}

/** Reads a type as the log has it: `SYSCALL`, `1400`, `UNKNOWN[1334]`. */
export function recordType(text: string): RecordType {
  const number = recordTypeNumber(text) ?? -1;
  const name = number === -1 ? text : (NAMES.get(number) ?? `UNKNOWN[${number}]`);
  return {
    name,
    number,
    isAlone: isAlone(number),
    isExecve: name === "EXECVE",
    isLogin: name === "LOGIN",
    isProctitle: name === "PROCTITLE",
    isEnd: name === "EOE",
    isHead: name === "SYSCALL" || name === "URINGOP",
  };
}
