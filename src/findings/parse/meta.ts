import { LEVELS, type Level } from "../../model/finding.ts";
import type { Logsource, RuleMeta, RuleWords } from "../ast.ts";
import { type Complaints, didYouMean, type Place, shown } from "../rule-error.ts";
import { describe, type MapTree, textOf, textsOf, valueOf } from "./tree.ts";

/** Sigma's own keys. Others are allowed; one that is nearly one of these is more likely a slip. */
const SIGMA_KEYS = (
  "title id name related taxonomy status description license author references date modified logsource detection " +
  "correlation filter fields falsepositives level tags scope generate action dockwarden"
).split(" ");
const WORD_KEYS = ["alert", "action", "object", "group", "next_steps", "placeholders", "expires"];

/** Reads what any rule says of itself. @returns null after a complaint. */
export function parseMeta(tree: MapTree, complaints: Complaints): RuleMeta | null {
  const before = complaints.errors;
  const name = textOf(tree, "name", complaints);
  const id = textOf(tree, "id", complaints);
  const title = textOf(tree, "title", complaints) ?? name ?? id;
  if (title === null) {
    const near = tree.pairs.map(({ key }) => key).find((key) => didYouMean(key, ["title"]) !== "");
    return complaints.error(tree, `expected a title${near === undefined ? "" : `; is "${near}" meant?`}`);
  }
  for (const { key, ...at } of tree.pairs) {
    const meant = SIGMA_KEYS.includes(key) ? "" : didYouMean(key, SIGMA_KEYS);
    if (meant !== "" && !key.startsWith("reference"))
      complaints.warn(at, `unknown key ${shown(key)}${meant}`);
  }
  const level = parseLevel(tree, complaints);
  const words = parseWords(tree, complaints);
  if (complaints.errors > before || level === null) return null;
  return {
    line: tree.line,
    column: tree.column,
    path: complaints.path,
    id: id ?? name ?? title,
    name,
    title,
    description: textOf(tree, "description", complaints),
    status: textOf(tree, "status", complaints),
    level,
    tags: textsOf(tree, "tags", complaints),
    falsePositives: textsOf(tree, "falsepositives", complaints),
    words,
  };
}

function parseLevel(tree: MapTree, complaints: Complaints): Level | null {
  const given = valueOf(tree, "level");
  if (given === null) return "medium";
  const text = given.kind === "scalar" ? given.text.toLowerCase() : "";
  return (
    LEVELS.find((level) => level === text) ??
    complaints.error(
      given,
      `level: expected ${LEVELS.join(", ")}, got ${describe(given)}${didYouMean(text, LEVELS)}`,
    )
  );
}

/** Reads the `dockwarden:` key. */
function parseWords(tree: MapTree, complaints: Complaints): RuleWords {
  const none: RuleWords = {
    alert: true,
    action: null,
    object: [],
    group: [],
    nextSteps: null,
    placeholders: new Map(),
  };
  const own = valueOf(tree, "dockwarden");
  if (own === null) return none;
  if (own.kind !== "map") {
    complaints.error(own, `dockwarden: expected a map of ${WORD_KEYS.join(", ")}, got ${describe(own)}`);
    return none;
  }
  for (const { key, ...at } of own.pairs)
    if (!WORD_KEYS.includes(key))
      complaints.error(at, `dockwarden: unknown key ${shown(key)}${didYouMean(key, WORD_KEYS)}`);
  const placeholders = new Map<string, readonly string[]>();
  const given = valueOf(own, "placeholders");
  if (given !== null && given.kind !== "map")
    complaints.error(given, `placeholders: expected a map of lists, got ${describe(given)}`);
  if (given?.kind === "map")
    for (const { key } of given.pairs) placeholders.set(key, textsOf(given, key, complaints));
  const steps = textsOf(own, "next_steps", complaints);
  const alert = textOf(own, "alert", complaints)?.toLowerCase() ?? "true";
  if (alert !== "true" && alert !== "false")
    complaints.error(valueOf(own, "alert") ?? own, `alert: expected true or false, got ${shown(alert)}`);
  return {
    alert: alert === "true",
    action: textOf(own, "action", complaints),
    object: textsOf(own, "object", complaints),
    group: textsOf(own, "group", complaints),
    nextSteps: steps.length === 0 ? null : steps.map((step) => step.trim()).join("\n"),
    placeholders,
  };
}

/** Reads `logsource:`. @returns null after a complaint. */
export function parseLogsource(tree: MapTree, complaints: Complaints): Logsource | null {
  const given = valueOf(tree, "logsource");
  if (given === null) return complaints.error(tree, "expected a logsource with product, service or category");
  if (given.kind !== "map")
    return complaints.error(given, `logsource: expected a map, got ${describe(given)}`);
  const part = (key: string): string | null => textOf(given, key, complaints)?.toLowerCase() ?? null;
  const [category, product, service] = [part("category"), part("product"), part("service")];
  if (category === null && product === null && service === null)
    return complaints.error(given, "logsource: expected product, service or category");
  return { line: given.line, column: given.column, category, product, service };
}

/** Reads a list of ids or names of other rules, or one of them. @returns null after a complaint. */
export function parseRefs(
  tree: MapTree,
  complaints: Complaints,
): readonly (Place & { readonly ref: string })[] | null {
  const given = valueOf(tree, "rules");
  if (given === null) return complaints.error(tree, "rules: expected a list of rule ids or names");
  const trees = given.kind === "list" ? given.parts : [given];
  const refs: (Place & { readonly ref: string })[] = [];
  for (const part of trees) {
    if (part.kind !== "scalar" || part.value === null)
      return complaints.error(part, `rules: expected a rule's id or name, got ${describe(part)}`);
    refs.push({ ref: part.text, line: part.line, column: part.column });
  }
  return refs.length === 0 ? complaints.error(given, "rules: expected at least one rule") : refs;
}
