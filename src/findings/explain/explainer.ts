import type { Condition, Detection, FieldTest, FilterRule, Selection } from "../ast.ts";
import { contextOf } from "../compile/detections.ts";
import { type CompileContext, compileField, type Test } from "../compile/field.ts";
import { fieldText } from "../finding.ts";
import { Complaints } from "../rule-error.ts";
import type { CompiledRule, Program, Ruleset } from "../ruleset.ts";
import { KIND_NAMES, type KindName } from "../views/logsource.ts";
import { View } from "../views/view.ts";
import type { Look } from "../views/views.ts";
import {
  conditionText,
  type DetectionExplanation,
  type PartExplanation,
  type RuleExplanation,
} from "./explanation.ts";

/** Fields that nearly every event of a log source answers alike: matching them alone is no near miss. */
const WEAK_FIELDS = new Set(["type", "Type", "Action", "Operation", "success", "res", "outcome"]);
const NEVER: Test = () => false;

/** Decides a part of a rule on a view, and says of what that came. */
type Decide = (view: View) => PartExplanation;

interface DecidedDetection {
  readonly condition: Condition;
  readonly selections: ReadonlyMap<string, Decide>;
}

interface Explainable {
  readonly rule: CompiledRule;
  readonly program: Program;
  readonly detection: DecidedDetection;
  readonly filters: readonly { readonly filter: FilterRule; readonly detection: DecidedDetection }[];
}

/** Explains rules of a set, test by test. Slower than matching by far: for single events. */
export class Explainer {
  readonly #rules: readonly Explainable[];
  readonly #views: Readonly<Record<KindName, View>>;

  constructor(ruleset: Ruleset, placeholders: Readonly<Record<string, readonly string[]>>) {
    this.#rules = ruleset.rules.flatMap((rule) =>
      rule.programs.map((program): Explainable => {
        const contextFor = (meta: FilterRule["meta"]): CompileContext =>
          contextOf(meta, ruleset.tables[program.kind], { placeholders }, new Complaints(meta.path));
        return {
          rule,
          program,
          detection: decided(rule.rule.detection, contextFor(rule.rule.meta)),
          filters: rule.filters.map((filter) => ({
            filter,
            detection: decided(filter.detection, contextFor(filter.meta)),
          })),
        };
      }),
    );
    // Views number the fields that the tables have by now.
    this.#views = Object.fromEntries(
      KIND_NAMES.map((name) => [name, new View(ruleset.tables[name])]),
    ) as Record<KindName, View>;
  }

  /** Every rule of the looks' log sources, each as it came nearest to matching in one of them. */
  explain(looks: readonly Look[], timeMs: number): readonly RuleExplanation[] {
    const best = new Map<string, RuleExplanation>();
    for (const { kind, channels, subject } of looks) {
      const view = this.#views[kind];
      view.turn(subject, timeMs);
      for (const explainable of this.#rules) {
        if (explainable.program.kind !== kind || !channels.includes(explainable.program.channel)) continue;
        const explanation = explained(explainable, view);
        const before = best.get(explanation.ruleId);
        if (before === undefined || distance(explanation) < distance(before))
          best.set(explanation.ruleId, explanation);
      }
    }
    return [...best.values()];
  }
}

function distance({ isMatch, detection }: RuleExplanation): number {
  return isMatch ? -1 : detection.deficit;
}

function explained({ rule, program, detection, filters }: Explainable, view: View): RuleExplanation {
  const { meta } = rule.rule;
  const own = detectionOn(detection, view);
  const others = filters.map(({ filter, detection: theirs }) => {
    const decision = detectionOn(theirs, view);
    const isExpired = filter.expiresMs !== null && view.timeMs > filter.expiresMs;
    return {
      title: filter.meta.title,
      path: filter.meta.path,
      state: isExpired
        ? ("expired" as const)
        : decision.isMatch
          ? ("lets through" as const)
          : ("takes out" as const),
      detection: decision,
    };
  });
  const isTakenOut = others.some(({ state }) => state === "takes out");
  return {
    ruleId: meta.id,
    name: meta.name,
    title: meta.title,
    level: meta.level,
    path: meta.path,
    line: meta.line,
    isMatch: own.isMatch && !isTakenOut,
    isNearMiss: own.isMatch ? isTakenOut : own.deficit === 1 && isTelling(own),
    view: program.kind,
    detection: own,
    filters: others,
  };
}

/** What matched is more than what every event has; or all that was asked for is there, and what should not be, too. */
function isTelling({ selections }: DetectionExplanation): boolean {
  const asked = selections.filter(({ isNegated }) => !isNegated);
  const isBlocked = asked.length > 0 && asked.every(({ isMatch }) => isMatch);
  return isBlocked || asked.some(({ part }) => hasTellingMatch(part));
}

function hasTellingMatch(part: PartExplanation): boolean {
  if (part.kind === "test") return part.isMatch && (part.field === null || !WEAK_FIELDS.has(part.field));
  return part.parts.some(hasTellingMatch);
}

function detectionOn({ condition, selections }: DecidedDetection, view: View): DetectionExplanation {
  const parts = new Map([...selections].map(([name, decide]) => [name, decide(view)]));
  const negated = namesIn(condition, false);
  const used = new Set(negated.keys());
  return {
    condition: conditionText(condition),
    isMatch: holds(condition, parts),
    deficit: deficitOf(condition, parts, false),
    selections: [...parts]
      .filter(([name]) => used.has(name))
      .map(([name, part]) => ({
        name,
        isMatch: part.isMatch,
        isNegated: negated.get(name) === true,
        part,
      })),
  };
}

/** The names that a condition uses, and whether it asks that they do not match. */
function namesIn(condition: Condition, isNegated: boolean): Map<string, boolean> {
  if (condition.kind === "name") return new Map([[condition.name, isNegated]]);
  if (condition.kind === "not") return namesIn(condition.part, !isNegated);
  return new Map(condition.parts.flatMap((part) => [...namesIn(part, isNegated)]));
}

function holds(condition: Condition, parts: ReadonlyMap<string, PartExplanation>): boolean {
  switch (condition.kind) {
    case "name":
      return parts.get(condition.name)?.isMatch === true;
    case "not":
      return !holds(condition.part, parts);
    case "and":
      return condition.parts.every((part) => holds(part, parts));
    case "or":
      return condition.parts.some((part) => holds(part, parts));
    default:
      return condition satisfies never;
  }
}

/** How many tests stand in the way of the condition (or, `isNegated`, of its contrary). */
function deficitOf(
  condition: Condition,
  parts: ReadonlyMap<string, PartExplanation>,
  isNegated: boolean,
): number {
  if (condition.kind === "not") return deficitOf(condition.part, parts, !isNegated);
  if (condition.kind === "name") {
    const part = parts.get(condition.name);
    return part === undefined ? 1 : partDeficit(part, isNegated);
  }
  const inner = condition.parts.map((part) => deficitOf(part, parts, isNegated));
  return joined(inner, (condition.kind === "and") !== isNegated);
}

function partDeficit(part: PartExplanation, isNegated: boolean): number {
  if (part.kind === "test") return part.isMatch === isNegated ? 1 : 0;
  const inner = part.parts.map((one) => partDeficit(one, isNegated));
  return joined(inner, (part.kind === "all") !== isNegated);
}

const joined = (deficits: readonly number[], isAll: boolean): number =>
  isAll ? deficits.reduce((sum, one) => sum + one, 0) : Math.min(...deficits);

function decided({ selections, condition }: Detection, context: CompileContext): DecidedDetection {
  return {
    condition,
    selections: new Map(
      [...selections].map(([name, selection]) => [name, decidedSelection(selection, context)]),
    ),
  };
}

function decidedSelection(selection: Selection, context: CompileContext): Decide {
  if (selection.kind === "field") return decidedTest(selection, context);
  const { kind } = selection;
  const parts = selection.parts.map((part) => decidedSelection(part, context));
  return (view) => {
    const results = parts.map((part) => part(view));
    const isMatch =
      kind === "all" ? results.every((result) => result.isMatch) : results.some((result) => result.isMatch);
    return { kind, isMatch, parts: results };
  };
}

function decidedTest(test: FieldTest, context: CompileContext): Decide {
  const whole = compileField(test, context)?.test ?? NEVER;
  const values = test.values.map((value) => ({
    text: value.value === null ? "null" : value.text,
    test: compileField({ ...test, values: [value] }, context)?.test ?? NEVER,
  }));
  const { field, modifiers } = test;
  const slot = field === null ? null : context.fields.slot(field);
  return (view) => ({
    kind: "test",
    field,
    modifiers,
    isMatch: whole(view),
    actual: fieldText(slot === null ? view.rawKeywords() : view.raw(slot), view.fields.kind.isBytes),
    values: values.map(({ text, test: one }) => ({ text, isMatch: one(view) })),
  });
}
