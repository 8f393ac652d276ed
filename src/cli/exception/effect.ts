import { hunt } from "../../app/hunt.ts";
import type { StoredSources, StoredSpan } from "../../app/stored-seen.ts";
import type { DetectionRule } from "../../findings/ast.ts";
import {
  type CompiledCorrelation,
  type CompiledRule,
  onlyRules,
  type Ruleset,
} from "../../findings/ruleset.ts";
import type { EpochMs } from "../../model/ids.ts";

/** What an exception would have changed for one rule or correlation. */
export interface Effect {
  readonly ruleId: string;
  readonly title: string;
  /** Findings are episodes of a correlation. */
  readonly isCorrelation: boolean;
  readonly before: number;
  readonly after: number;
}

/** Runs the rules over stored events without an exception and with it: those that it names and all correlations made of them. */
export function effectOf(
  rules: readonly DetectionRule[],
  before: Ruleset,
  after: Ruleset,
  sources: StoredSources,
  span: StoredSpan,
  onProgress: (timeMs: EpochMs, isSecond: boolean) => void,
): readonly Effect[] {
  const ids = new Set(rules.map(({ meta }) => meta.id));
  const totals = [before, after].map((ruleset, at) => {
    const wanted = concerned(ruleset, ids);
    return hunt(sources, span, onlyRules(ruleset, wanted), {
      limit: 1,
      onProgress: (timeMs) => onProgress(timeMs, at === 1),
    }).totals;
  });
  return concerned(before, ids).map((one) => {
    const { id, title } = one.rule.meta;
    return {
      ruleId: id,
      title,
      isCorrelation: "members" in one,
      before: totals[0]?.get(id) ?? 0,
      after: totals[1]?.get(id) ?? 0,
    };
  });
}

/** The rules themselves, and what is made of them. Inner correlations stand before outer ones. */
function concerned(
  { rules, correlations }: Ruleset,
  ids: ReadonlySet<string>,
): readonly (CompiledRule | CompiledCorrelation)[] {
  const found = new Set<CompiledRule | CompiledCorrelation>(
    rules.filter(({ rule }) => ids.has(rule.meta.id)),
  );
  for (const correlation of correlations)
    if (
      correlation.members.some(({ of, index }) => {
        const member = of === "rule" ? rules[index] : correlations[index];
        return member !== undefined && found.has(member);
      })
    )
      found.add(correlation);
  return [...found];
}
