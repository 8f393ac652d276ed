import { ALL_AUDIT, type StoredSources, storedSeen } from "../../app/stored-seen.ts";
import type { DetectionRule } from "../../findings/ast.ts";
import { type Evidence, evidenceOf } from "../../findings/exceptions/choice.ts";
import { Matcher } from "../../findings/match/matcher.ts";
import {
  type CompiledCorrelation,
  type CompiledRule,
  onlyRules,
  type Ruleset,
} from "../../findings/ruleset.ts";
import { Memory } from "../../findings/views/memory.ts";
import { looksOf } from "../../findings/views/views.ts";
import type { Alert } from "../../model/alert.ts";
import { epochMs } from "../../model/ids.ts";

/** Parents and containers of an alert's events are looked for so long before the first of them. */
const CONTEXT_MS = 3_600_000;

/** What matched in an alert's stored events, by the single rules that the alert's rule is made of. */
export function evidenceIn(
  alert: Alert,
  target: CompiledRule | CompiledCorrelation,
  ruleset: Ruleset,
  sources: StoredSources,
  asked: readonly string[],
): ReadonlyMap<DetectionRule, readonly Evidence[]> {
  const refs = new Set(alert.refs);
  const matcher = new Matcher(onlyRules(ruleset, [target]));
  const memory = new Memory([]);
  const found = new Map<DetectionRule, Evidence[]>();
  const span = {
    sinceMs: epochMs(alert.firstMs - CONTEXT_MS),
    untilMs: epochMs(alert.lastMs + 1),
  };
  for (const seen of storedSeen(sources, span, { ...ALL_AUDIT, attributed: true })) {
    for (const { kind, channels, subject } of looksOf(seen, memory)) {
      if (!refs.has(seen.event.ref)) continue;
      const view = matcher.turn(kind, subject, seen.event.timeMs);
      for (const channel of channels)
        matcher.match(channel, view, (number) => {
          const rule = ruleset.rules[number]?.rule;
          if (rule === undefined) return;
          const list = found.get(rule) ?? [];
          found.set(rule, list);
          list.push(evidenceOf(rule, kind, view, asked));
        });
    }
  }
  return found;
}
