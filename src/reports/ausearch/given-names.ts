import { leadingNumber } from "../../query/c-text.ts";
import { errnoText } from "../../records/audit/tables/interpretations.ts";
import { machineOf } from "../../records/audit/tables/machine.ts";
import type { GivenMachine } from "./selectors.ts";

/** Machines' names as given on a command line, to the arch field's hex. */
const ARCHES: ReadonlyMap<string, string> = new Map([
  ["i386", "40000003"],
  ["i486", "40000003"],
  ["i586", "40000003"],
  ["i686", "40000003"],
  ["x86_64", "c000003e"],
  ["ppc64le", "c0000015"],
  ["ppc64", "80000015"],
  ["ppc", "14"],
  ["s390x", "80000016"],
  ["s390", "16"],
  ["armeb", "40000028"],
  ["arm", "40000028"],
  ["armv5tejl", "40000028"],
  ["armv5tel", "40000028"],
  ["armv6l", "40000028"],
  ["armv7l", "40000028"],
  ["aarch64", "c00000b7"],
  ["b64", "c000003e"],
  ["b32", "40000003"],
]);
const ERRNO_MAX = 133;

/** The machine of `--arch`: a name, `b64` and `b32` of x86_64, or the arch field's hex. */
export function machineNamed(word: string): GivenMachine | null {
  const hex = ARCHES.get(word.toLowerCase()) ?? leadingNumber(word, 16).value.toString(16);
  const name = machineOf(hex)?.name;
  if (name === undefined) return null;
  return { name, isOf: (arch) => machineOf((arch >>> 0).toString(16))?.name === name };
}

const archOf = (machine: string): string => ARCHES.get(machine) ?? "";

/** The number of a machine's system call, any case; null where it has none of this name. */
export function syscallNumber(word: string, machine: string): number | null {
  const name = word.toLowerCase();
  for (const [number, known] of machineOf(archOf(machine))?.syscalls ?? []) if (known === name) return number;
  return null;
}

/** The number of an error's name, any case, negative where `-` stands before it; null where there is none. */
export function errnoNumber(word: string): number | null {
  const isNegative = word.startsWith("-");
  const prefix = `${(isNegative ? word.slice(1) : word).toUpperCase()}(`;
  for (let number = 1; number <= ERRNO_MAX; number += 1)
    if (errnoText(number).startsWith(prefix)) return isNegative ? -number : number;
  return null;
}
