import type { DetectionRule, FilterRule, RuleMeta } from "../ast.ts";
import type { Complaints } from "../rule-error.ts";
import type { CompiledRule, CompiledWords, Program } from "../ruleset.ts";
import { parseTemplate } from "../template.ts";
import { type KindName, routesOf } from "../views/logsource.ts";
import type { FieldTable } from "../views/view.ts";
import type { CompileContext, Compiled } from "./field.ts";
import type { Complain } from "./links.ts";
import { compileDetection } from "./rule.ts";

interface RuleContext {
  readonly filters: readonly FilterRule[];
  readonly tables: Readonly<Record<KindName, FieldTable>>;
  readonly placeholders: Readonly<Record<string, readonly string[]>>;
  readonly complain: Complain;
}

/** Compiles a rule with its filters for each kind of view that it looks at. @returns null after a complaint. */
export function compileRule(
  rule: DetectionRule,
  context: RuleContext,
): Omit<CompiledRule, "index" | "isSilent"> | null {
  const complaints = context.complain(rule);
  const before = complaints.errors;
  const routes = routesOf(rule.logsource);
  if (routes.length === 0) {
    const { category, product, service } = rule.logsource;
    const named = [product, category, service].filter((part) => part !== null).join("/");
    complaints.warn(rule.logsource, `nothing here produces ${named} events; the rule will never match`);
  }
  const words = wordsOf(rule.meta);
  const programs: Program[] = [];
  for (const { kind, channel } of routes) {
    const fields = context.tables[kind];
    const compiled = compileWithFilters(rule, fields, context);
    if (compiled === null) return null;
    programs.push({ kind, channel, ...compiled });
    for (const field of [
      ...words.group,
      ...words.actionTemplate.fields,
      ...words.objects.flatMap((one) => one.fields),
    ])
      fields.slot(field);
  }
  if (complaints.errors > before) return null;
  const sources = [...new Set(routes.map(({ source }) => source))];
  return { rule, programs, sources, filters: context.filters, words };
}

function compileWithFilters(rule: DetectionRule, fields: FieldTable, context: RuleContext): Compiled | null {
  const main = compileDetection(
    rule.detection,
    contextOf(rule.meta, fields, context, context.complain(rule)),
  );
  if (main === null) return null;
  const tests = [main.test];
  for (const filter of context.filters) {
    const own = contextOf(filter.meta, fields, context, context.complain(filter));
    const compiled = compileDetection(filter.detection, own);
    if (compiled === null) continue;
    const { expiresMs } = filter;
    const { test } = compiled;
    tests.push(expiresMs === null ? test : (view) => view.timeMs > expiresMs || test(view));
  }
  if (tests.length === 1) return main;
  return { test: (view) => tests.every((test) => test(view)), witnesses: main.witnesses };
}

/** What the tests of a rule are compiled with: its own placeholders stand in for those that the configuration lacks. */
export function contextOf(
  meta: RuleMeta,
  fields: FieldTable,
  { placeholders }: Pick<RuleContext, "placeholders">,
  complaints: Complaints,
): CompileContext {
  const own = meta.words.placeholders;
  return {
    fields,
    placeholder: (name) =>
      Object.hasOwn(placeholders, name) ? (placeholders[name] ?? null) : (own.get(name) ?? null),
    placeholderNames: [...Object.keys(placeholders), ...own.keys()],
    complaints,
  };
}

/** The templates of a rule's words; its title is the action where it has none. */
export function wordsOf({ title, words }: RuleMeta): CompiledWords {
  const action = words.action ?? title;
  return {
    action,
    actionTemplate: parseTemplate(action),
    objects: words.object.map(parseTemplate),
    group: words.group,
  };
}
