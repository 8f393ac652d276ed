import type { DetectionRule, FilterRule, Logsource, Rule } from "../ast.ts";
import { type Complaints, didYouMean, shown } from "../rule-error.ts";

export type Complain = (rule: Rule) => Complaints;

/** Finds rules by id or name; refuses a second one with the same id. */
export class Registry {
  readonly rules: readonly Rule[];
  readonly #byRef = new Map<string, Rule>();
  constructor(parsed: readonly Rule[], complain: Complain) {
    const rules: Rule[] = [];
    for (const rule of parsed) {
      const { id, name, line, column } = rule.meta;
      const clash = this.#byRef.get(id) ?? (name === null ? undefined : this.#byRef.get(name));
      if (clash !== undefined) {
        const which = this.#byRef.has(id) ? `id ${shown(id)}` : `name ${shown(name ?? "")}`;
        complain(rule).error(
          { line, column },
          `${which} is already that of ${clash.meta.path}:${clash.meta.line}`,
        );
        continue;
      }
      this.#byRef.set(id, rule);
      if (name !== null) this.#byRef.set(name, rule);
      rules.push(rule);
    }
    this.rules = rules;
  }

  find(ref: string): Rule | null {
    return this.#byRef.get(ref) ?? null;
  }

  /** Says that a reference leads nowhere. */
  unknown(ref: string): string {
    return `no rule has the id or name ${shown(ref)}${didYouMean(ref, this.#byRef.keys())}`;
  }
}

/** Which filters hold for a rule. Filters that name no such rule are complained about. */
export function linkFilters(
  filters: readonly FilterRule[],
  detections: readonly DetectionRule[],
  registry: Registry,
  complain: Complain,
): (rule: DetectionRule) => readonly FilterRule[] {
  const byRule = new Map<DetectionRule, FilterRule[]>();
  for (const filter of filters) {
    const targets: DetectionRule[] = [];
    if (filter.rules === null)
      targets.push(...detections.filter((rule) => covers(filter.logsource, rule.logsource)));
    for (const { ref, ...at } of filter.rules ?? []) {
      const rule = registry.find(ref);
      if (rule === null) complain(filter).error(at, registry.unknown(ref));
      else if (rule.kind !== "detection")
        complain(filter).error(at, `${shown(ref)} is a ${rule.kind}; a filter holds for single rules`);
      else if (!covers(filter.logsource, rule.logsource))
        complain(filter).error(at, `${shown(ref)} has another logsource than this filter`);
      else targets.push(rule);
    }
    for (const rule of targets) byRule.set(rule, [...(byRule.get(rule) ?? []), filter]);
  }
  return (rule) => byRule.get(rule) ?? [];
}

/** What the filter's log source names, the rule's names too. */
function covers(filter: Logsource, rule: Logsource): boolean {
  return (["category", "product", "service"] as const).every(
    (key) => filter[key] === null || filter[key] === rule[key],
  );
}
