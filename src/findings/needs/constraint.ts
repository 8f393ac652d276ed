import type { Condition, Detection, FieldTest, Selection } from "../ast.ts";
import { ANY, parsePattern, widened } from "../compile/pattern.ts";

/** One way in which a field's text may be as a rule asks. Text as the rule writes it. */
export interface TextShape {
  readonly kind: "exact" | "prefix" | "suffix" | "part";
  readonly text: string;
}

/** Products of prefixes and suffixes beyond this are not written out. */
const MOST_PRODUCTS = 64;
const RANK = { exact: 0, prefix: 1, suffix: 2, part: 3 } as const;

/** Of which shapes the field must be for the detection to match; null where it may be anything. What is negated does not count. */
export function constraintOn(detection: Detection, field: string): readonly TextShape[] | null {
  const ofCondition = (condition: Condition): readonly TextShape[] | null => {
    switch (condition.kind) {
      case "name": {
        const selection = detection.selections.get(condition.name);
        return selection === undefined ? null : ofSelection(selection, field);
      }
      case "not":
        return null;
      case "and":
        return both(condition.parts.map(ofCondition));
      case "or":
        return either(condition.parts.map(ofCondition));
      default:
        return condition satisfies never;
    }
  };
  return ofCondition(detection.condition);
}

function ofSelection(selection: Selection, field: string): readonly TextShape[] | null {
  if (selection.kind === "field") return selection.field === field ? ofTest(selection) : null;
  const parts = selection.parts.map((part) => ofSelection(part, field));
  return selection.kind === "all" ? both(parts) : either(parts);
}

function ofTest({ modifiers, values }: FieldTest): readonly TextShape[] | null {
  const known = ["contains", "startswith", "endswith", "cased", "all"];
  if (modifiers.some((modifier) => !known.includes(modifier))) return null;
  const how = modifiers.find((one) => one === "contains" || one === "startswith" || one === "endswith");
  const shapes: TextShape[] = [];
  for (const { value, text } of values) {
    if (typeof value === "boolean" || value === null) return null;
    const shape = shapeOf(widened(parsePattern(text), how ?? "equals"));
    if (shape === null) return null;
    shapes.push(shape);
  }
  // All of several: any one of them narrows.
  return modifiers.includes("all") ? shapes.slice(0, 1) : shapes;
}

function shapeOf(pattern: ReturnType<typeof parsePattern>): TextShape | null {
  const [first, second, third] = pattern;
  if (pattern.length === 1 && typeof first === "string") return { kind: "exact", text: first };
  if (typeof first === "string") return { kind: "prefix", text: first };
  const last = pattern.at(-1);
  if (first === ANY && typeof last === "string") return { kind: "suffix", text: last };
  if (first === ANY && typeof second === "string" && third === ANY) return { kind: "part", text: second };
  return null;
}

/** Each must hold: a prefix and a suffix that ends a path make whole paths; else the narrower one stands for both. */
function both(parts: readonly (readonly TextShape[] | null)[]): readonly TextShape[] | null {
  const known = parts.filter((part) => part !== null);
  if (known.length === 0) return null;
  const all = (kind: TextShape["kind"]): readonly TextShape[] | undefined =>
    known.find((part) => part.length > 0 && part.every((shape) => shape.kind === kind));
  const [prefixes, suffixes] = [all("prefix"), all("suffix")];
  if (
    prefixes !== undefined &&
    suffixes !== undefined &&
    prefixes.length * suffixes.length <= MOST_PRODUCTS &&
    prefixes.every(({ text }) => text.endsWith("/")) &&
    suffixes.every(({ text }) => text.startsWith("/"))
  )
    return prefixes.flatMap(({ text }) =>
      suffixes.map((suffix): TextShape => ({ kind: "exact", text: text.slice(0, -1) + suffix.text })),
    );
  const rank = (part: readonly TextShape[]): number => Math.max(...part.map(({ kind }) => RANK[kind]));
  return known.reduce((best, part) => (rank(part) < rank(best) ? part : best));
}

function either(parts: readonly (readonly TextShape[] | null)[]): readonly TextShape[] | null {
  const shapes: TextShape[] = [];
  for (const part of parts) {
    if (part === null) return null;
    shapes.push(...part);
  }
  return shapes;
}
