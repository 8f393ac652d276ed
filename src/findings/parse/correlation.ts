import {
  type Bounds,
  CORRELATION_KINDS,
  type Condition,
  type CorrelationKind,
  type CorrelationRule,
  type RuleMeta,
} from "../ast.ts";
import { type Complaints, didYouMean, shown } from "../rule-error.ts";
import { parseCondition } from "./condition.ts";
import { parseRefs } from "./meta.ts";
import { describe, type MapTree, type Tree, textOf, textsOf, valueOf } from "./tree.ts";

const KEYS = ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate", "field"];
const BOUND_KEYS = ["gte", "gt", "lte", "lt", "eq", "neq"] as const;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_592_000_000,
  y: 31_536_000_000,
};
const NO_BOUNDS: Bounds = { gte: null, gt: null, lte: null, lt: null, eq: null, neq: null };
const DEFAULT_PERCENTILE = 95;

/** Reads `correlation:`. @returns null after a complaint. */
export function parseCorrelation(
  document: MapTree,
  tree: MapTree,
  meta: RuleMeta,
  complaints: Complaints,
): CorrelationRule | null {
  const before = complaints.errors;
  for (const { key, ...at } of tree.pairs)
    if (!KEYS.includes(key))
      complaints.error(at, `correlation: unknown key ${shown(key)}${didYouMean(key, KEYS)}`);
  const type = parseType(tree, complaints);
  const rules = parseRefs(tree, complaints);
  const timespanMs = parseTimespan(tree, complaints);
  if (type === null || rules === null || timespanMs === null) return null;
  const names = rules.map(({ ref }) => ref);
  const matching = parseMatching(tree, type, names, complaints);
  const aliases = parseAliases(tree, names, complaints);
  // The specification has `generate` beside `correlation`; rules in the wild have it inside.
  const generate = textOf(tree, "generate", complaints) ?? textOf(document, "generate", complaints);
  if (matching === null || complaints.errors > before) return null;
  return {
    kind: "correlation",
    meta,
    type,
    rules,
    groupBy: textsOf(tree, "group-by", complaints),
    timespanMs,
    ...matching,
    aliases,
    generate: generate?.toLowerCase() === "true",
  };
}

function parseType(tree: MapTree, complaints: Complaints): CorrelationKind | null {
  const text = textOf(tree, "type", complaints);
  if (text === null) return complaints.error(tree, `type: expected one of ${CORRELATION_KINDS.join(", ")}`);
  return (
    CORRELATION_KINDS.find((kind) => kind === text) ??
    complaints.error(
      valueOf(tree, "type") ?? tree,
      `type: expected one of ${CORRELATION_KINDS.join(", ")}, got ${shown(text)}${didYouMean(text, CORRELATION_KINDS)}`,
    )
  );
}

function parseTimespan(tree: MapTree, complaints: Complaints): number | null {
  const given = valueOf(tree, "timespan");
  const text = given?.kind === "scalar" ? given.text : "";
  const [, count = "", unit = ""] = /^(\d{1,9})([smhdwMy])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? 0);
  if (ms > 0) return ms;
  return complaints.error(
    given ?? tree,
    `timespan: expected a number above 0 with s, m, h, d, w, M (30 days) or y, such as 10m, got ${given === null ? "nothing" : describe(given)}`,
  );
}

type Matching = Pick<CorrelationRule, "bounds" | "field" | "percentile" | "condition">;

function parseMatching(
  tree: MapTree,
  type: CorrelationKind,
  names: readonly string[],
  complaints: Complaints,
): Matching | null {
  const given = valueOf(tree, "condition");
  const isTemporal = type === "temporal" || type === "temporal_ordered";
  if (given === null) {
    if (!isTemporal) return complaints.error(tree, `condition: ${type} needs one, such as { gte: 10 }`);
    return { bounds: NO_BOUNDS, field: null, percentile: DEFAULT_PERCENTILE, condition: null };
  }
  if (given.kind === "scalar" && given.value !== null && isTemporal) {
    const condition = parseCondition({ ...given, names, complaints, noun: "rule of this correlation" });
    if (condition === null) return null;
    if (type === "temporal_ordered" && !namesAll(condition, names))
      return complaints.error(
        given,
        'condition: with temporal_ordered only "a and b and …" over all rules is possible; use temporal, or chain correlations',
      );
    return { bounds: NO_BOUNDS, field: null, percentile: DEFAULT_PERCENTILE, condition };
  }
  if (given.kind !== "map")
    return complaints.error(given, `condition: expected a map such as { gte: 10 }, got ${describe(given)}`);
  const bounds = parseBounds(given, type, complaints);
  const field = textOf(given, "field", complaints) ?? textOf(tree, "field", complaints);
  if (bounds === null) return null;
  if (type.startsWith("value_") && field === null)
    return complaints.error(given, `condition: ${type} needs the field whose values it takes`);
  const percentile = Number(textOf(given, "percentile", complaints) ?? DEFAULT_PERCENTILE);
  if (!(percentile >= 0 && percentile <= 100))
    return complaints.error(given, "percentile: expected a number from 0 to 100");
  return { bounds, field: type.startsWith("value_") ? field : null, percentile, condition: null };
}

function namesAll(condition: Condition, names: readonly string[]): boolean {
  if (condition.kind === "name") return names.length === 1;
  if (condition.kind !== "and") return false;
  const named = new Set(condition.parts.map((part) => (part.kind === "name" ? part.name : "")));
  return names.every((name) => named.has(name)) && named.size === new Set(names).size;
}

function parseBounds(tree: MapTree, type: CorrelationKind, complaints: Complaints): Bounds | null {
  const known = [...BOUND_KEYS, "field", "percentile"];
  const bounds: { -readonly [key in keyof Bounds]: Bounds[key] } = { ...NO_BOUNDS };
  for (const { key, value, ...at } of tree.pairs) {
    const bound = BOUND_KEYS.find((name) => name === key);
    if (bound === undefined) {
      if (!known.includes(key))
        return complaints.error(at, `condition: unknown key ${shown(key)}${didYouMean(key, known)}`);
      continue;
    }
    const number = boundOf(value);
    if (number === null)
      return complaints.error(value, `condition.${key}: expected a number, got ${describe(value)}`);
    bounds[bound] = number;
  }
  const isLevelled = type === "value_avg" || type === "value_percentile";
  const hasAny = BOUND_KEYS.some((key) => bounds[key] !== null);
  const needsPresence = (bounds.gte ?? 0) > 0 || (bounds.gt ?? -1) >= 0 || (bounds.eq ?? 0) > 0;
  if (!hasAny) return complaints.error(tree, `condition: expected one of ${BOUND_KEYS.join(", ")}`);
  if (!isLevelled && !needsPresence)
    return complaints.error(
      tree,
      "condition: it would hold when nothing happens at all, and no event announces that; give a lower bound (gte, gt, or eq above 0)",
    );
  return bounds;
}

function boundOf(tree: Tree): number | null {
  if (tree.kind !== "scalar" || tree.text.trim() === "") return null;
  const number = Number(tree.text);
  return Number.isFinite(number) ? number : null;
}

function parseAliases(
  tree: MapTree,
  names: readonly string[],
  complaints: Complaints,
): CorrelationRule["aliases"] {
  const aliases = new Map<string, ReadonlyMap<string, string>>();
  const given = valueOf(tree, "aliases");
  if (given === null) return aliases;
  if (given.kind !== "map") {
    complaints.error(given, `aliases: expected a map, got ${describe(given)}`);
    return aliases;
  }
  for (const { key, value } of given.pairs) {
    if (value.kind !== "map") {
      complaints.error(value, `aliases.${key}: expected a map of rule: field, got ${describe(value)}`);
      continue;
    }
    const fields = new Map<string, string>();
    for (const pair of value.pairs) {
      if (!names.includes(pair.key))
        complaints.error(
          pair,
          `aliases.${key}: ${shown(pair.key)} is not among the rules of this correlation${didYouMean(pair.key, names)}`,
        );
      if (pair.value.kind === "scalar" && pair.value.value !== null) fields.set(pair.key, pair.value.text);
      else
        complaints.error(pair.value, `aliases.${key}: expected a field's name, got ${describe(pair.value)}`);
    }
    aliases.set(key, fields);
  }
  return aliases;
}
