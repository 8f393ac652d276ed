import type { CorrelationRule, DetectionRule, FilterRule, Rule } from "./ast.ts";
import { type Linked, linkCorrelations } from "./compile/correlations.ts";
import { compileRule, wordsOf } from "./compile/detections.ts";
import { linkFilters, Registry } from "./compile/links.ts";
import { parseRules } from "./parse/rules.ts";
import { Complaints, type RuleError } from "./rule-error.ts";
import type { CompiledRule, Ruleset } from "./ruleset.ts";
import { KIND_NAMES, KINDS, type KindName } from "./views/logsource.ts";
import { FieldTable } from "./views/view.ts";

/** A rule file as the caller read it. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

export interface CompileOptions {
  /** Values of `%Name%` in values with the modifier `expand`. */
  readonly placeholders: Readonly<Record<string, readonly string[]>>;
}

export interface CompiledRules {
  readonly ruleset: Ruleset;
  /** Why rules were refused; the ruleset has the others. In the order of the files, then of the lines. */
  readonly errors: readonly RuleError[];
  /** What looks wrong in rules that were accepted. */
  readonly warnings: readonly RuleError[];
}

/** Reads, checks, links and compiles Sigma rules, correlations and filters. Pure: the caller reads the files. */
export function compileRules(files: readonly RuleFile[], options: CompileOptions): CompiledRules {
  const complaints = new Map<string, Complaints>();
  const parsed: Rule[] = [];
  for (const { path, text } of files) {
    const own = new Complaints(path);
    complaints.set(path, own);
    parsed.push(...parseRules(text, own));
  }
  const complain = (rule: Rule): Complaints =>
    complaints.get(rule.meta.path) ?? new Complaints(rule.meta.path);
  const registry = new Registry(parsed, complain);
  const detections = registry.rules.filter((rule): rule is DetectionRule => rule.kind === "detection");
  const correlations = registry.rules.filter((rule): rule is CorrelationRule => rule.kind === "correlation");
  const filters = registry.rules.filter((rule): rule is FilterRule => rule.kind === "filter");

  const tables = emptyTables();
  const filtersOf = linkFilters(filters, detections, registry, complain);
  const rules: Omit<CompiledRule, "isSilent">[] = [];
  for (const rule of detections) {
    const compiled = compileRule(rule, {
      filters: filtersOf(rule),
      tables,
      placeholders: options.placeholders,
      complain,
    });
    if (compiled !== null) rules.push({ ...compiled, index: rules.length });
  }
  const linked = linkCorrelations(correlations, rules, registry, complain);
  for (const { members } of linked)
    for (const { of, index, groupFields, valueField } of members)
      if (of === "rule")
        for (const { kind } of rules[index]?.programs ?? [])
          for (const field of [...groupFields, ...(valueField === null ? [] : [valueField])])
            tables[kind].slot(field);
  // A rule is compiled once for each kind of view, and complains each time.
  const all = [...complaints.values()].flatMap((own) => [
    ...new Map(
      own.all
        .toSorted((a, b) => a.line - b.line || a.column - b.column)
        .map((error) => [JSON.stringify(error), error]),
    ).values(),
  ]);
  return {
    ruleset: {
      rules: rules.map((rule) => ({
        ...rule,
        isSilent: !rule.rule.meta.words.alert || isSilent("rule", rule.index, linked),
      })),
      correlations: linked.map((correlation) => ({
        ...correlation,
        words: wordsOf(correlation.rule.meta),
        isSilent: !correlation.rule.meta.words.alert || isSilent("correlation", correlation.index, linked),
      })),
      filters,
      tables,
    },
    errors: all.filter(({ severity }) => severity === "error"),
    warnings: all.filter(({ severity }) => severity === "warning"),
  };
}

function emptyTables(): Record<KindName, FieldTable> {
  return Object.fromEntries(KIND_NAMES.map((name) => [name, new FieldTable(KINDS[name])])) as Record<
    KindName,
    FieldTable
  >;
}

/** A rule that correlations use is silent, unless one of them says `generate: true`. */
function isSilent(of: "rule" | "correlation", index: number, linked: readonly Linked[]): boolean {
  const users = linked.filter(({ members }) =>
    members.some((member) => member.of === of && member.index === index),
  );
  return users.length > 0 && !users.some(({ rule }) => rule.generate);
}
