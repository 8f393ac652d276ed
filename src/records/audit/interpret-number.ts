import { enumTable, errnoText, flagTable } from "./tables/interpretations.ts";

/** Thrown away by no one: what is said of a number that does not fit into 64 bits. */
const tooLarge = (text: string): string => `conversion error(${text})`;

const PATTERNS = {
  8: /^\s*([+-]?)([0-7]*)/,
  10: /^\s*([+-]?)([0-9]*)/,
  16: /^\s*([+-]?)(?:0[xX])?([0-9a-fA-F]*)/,
} as const;
/** So many digits of any of the bases are exact in a double. */
const EXACT_DIGITS = 12;

/** The value of a text of a few digits and nothing else, as most are; else -1. */
function shortNumber(text: string, base: 8 | 10 | 16): number {
  if (text.length === 0 || text.length > EXACT_DIGITS) return -1;
  let value = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const digit = code <= 57 ? code - 48 : (code | 32) - 87;
    if (digit < 0 || digit >= base || (code > 57 && digit < 10)) return -1;
    value = value * base + digit;
  }
  return value;
}

/**
 * A number as C's strtoul reads it: the digits that the text begins with, 0 where it has none, null beyond 64 bits.
 */
export function leadingNumber(text: string, base: 8 | 10 | 16): bigint | null {
  const short = shortNumber(text, base);
  if (short >= 0) return BigInt(short);
  const [, sign = "", number = ""] = PATTERNS[base].exec(text) ?? [];
  if (number === "") return 0n;
  const value = BigInt(base === 16 ? `0x${number}` : base === 8 ? `0o${number}` : number);
  if (value > 0xffffffffffffffffn) return null;
  return sign === "-" ? BigInt.asUintN(64, -value) : value;
}

/** The low 32 bits, unsigned: what C keeps of it in an int. */
export const low32 = (value: bigint): number => Number(BigInt.asUintN(32, value));

type Say = (value: number, text: string) => string;

const bits =
  (kind: string, separator: string): Say =>
  (value, text) => {
    const names = namesOf(kind, value);
    return names.length === 0 ? `0x${text}` : names.join(separator);
  };
const namesOf = (kind: string, value: number): string[] =>
  flagTable(kind)
    .filter(([mask]) => (mask & value) !== 0)
    .map(([, name]) => name);

function sayEnum(kind: string, value: number, text: string, names = enumTable(kind).names): string {
  return (
    names.get(value) ??
    enumTable(kind)
      .unknown.replace("{text}", text)
      .replace("{number}", String(value | 0))
  );
}

function permissions(value: number): string {
  return `0${(value & 0o777).toString(8).padStart(3, "0")}`;
}
const specialBits = (value: number): string[] => [
  ...((value & 0o4000) === 0 ? [] : ["suid"]),
  ...((value & 0o2000) === 0 ? [] : ["sgid"]),
  ...((value & 0o1000) === 0 ? [] : ["sticky"]),
];
/** libaudit's names of file types (lib/ftypetab.h). */
const FILE_TYPES: ReadonlyMap<number, string> = new Map([
  [0o140000, "socket"],
  [0o120000, "link"],
  [0o100000, "file"],
  [0o060000, "block"],
  [0o040000, "dir"],
  [0o020000, "character"],
  [0o010000, "fifo"],
]);

/** How a value of each kind is said, from its low 32 bits and its text. */
const SAY: Readonly<Record<string, Say>> = {
  "mode-short": (value) => [...specialBits(value), permissions(value)].join(","),
  mode: (value) => {
    const type = value & 0o170000;
    const name = FILE_TYPES.get(type) ?? (type / 0o10000).toString(8).padStart(3, "0");
    return [name, ...specialBits(value), (value & 0o777).toString(8).padStart(3, "0")].join(",");
  },
  directory: (value, text) => (value === 0xffffff9c ? "AT_FDCWD" : `0x${text}`),
  open: (value, text) => {
    const names = [...((value & 3) === 0 ? ["O_RDONLY"] : []), ...namesOf("open", value)];
    return names.length === 0 ? `0x${text}` : names.join("|");
  },
  protection: (value, text) => ((value & 7) === 0 ? "PROT_NONE" : bits("protection", "|")(value, text)),
  "protection-change": (value, text) =>
    (value & 7) === 0 ? "PROT_NONE" : bits("protection", "|")(value & ~8, text),
  mmap: (value, text) => {
    const names = [...((value & 15) === 0 ? ["MAP_FILE"] : []), ...namesOf("mmap", value)];
    return names.length === 0 ? `0x${text}` : names.join("|");
  },
  access: (value, text) => ((value & 15) === 0 ? "F_OK" : bits("access", "|")(value, text)),
  clone: (value) => {
    const signal = value & 0xff;
    const name = signal > 0 && signal < 32 ? enumTable("signal").names.get(signal) : undefined;
    const names = [...namesOf("clone", value), ...(name === undefined ? [] : [name])];
    return names.length === 0 ? `0x${value.toString(16)}` : names.join("|");
  },
  "shared-memory": (value) => [...namesOf("shared-memory", value), permissions(value)].join("|"),
  lookup: (value, text) => (value === 0 ? "none" : bits("lookup", ",")(value, text)),
  message: bits("message", "|"),
  mount: bits("mount", "|"),
  umount: bits("umount", "|"),
  resolve: (value, text) => {
    const names = namesOf("resolve", value);
    return names.length === 0 ? `0x${text.replace(/^0x/, "")}` : names.join("|");
  },
  "signal-argument": (value, text) => sayEnum("signal-argument", value, text, enumTable("signal").names),
  "capability-argument": (value, text) =>
    sayEnum("capability-argument", value, text, enumTable("capability").names),
  "protocol-number": (value, text) => sayEnum("protocol-number", value, text, enumTable("protocol").names),
  whence: (value, text) => sayEnum("whence", value & 0xff, text),
  "socket-type": (value, text) => sayEnum("socket-type", value & 0xff, text),
  personality: (value, text) => {
    const name = enumTable("personality").names.get(value & 0xff);
    if (name === undefined) return sayEnum("personality", -1, text);
    return (value & 0x40000) === 0 ? name : `${name}|~ADDR_NO_RANDOMIZE`;
  },
  scheduler: (value, text) => {
    const name = enumTable("scheduler").names.get(value & 15);
    if (name === undefined) return sayEnum("scheduler", -1, text);
    return (value & 0x40000000) === 0 ? name : `${name}|SCHED_RESET_ON_FORK`;
  },
  /** The table is in units of 0x10000; the highest bit is no part of the action. */
  seccomp: (value, text) => sayEnum("seccomp", (value >>> 16) & 0x7fff, text),
  ioctl: (value) => sayEnum("ioctl", value, value.toString(16)),
  permissions: (value) => {
    const wanted = value === 0 ? 15 : value;
    return ["exec", "write", "read", "attr"]
      .map((name, bit) => [name, 1 << bit] as const)
      .filter(([, mask]) => (wanted & mask) !== 0)
      .map(([name]) => name)
      .sort((a, b) => PERMISSION_ORDER.indexOf(a) - PERMISSION_ORDER.indexOf(b))
      .join(",");
  },
  promiscuous: (value) => (value === 0 ? "no" : "yes"),
  result: (value) => (value === 0 ? "no" : value === 1 ? "yes" : "unset"),
};
const PERMISSION_ORDER = ["read", "write", "exec", "attr"];

/**
 * Says a number as `ausearch -i` does. @param kind a key of the tables, or one of this module's own.
 */
export function sayNumber(kind: string, text: string, base: 8 | 10 | 16): string {
  const number = leadingNumber(text, base);
  if (number === null) return tooLarge(text);
  const value = low32(number);
  const say = SAY[kind];
  return say === undefined ? sayEnum(kind, value, text) : say(value, text);
}

/** A capability set in hex: the names of its members, or `none`. */
export function sayCapabilities(text: string): string {
  const set = leadingNumber(text, 16);
  if (set === null) return tooLarge(text);
  if (set === 0n) return "none";
  const names = [...enumTable("capability").names].filter(([bit]) => ((set >> BigInt(bit)) & 1n) === 1n);
  return names.length === 0 ? "none" : names.map(([, name]) => name).join(",");
}

/** An exit value: negative ones are error numbers. */
export function sayExit(text: string): string {
  const [, digits] = /^\s*-(\d+)/.exec(text) ?? [];
  if (digits === undefined) return leadingNumber(text, 10) === null ? tooLarge(text) : text;
  const number = BigInt(digits);
  if (number > 0x8000000000000000n) return tooLarge(text);
  return number === 0n ? text : errnoText(Number(number));
}
