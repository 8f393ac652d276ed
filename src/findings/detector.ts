import type { StateRow } from "../model/batch.ts";
import type { AuditEvent } from "../model/event.ts";
import type { Finding, SeenEvent } from "../model/finding.ts";
import type { EpochMs, EventRef } from "../model/ids.ts";
import type { Attribution } from "../model/session.ts";
import type { Detector } from "../ports/stages.ts";
import { Correlator } from "./correlate/correlator.ts";
import { RuleCounters, SAMPLE_EVERY } from "./counters.ts";
import { ruleFinding } from "./finding.ts";
import { FiredRules } from "./fired.ts";
import { Matcher, type RuleTimer } from "./match/matcher.ts";
import { metasOf, type Ruleset } from "./ruleset.ts";
import { OwnActivity, type Self } from "./self.ts";
import { Memory } from "./views/memory.ts";
import type { ProcessFacts } from "./views/processes.ts";
import { aboutOf, looksOf } from "./views/views.ts";

export interface DetectorOptions {
  readonly ruleset: Ruleset;
  /** The rows that were committed last; empty at a first start. */
  readonly state: readonly StateRow[];
  /** This program itself, whose own acts are not looked at; null: none (an import, a replay). */
  readonly self?: Self | null;
  /** Programs that were running before the first event, by pid; for ParentImage and Ancestors. Texts are latin1. */
  readonly processes?: ReadonlyMap<number, ProcessFacts>;
  /** Milliseconds that pass, for what each rule costs; null: nothing is timed. */
  readonly stopwatch?: (() => number) | null;
}

/** Runs a rule set over events. Deterministic: the same events and state give the same findings, in the same order. */
export function openDetector(options: DetectorOptions): Detector {
  return new SigmaDetector(options);
}

class SigmaDetector implements Detector {
  readonly #ruleset: Ruleset;
  readonly #matcher: Matcher;
  readonly #correlator: Correlator;
  readonly #memory: Memory;
  readonly #fired: FiredRules;
  readonly #own: OwnActivity;
  readonly #counters: RuleCounters;
  readonly #stopwatch: (() => number) | null;
  #events = 0;
  #nowMs = 0;
  readonly matched = new Set<EventRef>();

  constructor({ ruleset, state, self, processes, stopwatch }: DetectorOptions) {
    const rows = state.filter(({ stage }) => stage === "findings");
    this.#ruleset = ruleset;
    this.#matcher = new Matcher(ruleset);
    this.#correlator = new Correlator(ruleset, rows);
    this.#fired = new FiredRules(rows);
    this.#own = new OwnActivity(self ?? null, rows);
    this.#memory = new Memory(rows);
    this.#counters = new RuleCounters(rows, new Set(metasOf(ruleset).map(({ id }) => id)));
    this.#stopwatch = stopwatch ?? null;
    for (const [pid, facts] of processes ?? []) this.#memory.processes.learn(pid, facts);
  }

  push(
    seen: readonly SeenEvent[],
    nowMs: EpochMs,
    attributions: readonly Attribution[] = [],
  ): readonly Finding[] {
    this.#nowMs = nowMs;
    const findings: Finding[] = [];
    this.matched.clear();
    for (const one of seen) this.#look(one, findings);
    this.#correlator.attribute(attributions);
    for (const finding of this.#correlator.drainFindings()) {
      this.#counters.opened(finding.ruleId, finding.id, finding.timeMs);
      findings.push(finding);
    }
    return findings;
  }

  /** Nothing here waits for the time of day: an episode's end is silent. */
  tick(): readonly Finding[] {
    return [];
  }

  #look(seen: SeenEvent, findings: Finding[]): void {
    const { event } = seen;
    if (event.source === "audit" && this.#own.covers(event)) return;
    this.#correlator.advance(seen);
    const fired = new Set<number>(event.source === "audit" && event.late ? this.#firedBefore(event) : []);
    const before = fired.size;
    const timer = this.#timer();
    for (const { kind, channels, subject } of looksOf(seen, this.#memory)) {
      if (!channels.some((channel) => this.#matcher.listens(channel))) continue;
      const view = this.#matcher.turn(kind, subject, event.timeMs);
      const matched: number[] = [];
      const report = (rule: number): void => {
        if (fired.has(rule)) return;
        fired.add(rule);
        matched.push(rule);
      };
      for (const channel of channels)
        if (timer === null) this.#matcher.match(channel, view, report);
        else this.#matcher.matchTimed(channel, view, report, timer);
      if (matched.length === 0) continue;
      this.matched.add(event.ref);
      const about = aboutOf({ kind, subject });
      for (const number of matched.sort((a, b) => a - b)) {
        this.#correlator.add(number, seen, view);
        const rule = this.#ruleset.rules[number];
        if (rule === undefined) continue;
        this.#counters.matched(rule.rule.meta.id, event.timeMs);
        if (rule.isSilent) continue;
        findings.push(ruleFinding(rule, seen, view, about));
      }
    }
    if (event.source === "audit" && fired.size > before)
      this.#fired.remember(
        event.ref,
        [...fired].map((number) => this.#ruleset.rules[number]?.rule.meta.id ?? ""),
      );
  }

  #firedBefore({ ref }: AuditEvent): readonly number[] {
    const ids = new Set(this.#fired.of(ref));
    return this.#ruleset.rules.filter(({ rule }) => ids.has(rule.meta.id)).map(({ index }) => index);
  }

  /** For one event in some, what takes down the time of each rule. */
  #timer(): RuleTimer | null {
    if (this.#stopwatch === null || this.#events++ % SAMPLE_EVERY !== 0) return null;
    return {
      now: this.#stopwatch,
      spent: (rule, ms) => this.#counters.spent(this.#ruleset.rules[rule]?.rule.meta.id ?? "", ms),
    };
  }

  counters(): ReturnType<Detector["counters"]> {
    return metasOf(this.#ruleset).map(({ id }) => ({ ruleId: id, ...this.#counters.of(id) }));
  }

  drainState(): readonly StateRow[] {
    return [
      ...this.#memory.drain(),
      ...this.#correlator.drainState(),
      ...this.#fired.drain(),
      ...this.#own.drain(),
      ...this.#counters.drain(this.#nowMs),
    ];
  }
}
