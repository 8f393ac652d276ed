import type { Condition, FilterRule, Rule, RuleMeta } from "../ast.ts";
import { type Complaints, didYouMean, shown } from "../rule-error.ts";
import { parseCorrelation } from "./correlation.ts";
import { parseDetection } from "./detection.ts";
import { parseLogsource, parseMeta, parseRefs } from "./meta.ts";
import { describe, type MapTree, type Pair, readTrees, textOf, valueOf } from "./tree.ts";

const KINDS = ["detection", "correlation", "filter"];

/** Reads one file's rules, in their order. Those that are wrong are complained about and left out. */
export function parseRules(text: string, complaints: Complaints): readonly Rule[] {
  const rules: Rule[] = [];
  for (const document of unfold(readTrees(text, complaints), complaints)) {
    const rule = parseRule(document, complaints);
    if (rule !== null) rules.push(rule);
  }
  return rules;
}

/**
 * Applies Sigma's `action`: what a `global` document says holds for all that follow until `reset`; `repeat` goes on from
 * the document before it.
 */
function unfold(documents: readonly MapTree[], complaints: Complaints): readonly MapTree[] {
  const rules: MapTree[] = [];
  let shared: MapTree | null = null;
  let previous: MapTree | null = null;
  for (const document of documents) {
    const action = textOf(document, "action", complaints)?.toLowerCase() ?? null;
    const own: MapTree = { ...document, pairs: document.pairs.filter(({ key }) => key !== "action") };
    if (action === "global") shared = shared === null ? own : merged(shared, own);
    else if (action === "reset") shared = null;
    else if (action === null || action === "repeat") {
      const base: MapTree | null = action === "repeat" ? previous : shared;
      const rule: MapTree = base === null ? own : merged(base, own);
      previous = rule;
      rules.push(rule);
    } else
      complaints.error(
        valueOf(document, "action") ?? document,
        `action: expected global, reset or repeat, got ${shown(action)}${didYouMean(action, ["global", "reset", "repeat"])}`,
      );
  }
  return rules;
}

/** Maps are merged key by key; anything else of `over` stands instead of `base`'s. */
function merged(base: MapTree, over: MapTree): MapTree {
  const pairs = new Map<string, Pair>(base.pairs.map((pair) => [pair.key, pair]));
  for (const pair of over.pairs) {
    const before = pairs.get(pair.key)?.value;
    const value =
      before?.kind === "map" && pair.value.kind === "map" ? merged(before, pair.value) : pair.value;
    pairs.set(pair.key, { ...pair, value });
  }
  return { ...over, pairs: [...pairs.values()] };
}

function parseRule(document: MapTree, complaints: Complaints): Rule | null {
  const meta = parseMeta(document, complaints);
  const [kind = null, ...more] = KINDS.filter((key) => valueOf(document, key) !== null);
  if (kind === null || more.length > 0) {
    const near = document.pairs.find(({ key }) => didYouMean(key, KINDS) !== "" && !KINDS.includes(key));
    return complaints.error(
      near ?? document,
      `expected one of ${KINDS.join(", ")}, got ${kind === null ? "none" : [kind, ...more].join(" and ")}${near === undefined ? "" : didYouMean(near.key, KINDS)}`,
    );
  }
  const body = valueOf(document, kind);
  if (body?.kind !== "map")
    return complaints.error(
      body ?? document,
      `${kind}: expected a map, got ${body === null ? "nothing" : describe(body)}`,
    );
  if (kind === "correlation")
    return meta === null ? null : parseCorrelation(document, body, meta, complaints);
  const logsource = parseLogsource(document, complaints);
  const detection = parseDetection(body, complaints);
  if (kind === "filter")
    return meta === null || logsource === null || detection === null
      ? null
      : parseFilter(document, body, { kind, meta, logsource, detection }, complaints);
  return meta === null || logsource === null || detection === null
    ? null
    : { kind: "detection", meta, logsource, detection };
}

function parseFilter(
  document: MapTree,
  body: MapTree,
  parts: { kind: "filter"; meta: RuleMeta } & Pick<FilterRule, "logsource" | "detection">,
  complaints: Complaints,
): FilterRule | null {
  if (!hasNegation(parts.detection.condition))
    return complaints.error(
      valueOf(body, "condition") ?? body,
      'a filter\'s condition is ANDed to the rule as it stands, so an exclusion reads "not selection"; this one would keep only what it describes',
    );
  const given = valueOf(body, "rules");
  const isAny = given?.kind === "scalar" && given.text.toLowerCase() === "any";
  const rules = isAny ? null : parseRefs(body, complaints);
  if (rules === null && !isAny) return null;
  const own = valueOf(document, "dockwarden");
  const expires = own?.kind === "map" ? textOf(own, "expires", complaints) : null;
  const expiresMs = expires === null ? null : Date.parse(expires);
  if (expiresMs !== null && Number.isNaN(expiresMs))
    return complaints.error(
      own ?? body,
      `expires: expected a date such as 2027-01-31, got ${shown(expires ?? "")}`,
    );
  return { ...parts, rules, expiresMs };
}

function hasNegation(condition: Condition): boolean {
  if (condition.kind === "name") return false;
  return condition.kind === "not" || condition.parts.some(hasNegation);
}
