import type { SeenEvent } from "../../model/finding.ts";
import type { Bounds } from "../ast.ts";
import { fieldText } from "../finding.ts";
import { Matcher } from "../match/matcher.ts";
import { type CompiledCorrelation, type Member, onlyRules, type Ruleset } from "../ruleset.ts";
import type { Memory } from "../views/memory.ts";
import type { View } from "../views/view.ts";
import { looksOf } from "../views/views.ts";

/** How near a correlation that an event takes part in came to its threshold, in the best of the windows around the event. */
export interface Standing {
  readonly correlationId: string;
  readonly title: string;
  readonly timespanMs: number;
  /** By the correlation's own names; null: a field is missing, and the event takes no part. */
  readonly group: Readonly<Record<string, string>> | null;
  readonly measure:
    | { readonly kind: "count"; readonly of: string; readonly count: number; readonly needs: string }
    | { readonly kind: "members"; readonly seen: readonly string[]; readonly missing: readonly string[] }
    /** Sums, averages, correlations of correlations and windows of more than a day: not told here. */
    | { readonly kind: "none" };
}

interface Hit {
  readonly ref: string;
  readonly timeMs: number;
  readonly member: number;
  readonly group: Readonly<Record<string, string>> | null;
  readonly value: string | null;
}

/** Longer windows are not looked through. */
export const LONGEST_TOLD_MS = 86_400_000;

/**
 * @param rules numbers of the rules that the event matched.
 * @param events of at least each correlation's timespan before and after the event, in time order.
 */
export function standingsOf(
  ruleset: Ruleset,
  rules: ReadonlySet<number>,
  { event }: SeenEvent,
  events: Iterable<SeenEvent>,
  memory: Memory,
): readonly Standing[] {
  const correlations = correlationsOf(ruleset, rules);
  const hits = new Map<CompiledCorrelation, Hit[]>(correlations.map((one) => [one, []]));
  const matcher = new Matcher(onlyRules(ruleset, correlations));
  for (const seen of events)
    for (const { kind, channels, subject } of looksOf(seen, memory)) {
      const view = matcher.turn(kind, subject, seen.event.timeMs);
      for (const channel of channels)
        matcher.match(channel, view, (number) => {
          for (const [correlation, own] of hits)
            for (const [member, facts] of correlation.members.entries())
              if (facts.of === "rule" && facts.index === number)
                own.push(hitOf(seen, view, correlation, facts, member));
        });
    }
  return correlations.map((correlation) =>
    standing(correlation, ruleset, event, hits.get(correlation) ?? []),
  );
}

/** The correlations that rules take part in directly. */
export function correlationsOf(
  { correlations }: Ruleset,
  rules: ReadonlySet<number>,
): readonly CompiledCorrelation[] {
  return correlations.filter(({ members }) =>
    members.some(({ of, index }) => of === "rule" && rules.has(index)),
  );
}

function hitOf(
  { event }: SeenEvent,
  view: View,
  { rule }: CompiledCorrelation,
  { groupFields, valueField }: Member,
  member: number,
): Hit {
  const read = (field: string): string | null => {
    const value = view.raw(view.fields.slot(field));
    return fieldText(typeof value === "string" ? value : value?.[0], view.fields.kind.isBytes);
  };
  const group: Record<string, string> = {};
  let isWhole = true;
  for (const [at, name] of rule.groupBy.entries()) {
    const value = read(groupFields[at] ?? name);
    if (value === null || value === "") isWhole = false;
    else group[name] = value;
  }
  return {
    ref: event.ref,
    timeMs: event.timeMs,
    member,
    group: isWhole ? group : null,
    value: valueField === null ? null : read(valueField),
  };
}

function standing(
  { rule, members }: CompiledCorrelation,
  { rules }: Ruleset,
  event: SeenEvent["event"],
  hits: readonly Hit[],
): Standing {
  const own = hits.find(({ ref, group }) => ref === event.ref && group !== null);
  const about = { correlationId: rule.meta.id, title: rule.meta.title, timespanMs: rule.timespanMs };
  const isTold =
    (rule.type === "event_count" || rule.type === "value_count" || rule.type.startsWith("temporal")) &&
    rule.timespanMs <= LONGEST_TOLD_MS;
  if (own === undefined) return { ...about, group: null, measure: { kind: "none" } };
  const { group } = own;
  if (!isTold || members.some(({ of }) => of !== "rule"))
    return { ...about, group, measure: { kind: "none" } };
  const key = JSON.stringify(group);
  const windows = windowsAround(
    hits.filter((hit) => JSON.stringify(hit.group) === key),
    event.timeMs,
    rule.timespanMs,
  );
  if (rule.type.startsWith("temporal")) {
    const seen = windows
      .map((window) => new Set(window.map(({ member }) => member)))
      .reduce((best, one) => (one.size > best.size ? one : best), new Set<number>());
    const title = (at: number): string => rules[members[at]?.index ?? -1]?.rule.meta.title ?? "";
    const numbers = members.map((_, at) => at);
    return {
      ...about,
      group,
      measure: {
        kind: "members",
        seen: numbers.filter((at) => seen.has(at)).map(title),
        missing: numbers.filter((at) => !seen.has(at)).map(title),
      },
    };
  }
  const isValues = rule.type === "value_count";
  const counts = windows.map((window) =>
    isValues
      ? new Set(window.flatMap(({ value }) => (value === null ? [] : [value]))).size
      : new Set(window.map(({ ref }) => ref)).size,
  );
  return {
    ...about,
    group,
    measure: {
      kind: "count",
      of: isValues ? `values of ${rule.field ?? ""}` : "events",
      count: Math.max(0, ...counts),
      needs: boundsText(rule.bounds),
    },
  };
}

/** The hits of each window of the timespan that holds the moment; both its ends count. */
function windowsAround(
  hits: readonly Hit[],
  timeMs: number,
  timespanMs: number,
): readonly (readonly Hit[])[] {
  return hits
    .filter((hit) => hit.timeMs <= timeMs && hit.timeMs >= timeMs - timespanMs)
    .map(({ timeMs: start }) =>
      hits.filter((hit) => hit.timeMs >= start && hit.timeMs <= start + timespanMs),
    );
}

function boundsText({ gte, gt, lte, lt, eq, neq }: Bounds): string {
  return [
    gte === null ? "" : `at least ${gte}`,
    gt === null ? "" : `more than ${gt}`,
    lte === null ? "" : `at most ${lte}`,
    lt === null ? "" : `fewer than ${lt}`,
    eq === null ? "" : `exactly ${eq}`,
    neq === null ? "" : `not ${neq}`,
  ]
    .filter((text) => text !== "")
    .join(" and ");
}
