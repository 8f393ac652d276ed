import ipaddr from "ipaddr.js";
import type { FieldTest, Value } from "../ast.ts";
import { type Modifiers, readModifiers, type TimePart } from "../modifiers.ts";
import { Complaints, didYouMean } from "../rule-error.ts";
import type { FieldTable, FieldValue, View } from "../views/view.ts";
import { encodeValue } from "./encodings.ts";
import { anyHint, compilePattern, type Hint, mapLiterals, widened } from "./pattern.ts";
import { compileRegex } from "./regex.ts";
import { allOf, anyOf, KEYWORDS, oneOf, type Witnesses, weakened } from "./witness.ts";

/** Whether an event matches, as far as one part of a rule is concerned. */
export type Test = (view: View) => boolean;
export interface Compiled {
  readonly test: Test;
  readonly witnesses: Witnesses;
}

/** What compiling a rule needs beside the rule. */
export interface CompileContext {
  readonly fields: FieldTable;
  /** A placeholder's values; null where it has none. */
  readonly placeholder: (name: string) => readonly string[] | null;
  readonly placeholderNames: readonly string[];
  readonly complaints: Complaints;
}

/** A test of one text. */
interface TextTest {
  readonly test: (text: string) => boolean;
  /** The test reads the text as it is, not made lower. */
  readonly isRaw: boolean;
  readonly hint: Hint;
  /** The hint says all that the test asks. */
  readonly isHintAll?: boolean;
}

/** Fields that have the same few values in all events. */
const WEAK_FIELDS = new Set(["type", "SYSCALL", "success", "res", "Type", "Action", "Operation", "outcome"]);
const PRESENT: Hint = { kind: "present", text: "" };
const NEVER: Compiled = { test: () => false, witnesses: oneOf([]) };

/** Compiles `field|modifiers: values`. @returns null after a complaint. */
export function compileField(test: FieldTest, context: CompileContext): Compiled | null {
  const modifiers = readModifiers(test, new Complaints(context.complaints.path));
  if (modifiers === null) return null;
  const values = modifiers.expand ? expanded(test, context) : test.values;
  if (values === null) return null;
  const compiled =
    test.field === null
      ? compileKeywords(values, modifiers, context)
      : compileValues(context.fields.slot(test.field), values, modifiers, context);
  if (compiled === null) return null;
  if (!modifiers.negated)
    return test.field !== null && WEAK_FIELDS.has(test.field)
      ? { ...compiled, witnesses: weakened(compiled.witnesses) }
      : compiled;
  const { test: positive } = compiled;
  return { test: (view) => !positive(view), witnesses: null };
}

/** Puts each placeholder's values in its place. */
function expanded(test: FieldTest, context: CompileContext): readonly Value[] | null {
  const values: Value[] = [];
  for (const value of test.values) {
    let texts = [value.text];
    for (const [whole, name = ""] of value.text.matchAll(/%(\w+)%/g)) {
      const known = context.placeholder(name);
      if (known === null)
        return context.complaints.error(
          value,
          `placeholder ${whole} has no values; set placeholders.${name} in the configuration${didYouMean(name, context.placeholderNames)}`,
        );
      texts = texts.flatMap((text) => known.map((one) => text.replace(whole, () => one)));
    }
    values.push(...texts.map((text) => ({ ...value, value: text, text })));
  }
  return values;
}

function compileValues(
  slot: number,
  values: readonly Value[],
  modifiers: Modifiers,
  context: CompileContext,
): Compiled | null {
  if (values.length === 0) return NEVER;
  if (modifiers.comparison === "exists") return existence(slot, values, modifiers.all);
  if (modifiers.comparison === "fieldref") return references(slot, values, modifiers, context);
  const absent = values.some(({ value, text }) => value === null || isEmpty(text, modifiers));
  const tests: TextTest[][] = [];
  for (const value of values) {
    if (value.value === null) continue;
    const one = textTests(value, modifiers, context);
    if (one === null) return null;
    tests.push(one);
  }
  const parts = tests.map((alternatives) => fieldTest(slot, alternatives));
  if (modifiers.all)
    return absent ? { test: (view) => view.raw(slot) === undefined, witnesses: null } : conjunction(parts);
  const any = fieldTest(slot, tests.flat());
  if (!absent) return any;
  return { test: (view) => view.raw(slot) === undefined || any.test(view), witnesses: null };
}

/** A field that is not there is the empty text: `field: ''` and `field: null` match it. */
function isEmpty(text: string, { comparison, encodings, timePart }: Modifiers): boolean {
  return text === "" && comparison === "equals" && encodings.length === 0 && timePart === null;
}

function existence(slot: number, values: readonly Value[], all: boolean): Compiled {
  const wants = new Set(values.map(({ value }) => value === true));
  if (wants.size > 1) return all ? NEVER : { test: () => true, witnesses: null };
  return wants.has(true)
    ? { test: (view) => view.raw(slot) !== undefined, witnesses: oneOf([{ slot, ...PRESENT }]) }
    : { test: (view) => view.raw(slot) === undefined, witnesses: null };
}

function references(
  slot: number,
  values: readonly Value[],
  { part, cased, all }: Modifiers,
  { fields }: CompileContext,
): Compiled {
  const compare = (a: string, b: string): boolean => {
    if (part === "contains") return a.includes(b);
    if (part === "startswith") return a.startsWith(b);
    return part === "endswith" ? a.endsWith(b) : a === b;
  };
  const parts = values.map(({ text }): Compiled => {
    const other = fields.slot(text);
    const read = (view: View, at: number): FieldValue => (cased ? view.raw(at) : view.lower(at));
    return {
      test: (view) => someText(read(view, slot), (a) => someText(read(view, other), (b) => compare(a, b))),
      witnesses: oneOf([{ slot, ...PRESENT }]),
    };
  });
  return all ? conjunction(parts) : disjunction(parts);
}

function someText(value: FieldValue, test: (text: string) => boolean): boolean {
  if (value === undefined) return false;
  return typeof value === "string" ? test(value) : value.some(test);
}

/** Any of the tests holds for any of the field's texts. */
function fieldTest(slot: number, tests: readonly TextTest[]): Compiled {
  const witnesses = oneOf(tests.map(({ hint }) => ({ slot, ...hint })));
  const [first] = tests;
  if (first !== undefined && tests.length === 1) {
    const { test } = first;
    return {
      test: first.isRaw
        ? (view) => someText(view.raw(slot), test)
        : (view) => someText(view.lower(slot), test),
      witnesses,
    };
  }
  const [kind = null, ...kinds] = new Set(tests.map(({ hint }) => hint.kind));
  if (
    kind !== null &&
    kinds.length === 0 &&
    tests.every(({ isRaw, isHintAll }) => !isRaw && isHintAll === true)
  ) {
    const has = anyHint(
      kind,
      tests.map(({ hint }) => hint.text),
    );
    return { test: (view) => someText(view.lower(slot), has), witnesses };
  }
  const raw = tests.filter(({ isRaw }) => isRaw);
  const lower = tests.filter(({ isRaw }) => !isRaw);
  const anyRaw = (text: string): boolean => raw.some(({ test }) => test(text));
  const anyLower = (text: string): boolean => lower.some(({ test }) => test(text));
  return {
    test: (view) =>
      (lower.length > 0 && someText(view.lower(slot), anyLower)) ||
      (raw.length > 0 && someText(view.raw(slot), anyRaw)),
    witnesses,
  };
}

/** A value's tests: several where it stands for several texts, as `windash` and `base64offset` make it. */
function textTests(value: Value, modifiers: Modifiers, context: CompileContext): TextTest[] | null {
  const { comparison, cased, flags, timePart } = modifiers;
  const bytes = (text: string): string =>
    context.fields.kind.isBytes ? Buffer.from(text, "utf8").toString("latin1") : text;
  if (timePart !== null) return [timeTest(timePart, Number(value.text), comparison)];
  switch (comparison) {
    case "re": {
      const regex = compileRegex(bytes(value.text), flags);
      if (!regex.ok) return context.complaints.error(value, regex.reason);
      return [{ ...regex, isRaw: true }];
    }
    case "cidr": {
      const test = cidrTest(value.text);
      if (test === null)
        return context.complaints.error(
          value,
          `cidr: expected a network such as 10.0.0.0/8 or fd00::/8, got "${value.text}"`,
        );
      return [{ test, isRaw: true, hint: PRESENT }];
    }
    case "lt":
    case "lte":
    case "gt":
    case "gte": {
      const holds = comparing(comparison, Number(value.text));
      return [{ test: (text) => isNumber(text) && holds(Number(text)), isRaw: true, hint: PRESENT }];
    }
    case "equals":
    case "contains":
    case "startswith":
    case "endswith": {
      if (typeof value.value !== "string" && comparison === "equals") {
        const text = value.text.toLowerCase();
        return [
          { test: (given) => given === text, isRaw: false, hint: { kind: "exact", text }, isHintAll: true },
        ];
      }
      const encoded = encodeValue(value.text, modifiers.encodings);
      if (!encoded.ok) return context.complaints.error(value, encoded.reason);
      return encoded.patterns.map((pattern) => ({
        ...compilePattern(mapLiterals(widened(pattern, comparison), bytes), cased),
        isRaw: cased,
      }));
    }
    case "exists":
    case "fieldref":
      return [];
    default:
      return comparison satisfies never;
  }
}

const isNumber = (text: string): boolean => /^[+-]?\d+(\.\d+)?$/.test(text);

function comparing(comparison: Modifiers["comparison"], bound: number): (number: number) => boolean {
  if (comparison === "lt") return (number) => number < bound;
  if (comparison === "lte") return (number) => number <= bound;
  if (comparison === "gt") return (number) => number > bound;
  if (comparison === "gte") return (number) => number >= bound;
  return (number) => number === bound;
}

/** Compares a part of a time, in UTC: an ISO text, or seconds, milliseconds since 1970. */
function timeTest(part: TimePart, bound: number, comparison: Modifiers["comparison"]): TextTest {
  const holds = comparing(comparison, bound);
  const test = (text: string): boolean => {
    const number = Number(text);
    const ms = isNumber(text) ? (number > 1e11 ? number : number * 1000) : Date.parse(text);
    return !Number.isNaN(ms) && holds(timePart(new Date(ms), part));
  };
  return { test, isRaw: true, hint: PRESENT };
}

const DAY_MS = 86_400_000;

function timePart(date: Date, part: TimePart): number {
  switch (part) {
    case "minute":
      return date.getUTCMinutes();
    case "hour":
      return date.getUTCHours();
    case "day":
      return date.getUTCDate();
    case "month":
      return date.getUTCMonth() + 1;
    case "year":
      return date.getUTCFullYear();
    case "week": {
      // ISO 8601: the week of the year's first Thursday is the first.
      const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY_MS);
      const yearStart = Date.UTC(thursday.getUTCFullYear(), 0, 1);
      return Math.floor((thursday.getTime() - yearStart) / DAY_MS / 7) + 1;
    }
    default:
      return part satisfies never;
  }
}

/** An address lies in the network; `::ffff:10.0.0.1` is 10.0.0.1. A single address is a network of one. */
function cidrTest(text: string): ((address: string) => boolean) | null {
  const whole = text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`;
  if (!ipaddr.isValidCIDR(whole)) return null;
  const [network, bits] = ipaddr.parseCIDR(whole);
  const kind = network.kind();
  return (given) => {
    if (!/^[0-9a-f]*[.:]/i.test(given) || !ipaddr.isValid(given)) return false;
    const address = ipaddr.process(given);
    return address.kind() === kind && address.match(network, bits);
  };
}

function compileKeywords(
  values: readonly Value[],
  modifiers: Modifiers,
  context: CompileContext,
): Compiled | null {
  const parts: Compiled[] = [];
  for (const value of values) {
    if (typeof value.value === "number" && modifiers.comparison !== "re") {
      const token = value.text.toLowerCase();
      parts.push({
        test: (view) => hasToken(view.keywords(), token),
        witnesses: oneOf([{ slot: KEYWORDS, kind: "part", text: token }]),
      });
      continue;
    }
    const tests = textTests(
      value,
      { ...modifiers, comparison: modifiers.comparison === "re" ? "re" : "contains", cased: false },
      context,
    );
    if (tests === null) return null;
    const isRegex = modifiers.comparison === "re";
    for (const { test, hint } of tests)
      parts.push({
        test: isRegex ? (view) => test(view.rawKeywords()) : (view) => test(view.keywords()),
        witnesses: oneOf([{ slot: KEYWORDS, ...hint }]),
      });
  }
  return modifiers.all ? conjunction(parts) : disjunction(parts);
}

const WORD = /[\p{L}\p{N}_]/u;

/** A number as a keyword stands for itself, not for the longer number that it is a part of. */
function hasToken(text: string, token: string): boolean {
  for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + 1)) {
    const [before, after] = [text[at - 1] ?? " ", text[at + token.length] ?? " "];
    if (!WORD.test(before) && !WORD.test(after)) return true;
  }
  return false;
}

/** All parts match. */
export function conjunction(parts: readonly Compiled[]): Compiled {
  const [first, second] = parts;
  if (first === undefined) return { test: () => true, witnesses: null };
  if (second === undefined) return first;
  const tests = parts.map(({ test }) => test);
  const witnesses = allOf(parts.map((part) => part.witnesses));
  if (parts.length === 2) return { test: (view) => first.test(view) && second.test(view), witnesses };
  return {
    test: (view) => {
      for (const test of tests) if (!test(view)) return false;
      return true;
    },
    witnesses,
  };
}

/** Some part matches; none does where there are none. */
export function disjunction(parts: readonly Compiled[]): Compiled {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const tests = parts.map(({ test }) => test);
  return {
    test: (view) => {
      for (const test of tests) if (test(view)) return true;
      return false;
    },
    witnesses: anyOf(parts.map((part) => part.witnesses)),
  };
}
