import type { SourceName } from "../../model/line.ts";
import type { CorrelationRule } from "../ast.ts";
import { shown } from "../rule-error.ts";
import type { CompiledCorrelation, CompiledRule, Member } from "../ruleset.ts";
import type { Complain, Registry } from "./links.ts";

export type Linked = Omit<CompiledCorrelation, "words" | "isSilent">;

/**
 * Finds the rules that each correlation is made of, and puts inner correlations first. A correlation that leads to
 * nothing, to a refused rule or to itself is complained about and left out.
 */
export function linkCorrelations(
  correlations: readonly CorrelationRule[],
  rules: readonly Omit<CompiledRule, "isSilent">[],
  registry: Registry,
  complain: Complain,
): readonly Linked[] {
  const linked: Linked[] = [];
  const done = new Map<CorrelationRule, Linked | null>();
  const visit = (rule: CorrelationRule, above: readonly CorrelationRule[]): Linked | null => {
    const known = done.get(rule);
    if (known !== undefined) return known;
    if (above.includes(rule)) return null;
    const members: Member[] = [];
    const sources = new Set<SourceName>();
    let isWhole = true;
    for (const { ref, ...at } of rule.rules) {
      const target = registry.find(ref);
      const fail = (text: string): void => {
        complain(rule).error(at, text);
        isWhole = false;
      };
      if (target === null) fail(registry.unknown(ref));
      else if (target.kind === "filter") fail(`${shown(ref)} is a filter, not a rule`);
      else if (target.kind === "correlation") {
        const inner = visit(target, [...above, rule]);
        if (inner === null)
          fail(
            [...above, rule].includes(target)
              ? `${shown(ref)} leads back to this correlation`
              : `${shown(ref)} was refused, so this correlation cannot be`,
          );
        else {
          for (const source of inner.sources) sources.add(source);
          members.push(memberOf(rule, ref, [target.meta.id, target.meta.name], "correlation", inner.index));
        }
      } else {
        const compiled = rules.find((candidate) => candidate.rule === target);
        if (compiled === undefined) fail(`${shown(ref)} was refused, so this correlation cannot be`);
        else {
          for (const source of compiled.sources) sources.add(source);
          members.push(memberOf(rule, ref, [target.meta.id, target.meta.name], "rule", compiled.index));
        }
      }
    }
    const result: Linked | null = isWhole
      ? { index: linked.length, rule, members, sources: [...sources] }
      : null;
    if (result !== null) linked.push(result);
    done.set(rule, result);
    return result;
  };
  for (const rule of correlations) visit(rule, []);
  return linked;
}

function memberOf(
  rule: CorrelationRule,
  ref: string,
  names: readonly (string | null)[],
  of: Member["of"],
  index: number,
): Member {
  const fieldOf = (name: string): string => {
    const alias = rule.aliases.get(name);
    if (alias === undefined) return name;
    for (const key of [ref, ...names]) {
      const field = key === null ? undefined : alias.get(key);
      if (field !== undefined) return field;
    }
    return name;
  };
  return {
    of,
    index,
    groupFields: rule.groupBy.map(fieldOf),
    valueField: rule.field === null ? null : fieldOf(rule.field),
  };
}
