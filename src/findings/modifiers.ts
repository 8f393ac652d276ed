import type { FieldTest } from "./ast.ts";
import { type Complaints, didYouMean } from "./rule-error.ts";

/** How a value becomes a test; at most one of them stands in a chain. */
const COMPARISONS = [
  "contains",
  "startswith",
  "endswith",
  "re",
  "cidr",
  "exists",
  "lt",
  "lte",
  "gt",
  "gte",
] as const;
const TIME_PARTS = ["minute", "hour", "day", "week", "month", "year"] as const;
const ENCODINGS = ["base64", "base64offset", "wide", "utf16le", "utf16be", "utf16", "windash"] as const;
const OTHERS = [
  "all",
  "cased",
  "neq",
  "fieldref",
  "expand",
  "i",
  "m",
  "s",
  "ignorecase",
  "multiline",
  "dotall",
] as const;
const KNOWN: readonly string[] = [...COMPARISONS, ...TIME_PARTS, ...ENCODINGS, ...OTHERS];
const NUMERIC: readonly string[] = ["lt", "lte", "gt", "gte"];

export type Comparison = (typeof COMPARISONS)[number] | "equals" | "fieldref";
export type TimePart = (typeof TIME_PARTS)[number];
export type Encoding = (typeof ENCODINGS)[number];

/** A chain of modifiers, sorted by what each does. */
export interface Modifiers {
  readonly comparison: Comparison;
  /** For a field reference: which part of the other field's value is looked for. */
  readonly part: "contains" | "startswith" | "endswith" | null;
  /** In the order they are applied. */
  readonly encodings: readonly Encoding[];
  readonly timePart: TimePart | null;
  readonly all: boolean;
  readonly cased: boolean;
  readonly negated: boolean;
  readonly expand: boolean;
  /** For `re`: those of `ims` that were given. */
  readonly flags: string;
}

const FLAGS: Readonly<Record<string, string>> = {
  i: "i",
  m: "m",
  s: "s",
  ignorecase: "i",
  multiline: "m",
  dotall: "s",
};

/** Sorts a field's modifiers and checks that they go together and with the values. @returns null after a complaint. */
export function readModifiers(test: FieldTest, complaints: Complaints): Modifiers | null {
  const given = test.modifiers;
  for (const modifier of given)
    if (!KNOWN.includes(modifier))
      return complaints.error(test, `unknown modifier "${modifier}"${didYouMean(modifier, KNOWN)}`);
  const has = (name: string): boolean => given.includes(name);
  const comparisons = COMPARISONS.filter(has);
  if (comparisons.length > 1)
    return complaints.error(test, `modifiers ${comparisons.join(" and ")} do not go together`);
  const comparison = has("fieldref") ? "fieldref" : (comparisons[0] ?? "equals");
  const flags = [...new Set(given.map((name) => FLAGS[name] ?? ""))].join("");
  if (flags !== "" && comparison !== "re")
    return complaints.error(
      test,
      "modifiers i, m and s belong to re; everything else compares without case already",
    );
  const part = comparison === "fieldref" ? (comparisons[0] ?? null) : null;
  if (part !== null && part !== "contains" && part !== "startswith" && part !== "endswith")
    return complaints.error(test, `modifier ${part} does not go together with fieldref`);
  const timePart = TIME_PARTS.find(has) ?? null;
  const encodings = given.filter((name): name is Encoding => (ENCODINGS as readonly string[]).includes(name));
  if (encodings.length > 0 && !["equals", "contains", "startswith", "endswith"].includes(comparison))
    return complaints.error(test, `modifier ${encodings[0]} does not go together with ${comparison}`);
  if (test.field === null && (comparison === "exists" || comparison === "fieldref" || timePart !== null))
    return complaints.error(test, `modifier ${timePart ?? comparison} needs a field`);
  if (has("all") && test.field !== null && test.values.length < 2)
    complaints.warn(test, "modifier all changes nothing for a single value");
  for (const value of test.values) {
    if (NUMERIC.includes(comparison) && !/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value.text))
      return complaints.error(value, `${comparison}: expected a number, got "${value.text}"`);
    if (comparison === "exists" && typeof value.value !== "boolean")
      return complaints.error(value, `exists: expected true or false, got "${value.text}"`);
    if (timePart !== null && !/^\d+$/.test(value.text))
      return complaints.error(value, `${timePart}: expected a whole number, got "${value.text}"`);
  }
  return {
    comparison,
    part,
    encodings,
    timePart,
    all: has("all"),
    cased: has("cased"),
    negated: has("neq"),
    expand: has("expand"),
    flags,
  };
}
