import type { SourceName } from "../model/line.ts";
import type { CorrelationRule, DetectionRule, FilterRule, RuleMeta } from "./ast.ts";
import type { Test } from "./compile/field.ts";
import type { Witnesses } from "./compile/witness.ts";
import type { Template } from "./template.ts";
import type { KindName } from "./views/logsource.ts";
import type { FieldTable } from "./views/view.ts";

/** A rule as it runs on one kind of view. */
export interface Program {
  readonly kind: KindName;
  readonly channel: string;
  readonly test: Test;
  readonly witnesses: Witnesses;
}

export interface CompiledRule {
  readonly index: number;
  readonly rule: DetectionRule;
  /** Empty where this program has no such log source. */
  readonly programs: readonly Program[];
  readonly sources: readonly SourceName[];
  readonly filters: readonly FilterRule[];
  readonly words: CompiledWords;
  /** A correlation speaks for it, so that it raises no finding of its own. */
  readonly isSilent: boolean;
}

/** How a finding of the rule reads. */
export interface CompiledWords {
  readonly action: string;
  readonly actionTemplate: Template;
  readonly objects: readonly Template[];
  readonly group: readonly string[];
}

/** One of the rules that take part in a correlation. */
export interface Member {
  readonly of: "rule" | "correlation";
  readonly index: number;
  /** The field that each group-by name means there. */
  readonly groupFields: readonly string[];
  readonly valueField: string | null;
}

export interface CompiledCorrelation {
  readonly index: number;
  readonly rule: CorrelationRule;
  readonly members: readonly Member[];
  readonly sources: readonly SourceName[];
  readonly words: CompiledWords;
  readonly isSilent: boolean;
}

/** Rules, checked, linked and compiled. Immutable; any number of detectors may run it. */
export interface Ruleset {
  readonly rules: readonly CompiledRule[];
  /** Inner correlations before those that are made of them. */
  readonly correlations: readonly CompiledCorrelation[];
  readonly filters: readonly FilterRule[];
  readonly tables: Readonly<Record<KindName, FieldTable>>;
}

/** All rules that can raise findings, for lists. */
export function metasOf(ruleset: Ruleset): readonly RuleMeta[] {
  return [...ruleset.rules, ...ruleset.correlations].map(({ rule }) => rule.meta);
}

/** A rule by its id, name or title (without case); null where there is none. */
export function findRule(ruleset: Ruleset, text: string): CompiledRule | CompiledCorrelation | null {
  const all = [...ruleset.rules, ...ruleset.correlations];
  const title = text.toLowerCase();
  return (
    all.find(({ rule: { meta } }) => meta.id === text || meta.name === text) ??
    all.find(({ rule: { meta } }) => meta.title.toLowerCase() === title) ??
    null
  );
}

/** The rule set cut down to some rules and what they are made of; these raise findings even where they are but parts. */
export function onlyRules(
  ruleset: Ruleset,
  wanted: readonly (CompiledRule | CompiledCorrelation)[],
): Ruleset {
  const needed = new Set<CompiledRule | CompiledCorrelation>();
  const visit = (one: CompiledRule | CompiledCorrelation): void => {
    if (needed.has(one)) return;
    needed.add(one);
    if (!("members" in one)) return;
    for (const { of, index } of one.members) {
      const member = of === "rule" ? ruleset.rules[index] : ruleset.correlations[index];
      if (member !== undefined) visit(member);
    }
  };
  for (const one of wanted) visit(one);
  return {
    ...ruleset,
    // Numbers stay what they were: members name each other by them.
    rules: ruleset.rules.map((rule) => ({
      ...rule,
      programs: needed.has(rule) ? rule.programs : [],
      isSilent: !wanted.includes(rule),
    })),
    correlations: ruleset.correlations.map((correlation) => ({
      ...correlation,
      members: needed.has(correlation) ? correlation.members : [],
      isSilent: !wanted.includes(correlation),
    })),
  };
}
