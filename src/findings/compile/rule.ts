import type { Condition, Detection, Selection } from "../ast.ts";
import type { View } from "../views/view.ts";
import { type CompileContext, type Compiled, compileField, conjunction, disjunction } from "./field.ts";

/** Compiles a detection to one test. @returns null after a complaint. */
export function compileDetection(detection: Detection, context: CompileContext): Compiled | null {
  const selections = new Map<string, Compiled>();
  let isWhole = true;
  for (const [name, selection] of detection.selections) {
    const compiled = compileSelection(selection, context);
    if (compiled === null) isWhole = false;
    else selections.set(name, compiled);
  }
  return isWhole ? compileCondition(detection.condition, selections) : null;
}

function compileSelection(selection: Selection, context: CompileContext): Compiled | null {
  if (selection.kind === "field") return compileField(selection, context);
  const parts: Compiled[] = [];
  for (const part of selection.parts) {
    const compiled = compileSelection(part, context);
    if (compiled === null) return null;
    parts.push(compiled);
  }
  return selection.kind === "all" ? conjunction(parts) : disjunction(parts);
}

function compileCondition(condition: Condition, selections: ReadonlyMap<string, Compiled>): Compiled {
  switch (condition.kind) {
    case "name":
      return selections.get(condition.name) ?? disjunction([]);
    case "not": {
      const { test } = compileCondition(condition.part, selections);
      return { test: (view: View) => !test(view), witnesses: null };
    }
    case "and":
      return conjunction(condition.parts.map((part) => compileCondition(part, selections)));
    case "or":
      return disjunction(condition.parts.map((part) => compileCondition(part, selections)));
    default:
      return condition satisfies never;
  }
}
