import { ARGUMENTS, ENUMS, ERRNOS, FLAGS, KEYS } from "./interpretations.generated.ts";
import { namesByNumber, readOnce } from "./packed.ts";

/** A kind with one name a value. */
export interface EnumTable {
  readonly names: ReadonlyMap<number, string>;
  /** What is said of a value without a name: `{text}` is the value as in the log, `{number}` its decimal. */
  readonly unknown: string;
}

const NO_ENUM: EnumTable = { names: new Map(), unknown: "{text}" };
const enums = readOnce(
  () =>
    new Map<string, EnumTable>(
      Object.entries(ENUMS).map(([kind, { names, unknown }]) => [
        kind,
        { names: names === "" ? new Map<number, string>() : namesByNumber(names), unknown },
      ]),
    ),
);
/** @param kind a key of the generated `ENUMS`. */
export const enumTable = (kind: string): EnumTable => enums().get(kind) ?? NO_ENUM;

const flags = readOnce(
  () =>
    new Map<string, readonly (readonly [number, string])[]>(
      Object.entries(FLAGS).map(([kind, packed]) => [
        kind,
        packed.split(" ").map((entry) => {
          const [mask = "", name = ""] = entry.split(":");
          return [Number.parseInt(mask, 16), name] as const;
        }),
      ]),
    ),
);
/** Masks and names in the order in which they are said. @param kind a key of the generated `FLAGS`. */
export const flagTable = (kind: string): readonly (readonly [number, string])[] => flags().get(kind) ?? [];

const args = readOnce(
  () =>
    new Map<string, string>(
      Object.entries(ARGUMENTS).flatMap(([key, calls]) => {
        const [argument = "", kind = ""] = key.split(" ");
        return calls.split(" ").map((call) => [`${call} ${argument}`, kind] as const);
      }),
    ),
);
/** The kind of a system call's argument (`open`, `a1`), or null where it is said as a number. */
export const argumentKind = (call: string, argument: string): string | null =>
  args().get(`${call} ${argument}`) ?? null;

const errnos = readOnce(
  () =>
    new Map<number, string>(
      ERRNOS.split("|").map((entry) => {
        const colon = entry.indexOf(":");
        return [Number(entry.slice(0, colon)), entry.slice(colon + 1)] as const;
      }),
    ),
);
/** An error number as text: `EACCES(Permission denied)`; `(null)(Unknown error 9999)` where there is none, as the real tool says. */
export const errnoText = (number: number): string =>
  errnos().get(number) ?? `(null)(Unknown error ${number})`;

const keys = readOnce(() =>
  KEYS.split(" ").map((entry) => {
    const [hex = "", name = ""] = entry.split(":");
    return [Buffer.from(hex, "hex").toString("latin1"), name] as const;
  }),
);
/** What a terminal sends for a key, and the key's name; longest first. */
export const terminalKeys = (): readonly (readonly [string, string])[] => keys();
