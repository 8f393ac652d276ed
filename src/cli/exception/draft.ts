import type { StoredSources } from "../../app/stored-seen.ts";
import type { DetectionRule } from "../../findings/ast.ts";
import { chosenFields, isFleeting } from "../../findings/exceptions/choice.ts";
import type { ExceptionPart } from "../../findings/exceptions/filter-text.ts";
import type { CompiledCorrelation, CompiledRule, Ruleset } from "../../findings/ruleset.ts";
import { findRule } from "../../findings/ruleset.ts";
import { printable } from "../../lib/printable.ts";
import type { Alert } from "../../model/alert.ts";
import { DockwardenError } from "../../model/fault.ts";
import { evidenceIn } from "./evidence.ts";

/** What an exception from an alert would take out. */
export interface Draft {
  readonly target: CompiledRule | CompiledCorrelation;
  readonly parts: readonly ExceptionPart[];
}

/**
 * Chooses an exception's fields from what the alert's events have.
 * @param fields only these; null: chosen here.
 * @throws DockwardenError DW_EXCEPTION_… where nothing can be chosen, with what to do instead.
 */
export function draftOf(
  alert: Alert,
  ruleset: Ruleset,
  sources: StoredSources,
  fields: readonly string[] | null,
): Draft {
  const target = findRule(ruleset, alert.ruleId);
  if (target === null)
    throw new DockwardenError(
      "DW_EXCEPTION_RULE",
      `the alert's rule '${printable(alert.title)}' (${printable(alert.ruleId)}) is not among the configured rules any more`,
    );
  const late = fields?.find(isFleeting);
  if (late !== undefined)
    throw new DockwardenError(
      "DW_EXCEPTION_FIELD",
      `--field ${printable(late)}: its value never comes again, or is known only after rules have looked at the event; an exception on it would have no effect`,
    );
  const evidence = evidenceIn(alert, target, ruleset, sources, [
    ...(fields ?? []),
    ...("members" in target ? [...groupFieldsIn(target, ruleset).values()].flat() : []),
  ]);
  if (evidence.size === 0)
    throw new DockwardenError(
      "DW_EXCEPTION_EVENTS",
      `no stored event of the alert matches '${printable(alert.title)}' now: an exception takes them out already, or they are not kept any more`,
    );
  const groupFields = "members" in target ? groupFieldsIn(target, ruleset) : null;
  const parts: ExceptionPart[] = [];
  for (const [rule, matches] of evidence) {
    const wanted =
      fields ??
      (groupFields === null ? null : (groupFields.get(rule) ?? []).filter((one) => !isFleeting(one)));
    for (const own of Map.groupBy(matches, ({ kind }) => kind).values()) {
      const chosen = chosenFields(own, wanted);
      if (chosen.length > 0) addPart(parts, rule, chosen);
    }
  }
  if (parts.length > 0) return { target, parts };
  const titles = [...evidence.keys()].map(({ meta }) => meta.title).join(", ");
  throw new DockwardenError(
    "DW_EXCEPTION_FIELDS",
    "members" in target
      ? `'${printable(alert.title)}' groups by ${target.rule.groupBy.join(", ")}, which says nothing that comes again; name fields with --field, or make an exception from an alert of one of its parts: ${printable(titles)}`
      : `the alert's events have no field alike that an exception could ask for; name fields with --field ('dockwarden rules explain EVENT' shows them)`,
  );
}

/** Rules of one log source that are left out by the same fields share a filter. */
function addPart(parts: ExceptionPart[], rule: DetectionRule, fields: ExceptionPart["fields"]): void {
  const at = parts.findIndex((part) => isAlike(part, rule, fields));
  const same = parts[at];
  if (same === undefined) parts.push({ rules: [rule], fields });
  else parts[at] = { ...same, rules: [...same.rules, rule] };
}

function isAlike(
  part: ExceptionPart,
  { logsource }: DetectionRule,
  fields: ExceptionPart["fields"],
): boolean {
  const other = part.rules[0]?.logsource;
  return (
    (["product", "category", "service"] as const).every((key) => other?.[key] === logsource[key]) &&
    JSON.stringify(part.fields) === JSON.stringify(fields)
  );
}

/** The fields that the correlations group a single rule's events by. */
function groupFieldsIn(
  target: CompiledCorrelation,
  ruleset: Ruleset,
): ReadonlyMap<DetectionRule, readonly string[]> {
  const fields = new Map<DetectionRule, readonly string[]>();
  for (const { of, index, groupFields } of target.members) {
    if (of === "correlation") {
      const inner = ruleset.correlations[index];
      if (inner !== undefined)
        for (const [rule, own] of groupFieldsIn(inner, ruleset))
          fields.set(rule, [...new Set([...(fields.get(rule) ?? []), ...own])]);
      continue;
    }
    const rule = ruleset.rules[index]?.rule;
    if (rule !== undefined) fields.set(rule, [...new Set([...(fields.get(rule) ?? []), ...groupFields])]);
  }
  return fields;
}
