import type { Bounds, Condition, CorrelationRule } from "../ast.ts";

/**
 * One thing that takes part in a correlation: an event that a rule matched, or an episode of another correlation, which
 * lasts. Kept in the working state as JSON.
 */
export interface Hit {
  /** The event's ref, or the inner episode's key: a hit with the same key replaces this one. */
  readonly key: string;
  /** Which of the correlation's rules it is, from 0. */
  readonly member: number;
  readonly timeMs: number;
  /** For an episode its last event's time; else as `timeMs`. */
  readonly lastMs: number;
  /** Ties in time are broken by source, then by arrival. */
  readonly source: number;
  readonly sequence: number;
  readonly refs: readonly string[];
  /** How many events it stands for. */
  readonly weight: number;
  /** The counted field's value; null for kinds that count events. */
  readonly value: string | null;
  /** It is an inner episode, which may still grow. */
  readonly isEpisode: boolean;
  readonly backfill: boolean;
}

/** Time, then source, then arrival. */
export function compareHits(a: Hit, b: Hit): number {
  return a.timeMs - b.timeMs || a.source - b.source || a.sequence - b.sequence;
}

/** Whether these hits, ordered and within one timespan, are what the correlation looks for. */
export function qualifies(rule: CorrelationRule, hits: readonly Hit[]): boolean {
  switch (rule.type) {
    case "event_count":
      return holds(rule.bounds, hits.length);
    case "value_count":
      return holds(rule.bounds, new Set(hits.map(({ value }) => value)).size);
    case "value_sum":
      return holds(
        rule.bounds,
        numbers(hits).reduce((sum, number) => sum + number, 0),
      );
    case "value_avg": {
      const values = numbers(hits);
      const sum = values.reduce((total, number) => total + number, 0);
      return values.length > 0 && holds(rule.bounds, sum / values.length);
    }
    case "value_percentile":
      return holdsPercentile(rule, hits);
    case "temporal": {
      const present = new Set(hits.map(({ member }) => member));
      if (rule.condition !== null) return isMet(rule.condition, rule, present);
      return isBounded(rule.bounds) ? holds(rule.bounds, present.size) : present.size === rule.rules.length;
    }
    case "temporal_ordered":
      return inOrder(hits) >= (isBounded(rule.bounds) ? leastOf(rule.bounds) : rule.rules.length);
    default:
      return rule.type satisfies never;
  }
}

function isBounded(bounds: Bounds): boolean {
  return Object.values(bounds).some((bound) => bound !== null);
}

function leastOf({ gte, gt, eq }: Bounds): number {
  return Math.max(1, gte ?? 0, gt === null ? 0 : gt + 1, eq ?? 0);
}

function holds({ gte, gt, lte, lt, eq, neq }: Bounds, count: number): boolean {
  return (
    (gte === null || count >= gte) &&
    (gt === null || count > gt) &&
    (lte === null || count <= lte) &&
    (lt === null || count < lt) &&
    (eq === null || count === eq) &&
    (neq === null || count !== neq)
  );
}

function numbers(hits: readonly Hit[]): number[] {
  return hits
    .filter(({ value }) => value !== null && value.trim() !== "")
    .map(({ value }) => Number(value))
    .filter((number) => Number.isFinite(number));
}

/** The nearest-rank percentile of the values: the smallest one that `percentile` per cent of them do not exceed. */
function holdsPercentile({ bounds, percentile }: CorrelationRule, hits: readonly Hit[]): boolean {
  const values = numbers(hits).sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percentile / 100) * values.length));
  const value = values[rank - 1];
  return value !== undefined && holds(bounds, value);
}

function isMet(condition: Condition, rule: CorrelationRule, present: ReadonlySet<number>): boolean {
  switch (condition.kind) {
    case "name":
      return present.has(rule.rules.findIndex(({ ref }) => ref === condition.name));
    case "not":
      return !isMet(condition.part, rule, present);
    case "and":
      return condition.parts.every((part) => isMet(part, rule, present));
    case "or":
      return condition.parts.some((part) => isMet(part, rule, present));
    default:
      return condition satisfies never;
  }
}

/** How many of the rules, from the first on, matched one after the other. */
function inOrder(hits: readonly Hit[]): number {
  let next = 0;
  for (const { member } of hits) if (member === next) next++;
  return next;
}
