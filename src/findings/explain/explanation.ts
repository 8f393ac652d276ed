import type { Condition } from "../ast.ts";

/** One `field|modifiers: values` of a rule, with what the event had there. */
export interface TestExplanation {
  readonly kind: "test";
  /** Null for keywords. */
  readonly field: string | null;
  readonly modifiers: readonly string[];
  readonly isMatch: boolean;
  /** The event's text; null where it has no such field. */
  readonly actual: string | null;
  readonly values: readonly { readonly text: string; readonly isMatch: boolean }[];
}

export type PartExplanation =
  | TestExplanation
  | { readonly kind: "all" | "any"; readonly isMatch: boolean; readonly parts: readonly PartExplanation[] };

export interface SelectionExplanation {
  readonly name: string;
  readonly isMatch: boolean;
  /** The condition asks that it does not match. */
  readonly isNegated: boolean;
  readonly part: PartExplanation;
}

/** A detection with every part of it decided. */
export interface DetectionExplanation {
  readonly condition: string;
  readonly isMatch: boolean;
  readonly selections: readonly SelectionExplanation[];
  /** How many tests, at least, would have to come out otherwise for the condition to hold. */
  readonly deficit: number;
}

/** Why a rule matched an event or not. */
export interface RuleExplanation {
  readonly ruleId: string;
  readonly name: string | null;
  readonly title: string;
  readonly level: string;
  readonly path: string;
  readonly line: number;
  /** The detection holds and no filter takes it out. */
  readonly isMatch: boolean;
  /** One part more or less, and it would have matched. */
  readonly isNearMiss: boolean;
  /** The kind of view in which it was looked at: `auditd`, `process_creation`, … */
  readonly view: string;
  readonly detection: DetectionExplanation;
  /** Filters of others that hold for the rule. */
  readonly filters: readonly {
    readonly title: string;
    readonly path: string;
    readonly state: "lets through" | "takes out" | "expired";
    readonly detection: DetectionExplanation;
  }[];
}

/** A condition as text; what `1 of x*` stands for is written out. */
export function conditionText(condition: Condition, isInner = false): string {
  switch (condition.kind) {
    case "name":
      return condition.name;
    case "not":
      return `not ${conditionText(condition.part, true)}`;
    case "and":
    case "or": {
      const text = condition.parts.map((part) => conditionText(part, true)).join(` ${condition.kind} `);
      return isInner && condition.parts.length > 1 ? `(${text})` : text;
    }
    default:
      return condition satisfies never;
  }
}
