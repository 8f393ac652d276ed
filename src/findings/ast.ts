import type { Level } from "../model/finding.ts";
import type { Place } from "./rule-error.ts";

/** What every kind of rule says of itself. */
export interface RuleMeta extends Place {
  readonly path: string;
  /** `id`, else `name`, else the title. */
  readonly id: string;
  readonly name: string | null;
  readonly title: string;
  readonly description: string | null;
  readonly status: string | null;
  readonly level: Level;
  readonly tags: readonly string[];
  readonly falsePositives: readonly string[];
  readonly words: RuleWords;
}

/** The rule's `dockwarden:` key: how a finding reads and what it is about. Templates name fields in braces. */
export interface RuleWords {
  /** False: the rule is a part for correlations and raises nothing by itself. */
  readonly alert: boolean;
  readonly action: string | null;
  /** The first template whose fields are all there is used. */
  readonly object: readonly string[];
  /** Fields that tell one finding of the rule from another; empty: the view's own. */
  readonly group: readonly string[];
  readonly nextSteps: string | null;
  /** Values of placeholders where the configuration has none. */
  readonly placeholders: ReadonlyMap<string, readonly string[]>;
}

export interface Logsource extends Place {
  readonly category: string | null;
  readonly product: string | null;
  readonly service: string | null;
}

export type Rule = DetectionRule | CorrelationRule | FilterRule;

export interface DetectionRule {
  readonly kind: "detection";
  readonly meta: RuleMeta;
  readonly logsource: Logsource;
  readonly detection: Detection;
}

/** Named selections and the condition that joins them. */
export interface Detection {
  readonly selections: ReadonlyMap<string, Selection>;
  readonly condition: Condition;
}

export type Selection =
  | { readonly kind: "all"; readonly parts: readonly Selection[] }
  | { readonly kind: "any"; readonly parts: readonly Selection[] }
  | FieldTest;

/** `field|modifiers: values`; `field` null: keywords. */
export interface FieldTest extends Place {
  readonly kind: "field";
  readonly field: string | null;
  readonly modifiers: readonly string[];
  readonly values: readonly Value[];
}

export interface Value extends Place {
  readonly value: string | number | boolean | null;
  readonly text: string;
}

export type Condition =
  | { readonly kind: "and" | "or"; readonly parts: readonly Condition[] }
  | { readonly kind: "not"; readonly part: Condition }
  | { readonly kind: "name"; readonly name: string };

export const CORRELATION_KINDS = [
  "event_count",
  "value_count",
  "temporal",
  "temporal_ordered",
  "value_sum",
  "value_avg",
  "value_percentile",
] as const;
export type CorrelationKind = (typeof CORRELATION_KINDS)[number];

export interface CorrelationRule {
  readonly kind: "correlation";
  readonly meta: RuleMeta;
  readonly type: CorrelationKind;
  /** Ids or names of the rules that take part, in their order. */
  readonly rules: readonly (Place & { readonly ref: string })[];
  readonly groupBy: readonly string[];
  readonly timespanMs: number;
  readonly bounds: Bounds;
  /** The field that is counted or summed; null for event counts and temporal kinds. */
  readonly field: string | null;
  /** For value_percentile: which percentile of the values is compared. */
  readonly percentile: number;
  /** For temporal kinds: which of the rules must have matched; null: all (or as many as `bounds` says). */
  readonly condition: Condition | null;
  /** Alias → rule's id or name → field. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** True: the rules that take part go on alerting by themselves. */
  readonly generate: boolean;
}

/** All of these must hold; at least one is a lower bound above zero, so that silence never matches. */
export interface Bounds {
  readonly gte: number | null;
  readonly gt: number | null;
  readonly lte: number | null;
  readonly lt: number | null;
  readonly eq: number | null;
  readonly neq: number | null;
}

export interface FilterRule {
  readonly kind: "filter";
  readonly meta: RuleMeta;
  readonly logsource: Logsource;
  /** Ids or names; null: every rule with the filter's log source. */
  readonly rules: readonly (Place & { readonly ref: string })[] | null;
  readonly detection: Detection;
  /** After this moment the filter no longer holds; from `dockwarden.expires`. */
  readonly expiresMs: number | null;
}
