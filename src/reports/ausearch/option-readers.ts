import { leadingNumber } from "../../query/c-text.ts";
import { ESCAPE_MODES } from "../../query/escape.ts";
import { knownTypeName, typeNumber } from "../../query/log-stamp.ts";
import type { TimeContext } from "../../query/time-words.ts";
import type { SearchOptions } from "./selectors.ts";

/** What options are read against: the moment, and the host's users and groups. */
export interface OptionContext extends TimeContext {
  readonly uidOf: (name: string) => number | null;
  readonly gidOf: (name: string) => number | null;
}

/** One option with what follows it; `at` is the option's index, and moves behind what the option took. */
export interface Reading {
  readonly argv: readonly string[];
  at: number;
  readonly name: string;
  /** The next word, unless it begins with `-`. */
  readonly word: string | null;
  readonly options: SearchOptions;
  readonly context: OptionContext;
}
/** Reads one option. @returns what is wrong, to be printed; empty where that is nothing; null where all is well. */
export type Reader = (reading: Reading) => string | null | Promise<string | null>;
type WordReader = (word: string, reading: Reading) => ReturnType<Reader>;

const RANGE = "Numerical result out of range";
const isDigit = (text: string): boolean => /^[0-9]/.test(text);

/** The tables of system calls and errors: read when one is named, they take 3 ms. */
const namesGiven = () => import("./given-names.ts");

/** An option that needs a word. */
export const withWord =
  (read: WordReader): Reader =>
  (reading) => {
    if (reading.word === null) return `Argument is required for ${reading.name}\n`;
    reading.at += 1;
    return read(reading.word, reading);
  };

/** An option whose word may begin with `-`, as a negative number does. */
const withAnyWord =
  (read: WordReader): Reader =>
  (reading) => {
    const word = reading.word ?? reading.argv[reading.at + 1];
    if (word === undefined) return `Argument is required for ${reading.name}\n`;
    reading.at += 1;
    return read(word, reading);
  };

type TextSelector =
  | "comm"
  | "file"
  | "key"
  | "hostname"
  | "object"
  | "subject"
  | "terminal"
  | "uuid"
  | "vmname"
  | "exe";
/** A selector that is a text. */
export const text = (field: TextSelector): Reader =>
  withWord((word, { options }) => {
    options.select[field] = word;
    return null;
  });

/** A process by its number. `what` is its name in faults. */
export const process = (field: "pid" | "ppid", what: string): Reader =>
  withWord((word, { options }) => {
    if (!isDigit(word)) return `${what} must be a numeric value, was ${word}\n`;
    const { value, int32 } = leadingNumber(word, 10);
    if (!(value < 2 ** 63)) return "";
    options.select[field] = int32;
    return null;
  });

/** An id, by number or by the host's name for it. */
function idOf(
  word: string,
  what: "user" | "group",
  unknown: string,
  nameOf: (name: string) => number | null,
): { readonly id: number; readonly isName: boolean } | string {
  if (isDigit(word)) {
    const id = leadingNumber(word, 10).int32;
    return Number.isNaN(id)
      ? `Numeric ${what} ID conversion error (${RANGE}) for ${word}\n`
      : { id, isName: false };
  }
  const id = nameOf(word);
  return id === null ? `${unknown} ID is non-numeric and unknown (${word})\n` : { id: id | 0, isName: true };
}

/** A group by number or name. */
export const group = (unknown: string, set: (options: SearchOptions, id: number) => void): Reader =>
  withWord((word, { options, context }) => {
    const found = idOf(word, "group", unknown, context.gidOf);
    if (typeof found === "string") return found;
    set(options, found.id);
    return null;
  });

/** A user by number or name. */
export const user = (
  unknown: string,
  set: (options: SearchOptions, id: number, name: string | null) => void,
): Reader =>
  withWord((word, { options, context }) => {
    const found = idOf(word, "user", unknown, context.uidOf);
    if (typeof found === "string") return found;
    set(options, found.id, found.isName ? word : null);
    return null;
  });

/** An option that takes nothing, and says nothing of a word behind it. */
export const flag =
  (set: (options: SearchOptions) => void): Reader =>
  ({ options }) => {
    set(options);
    return null;
  };
/** An option that refuses a word behind it. */
export const bareFlag =
  (set: (options: SearchOptions) => void): Reader =>
  ({ options, word, name }) => {
    set(options);
    return word === null ? null : `Argument is NOT required for ${name}\n`;
  };

/** C's strtoll with base 0; null where the number does not fit. */
function anyBase(word: string): bigint | null {
  const [, sign = "", digits = "0"] = /^(-?)(0[xX][0-9a-fA-F]+|[0-9]+)/.exec(word) ?? [];
  const [octal = "0"] = /^0[0-7]*/.exec(digits) ?? [];
  const isOctal = digits.startsWith("0") && !/^0[xX]/.test(digits);
  const size = isOctal ? (octal === "0" ? 0n : BigInt(`0o${octal}`)) : BigInt(digits);
  const value = sign === "-" ? -size : size;
  return BigInt.asIntN(64, value) === value ? value : null;
}

/** `-e`: a number in any base, or the name of an error. */
export const exit = withAnyWord(async (word, { options }) => {
  if (!/^-?[0-9]/.test(word)) {
    const { errnoNumber } = await namesGiven();
    const number = errnoNumber(word);
    if (number === null) return `Unknown errno, was ${word}\n`;
    options.select.exit = BigInt(number);
    return null;
  }
  const value = anyBase(word);
  if (value === null) return `Error converting ${word}\n`;
  options.select.exit = value;
  return null;
});

/** `--session`. */
export const session = withAnyWord((word, { options }) => {
  if (!/^-?[0-9]/.test(word)) return `Session id must be a numeric value, was ${word}\n`;
  const { int32 } = leadingNumber(word, 10);
  if (Number.isNaN(int32)) return isDigit(word) ? "" : `Error converting ${word}\n`;
  options.select.session = isDigit(word) ? int32 : Number(BigInt.asIntN(32, anyBase(word) ?? 0n));
  return null;
});

/** `-ul`. */
export const loginuid = withAnyWord((word, { options, context }) => {
  if (/^-[0-9]/.test(word)) {
    const value = anyBase(word);
    if (value === null) return `Error converting ${word}\n`;
    options.select.loginuid = Number(BigInt.asIntN(32, value));
    return null;
  }
  const found = idOf(word, "user", "Login user", context.uidOf);
  if (typeof found === "string") return found;
  options.select.loginuid = found.id;
  if (found.isName) options.select.loginuidName = word;
  return null;
});

/** `-a`. */
export const serial = withWord((word, { options }) => {
  if (!isDigit(word)) return `Audit event id must be a numeric value, was ${word}\n`;
  const { int32 } = leadingNumber(word, 10);
  if (Number.isNaN(int32)) return "Illegal value for audit event ID";
  options.select.serial = int32 >>> 0;
  return null;
});

/** `--eoe-timeout`. */
export const timeout = withWord((word, { options }) => {
  if (!isDigit(word)) return `End of Event Timeout must be a numeric value, was ${word}\n`;
  const { value } = leadingNumber(word, 10);
  if (!(value > 0)) return `Illegal value for End of Event Timeout, was ${word}\n`;
  options.timeoutSec = value;
  return null;
});

/** All types' names in the order of their numbers, as the tool lists them: 1007 to 1099 are left out. */
function validTypes(): string {
  const names: string[] = [];
  for (let number = 1005; number <= 2599; number += number === 1006 ? 94 : 1) {
    const name = knownTypeName(number);
    if (name !== null) names.push(name);
  }
  return `Valid message types are: ALL ${names.join(" ")} \n`;
}

/** `-m`: one type or several by commas. */
export const types = withWord((word, { options }) => {
  if (word.toUpperCase() === "ALL") return null;
  for (const name of word.split(",")) {
    if (name === "" && word.includes(",")) continue;
    const number = isDigit(name) ? leadingNumber(name, 10).int32 : typeNumber(name);
    if (Number.isNaN(number))
      return `Numeric message type conversion error (${RANGE}) for ${name}\n${validTypes()}`;
    if (number < 0 && !isDigit(name)) return validTypes();
    options.select.types ??= [];
    options.select.types.push(number);
  }
  return null;
});

/** `-sc`: a name of the machine that was given before, else of x86_64. */
export const syscall = withWord(async (word, { options: { select } }) => {
  if (isDigit(word)) {
    const { int32 } = leadingNumber(word, 10);
    if (Number.isNaN(int32)) return `Syscall numeric conversion error (${RANGE}) for ${word}\n`;
    select.syscall = int32;
    return null;
  }
  const { machineNamed, syscallNumber } = await namesGiven();
  select.machine ??= machineNamed("x86_64");
  const number = syscallNumber(word, select.machine?.name ?? "");
  if (number === null) return `Syscall ${word} not found\n`;
  select.syscall = number;
  return null;
});

/** `--arch`. */
export const arch = withWord(async (word, { options: { select } }) => {
  if (select.machine !== null)
    return select.syscall === -1
      ? "Arch is already defined\n"
      : "Arch needs to be defined before the syscall\n";
  const { machineNamed } = await namesGiven();
  const machine = machineNamed(word);
  if (machine === null) return `Unknown arch ${word}\n`;
  select.machine = machine;
  return null;
});

/** `-sv`. */
export const success = withWord((word, { options }) => {
  if (!word.includes("yes") && !word.includes("no")) return "Success must be 'yes' or 'no'.\n";
  options.select.success = word === "yes" ? 1 : 0;
  return null;
});

/** `-ts` and `-te`. */
export const time =
  (which: "start" | "end"): Reader =>
  async (reading) => {
    const { word, argv, options, context } = reading;
    if (word === null) return `${reading.name} requires either date and/or time\n`;
    const { givenTime, isTimeWord } = await import("../../query/time-words.ts");
    const second = argv[reading.at + 2];
    const words = second !== undefined && !second.startsWith("-") ? [word, second] : [word];
    reading.at += words.length;
    if (which === "start" && words.length === 1 && word === "checkpoint" && !isTimeWord(word)) {
      options.isCheckpointTime = true;
      return null;
    }
    const given = givenTime(which, words, context);
    if (!given.ok) return given.error;
    options.select[which === "start" ? "startSec" : "endSec"] = given.sec;
    return null;
  };

/** `-i`. */
export const interpret: Reader = ({ options, word, name }) => {
  const isFree = options.format === "default";
  if (isFree) options.format = "interpret";
  const conflict = isFree ? "" : `Conflicting output format ${name}\n`;
  const extra = word === null ? "" : `Argument is NOT required for ${name}\n`;
  return conflict + extra === "" ? null : conflict + extra;
};

/** `-r`. */
export const raw: Reader = ({ options, word }) => {
  const isFree = options.format === "default";
  if (isFree) options.format = "raw";
  const conflict = isFree ? "" : "Conflicting output format --raw\n";
  const extra = word === null ? "" : "Argument is NOT required for --raw\n";
  return conflict + extra === "" ? null : conflict + extra;
};

/** `--format`. */
export const format: Reader = (reading) => {
  const { options } = reading;
  if (options.format !== "default") return "Multiple output formats, use only 1\n";
  return withWord((word) => {
    if (word === "raw" || word === "default" || word === "csv" || word === "text") options.format = word;
    else if (word.startsWith("interp")) options.format = "interpret";
    else return `Unknown option (${word})\n`;
    return null;
  })(reading);
};

/** `--escape`. */
export const escape = withWord((word, { options }) => {
  const mode = ESCAPE_MODES.find((one) => one === word);
  if (mode === undefined) return `Unknown option (${word})\n`;
  options.escape = mode;
  return null;
});
