import type { Condition, Detection, FieldTest, Selection, Value } from "../ast.ts";
import { readModifiers } from "../modifiers.ts";
import type { Complaints, Place } from "../rule-error.ts";
import { parseCondition } from "./condition.ts";
import { describe, type MapTree, type Pair, type Tree } from "./tree.ts";

/** Keys beside the selections. `timeframe` belonged to the aggregations of Sigma 1. */
const RESERVED = new Set(["condition", "timeframe", "rules"]);

/** Reads `detection:` (or a filter's `filter:`): the selections and the condition over them. @returns null after a complaint. */
export function parseDetection(tree: MapTree, complaints: Complaints): Detection | null {
  const before = complaints.errors;
  const selections = new Map<string, Selection>();
  for (const { key, value } of tree.pairs) {
    if (RESERVED.has(key)) continue;
    const selection = parseSelection(value, complaints);
    if (selection !== null) selections.set(key, selection);
  }
  const given = tree.pairs.find(({ key }) => key === "condition");
  if (given === undefined) return complaints.error(tree, "detection: expected a condition");
  // A selection that was refused is still a name: no second complaint about the condition that uses it.
  const names = tree.pairs.map(({ key }) => key).filter((key) => !RESERVED.has(key));
  const condition = parseConditions(given, names, complaints);
  return condition === null || complaints.errors > before ? null : { selections, condition };
}

/** A list of conditions means: any of them. */
function parseConditions(pair: Pair, names: readonly string[], complaints: Complaints): Condition | null {
  const trees = pair.value.kind === "list" ? pair.value.parts : [pair.value];
  const parts = trees.map((tree) =>
    tree.kind === "scalar" && tree.value !== null
      ? parseCondition({
          text: tree.text,
          line: tree.line,
          column: tree.column,
          names,
          complaints,
          noun: "selection",
        })
      : complaints.error(tree, `condition: expected text, got ${describe(tree)}`),
  );
  if (parts.length === 0)
    return complaints.error(pair, "condition: expected at least one, got an empty list");
  if (parts.some((part) => part === null)) return null;
  const all = parts.filter((part) => part !== null);
  return all.length === 1 ? (all[0] ?? null) : { kind: "or", parts: all };
}

/** A map is AND, a list is OR; texts without a field are keywords. */
function parseSelection(tree: Tree, complaints: Complaints): Selection | null {
  switch (tree.kind) {
    case "map": {
      if (tree.pairs.length === 0)
        return complaints.error(tree, "expected at least one field, got an empty map");
      const parts = tree.pairs.map((pair) => parseField(pair, complaints));
      if (parts.some((part) => part === null)) return null;
      return { kind: "all", parts: parts.filter((part) => part !== null) };
    }
    case "list": {
      if (tree.parts.length === 0)
        return complaints.error(tree, "expected at least one value, got an empty list");
      const words = tree.parts.filter((part) => part.kind === "scalar");
      if (words.length === tree.parts.length) return keywords(tree, words, complaints);
      const parts = tree.parts.map((part) => parseSelection(part, complaints));
      if (parts.some((part) => part === null)) return null;
      return { kind: "any", parts: parts.filter((part) => part !== null) };
    }
    case "scalar":
      return tree.value === null
        ? complaints.error(tree, "expected fields or keywords, got nothing")
        : keywords(tree, [tree], complaints);
    default:
      return tree satisfies never;
  }
}

function keywords(at: Place, values: readonly Value[], complaints: Complaints): FieldTest | null {
  return checked(
    { kind: "field", line: at.line, column: at.column, field: null, modifiers: [], values },
    complaints,
  );
}

function parseField({ key, value, line, column }: Pair, complaints: Complaints): FieldTest | null {
  const [field = "", ...modifiers] = key.split("|");
  const at = { line, column };
  if (value.kind === "map")
    return complaints.error(value, `${key}: expected a value or a list of values, got a map`);
  const trees = value.kind === "list" ? value.parts : [value];
  if (trees.length === 0)
    return complaints.error(value, `${key}: expected at least one value, got an empty list`);
  const values: Value[] = [];
  for (const tree of trees) {
    if (tree.kind !== "scalar") return complaints.error(tree, `${key}: expected a value, got a ${tree.kind}`);
    values.push(tree);
  }
  return checked({ kind: "field", ...at, field: field === "" ? null : field, modifiers, values }, complaints);
}

function checked(test: FieldTest, complaints: Complaints): FieldTest | null {
  if (test.field === null && test.values.some(({ value }) => value === null || value === ""))
    return complaints.error(test, "keywords: an empty one would match everything");
  return readModifiers(test, complaints) === null ? null : test;
}
