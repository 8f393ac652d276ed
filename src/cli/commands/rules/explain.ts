import { type StoredSources, storedEvent, storedSeen } from "../../../app/stored-seen.ts";
import { Explainer } from "../../../findings/explain/explainer.ts";
import type { RuleExplanation } from "../../../findings/explain/explanation.ts";
import {
  correlationsOf,
  LONGEST_TOLD_MS,
  type Standing,
  standingsOf,
} from "../../../findings/explain/standing.ts";
import { auditLookedAt } from "../../../findings/needs/looked-at.ts";
import { findRule, onlyRules } from "../../../findings/ruleset.ts";
import { Memory } from "../../../findings/views/memory.ts";
import { looksOf } from "../../../findings/views/views.ts";
import { printable } from "../../../lib/printable.ts";
import { DockwardenError } from "../../../model/fault.ts";
import type { SeenEvent } from "../../../model/finding.ts";
import { type EpochMs, epochMs, eventRef } from "../../../model/ids.ts";
import { EXIT, type Terminal } from "../../command.ts";
import { existingDatabase } from "../../database-path.ts";
import { auditRefs } from "../../who/answers.ts";
import { writeExplanations } from "./explain-text.ts";
import { loadRules, type RulesOptions } from "./load.ts";

interface ExplainOptions extends RulesOptions {
  db?: string;
  rule?: string;
  all?: boolean;
}

/** Parents and containers of an event are looked for so far back. */
const CONTEXT_MS = 3_600_000;

/** `rules explain`: for one stored event, which part of which rule matched or not, with what the event has there. */
export async function explainRules(
  options: ExplainOptions,
  terminal: Terminal,
  event: string,
): Promise<number> {
  const file = await existingDatabase(options);
  const { ruleset, settings } = await loadRules(options);
  const [{ openStore }, { openAuditReads }] = await Promise.all([
    import("../../../store/sqlite/store.ts"),
    import("../../../store/sqlite/audit-reads.ts"),
  ]);
  using store = openStore(file, { readonly: true });
  using audit = openAuditReads(file);
  const wanted = options.rule === undefined ? null : wantedIds(options.rule, ruleset);
  const refs = /^(audit|docker|sshd):/.test(event) ? [eventRef(event)] : auditRefs(store, event);
  const explainer = new Explainer(ruleset, settings.placeholders);
  let code: number = EXIT.nothing;
  for (const ref of refs) {
    const seen = storedEvent({ store, audit }, ref);
    if (seen === null) continue;
    code = EXIT.done;
    const looks = [...looksOf(seen, memoryBefore({ store, audit }, seen.event.timeMs))];
    const all = explainer.explain(looks, seen.event.timeMs);
    const asked = wanted === null ? all : all.filter(({ ruleId }) => wanted.has(ruleId));
    const shown = asked
      .filter((one) => wanted !== null || options.all === true || one.isMatch || one.isNearMiss)
      .toSorted((a, b) => order(a) - order(b));
    const standings = standingsFor({ store, audit }, seen, ruleset, all);
    if (options.json === true)
      for (const one of shown)
        terminal.out.write(
          `${JSON.stringify({ ref: seen.event.ref, ...one, correlations: standings.get(one.ruleId) ?? [] })}\n`,
        );
    else writeExplanations(terminal, seen, all, shown, standings, wanted !== null && asked.length === 0);
  }
  if (code === EXIT.nothing)
    terminal.err.write(
      `dockwarden: no stored event is '${printable(event)}'; expected a reference as 'alerts show ID' and 'events --json' print it, or an audit serial\n`,
    );
  return code;
}

const order = ({ isMatch, isNearMiss, detection }: RuleExplanation): number =>
  isMatch ? 0 : isNearMiss ? 1 : 1 + detection.deficit;

type Ruleset = Awaited<ReturnType<typeof loadRules>>["ruleset"];

/** The single rules that a name stands for: itself, or what a correlation is made of. */
function wantedIds(name: string, ruleset: Ruleset): ReadonlySet<string> {
  const found = findRule(ruleset, name);
  if (found === null)
    throw new DockwardenError(
      "DW_RULE_UNKNOWN",
      `no rule has the id, name or title '${printable(name)}'; 'dockwarden rules list' lists them`,
    );
  const ids = new Set<string>();
  const visit = (rule: typeof found): void => {
    if (!("members" in rule)) ids.add(rule.rule.meta.id);
    else
      for (const { of, index } of rule.members) {
        const member = of === "rule" ? ruleset.rules[index] : ruleset.correlations[index];
        if (member !== undefined) visit(member);
      }
  };
  visit(found);
  return ids;
}

/** How near the correlations came that the event's matches take part in, by the rule's id. */
function standingsFor(
  sources: StoredSources,
  seen: SeenEvent,
  ruleset: Ruleset,
  all: readonly RuleExplanation[],
): ReadonlyMap<string, readonly Standing[]> {
  const ids = new Set(all.filter(({ isMatch }) => isMatch).map(({ ruleId }) => ruleId));
  const numbers = new Set(
    ruleset.rules.filter(({ rule }) => ids.has(rule.meta.id)).map(({ index }) => index),
  );
  const correlations = correlationsOf(ruleset, numbers);
  const aroundMs = Math.max(
    0,
    ...correlations.map(({ rule }) => rule.timespanMs).filter((ms) => ms <= LONGEST_TOLD_MS),
  );
  const { timeMs } = seen.event;
  const span = { sinceMs: epochMs(timeMs - aroundMs), untilMs: epochMs(timeMs + aroundMs + 1) };
  const standings = standingsOf(
    ruleset,
    numbers,
    seen,
    storedSeen(sources, span, {
      lookedAt: auditLookedAt(onlyRules(ruleset, correlations)),
      attributed: true,
    }),
    memoryBefore(sources, span.sinceMs),
  );
  return new Map(
    [...ids].map((id) => [
      id,
      standings.filter((_, at) =>
        correlations[at]?.members.some(
          ({ of, index }) => of === "rule" && ruleset.rules[index]?.rule.meta.id === id,
        ),
      ),
    ]),
  );
}

/** What detection remembers of the time before a moment: programs that run, containers, what was seen first. */
function memoryBefore(sources: StoredSources, timeMs: EpochMs): Memory {
  const memory = new Memory([]);
  const span = { sinceMs: epochMs(timeMs - CONTEXT_MS), untilMs: timeMs };
  for (const seen of storedSeen(sources, span)) for (const _ of looksOf(seen, memory));
  return memory;
}
