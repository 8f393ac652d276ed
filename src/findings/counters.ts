import type { StateRow } from "../model/batch.ts";
import type { EpochMs } from "../model/ids.ts";

/** What a rule did since it was first loaded. */
export interface RuleCounter {
  /** Events that it matched; for a correlation, episodes. */
  readonly matches: number;
  /** Event time of the last match. */
  readonly lastMs: EpochMs | null;
  /** Processor time of its own tests, estimated from one event in {@link SAMPLE_EVERY}; finding the rule in the index is not in it. */
  readonly spentMs: number;
}

/** One event in so many is timed: reading the clock for each rule would cost more than most rules do. A prime, so that no rhythm of the log falls in step. */
export const SAMPLE_EVERY = 61;

const PREFIX = "counter:";
const NONE: RuleCounter = { matches: 0, lastMs: null, spentMs: 0 };
/** Time spent alone is saved this seldom: it changes with every sample. */
const SAVE_MS = 60_000;
const MOST_EPISODES = 4096;

/** Per rule id, from a detector's committed rows. */
export function countersIn(rows: readonly StateRow[]): ReadonlyMap<string, RuleCounter> {
  const counters = new Map<string, RuleCounter>();
  for (const { key, json } of rows)
    if (key.startsWith(PREFIX) && json !== null)
      counters.set(key.slice(PREFIX.length), JSON.parse(json) as RuleCounter);
  return counters;
}

/** Counts what each rule matched and took. Saved with the events; what a removed rule counted goes with it. */
export class RuleCounters {
  readonly #counters: Map<string, RuleCounter>;
  readonly #changed = new Set<string>();
  readonly #timed = new Set<string>();
  readonly #episodes = new Set<string>();
  #savedMs: number | null = null;

  constructor(rows: readonly StateRow[], ruleIds: ReadonlySet<string>) {
    this.#counters = new Map(countersIn(rows));
    for (const id of this.#counters.keys()) if (!ruleIds.has(id)) this.#changed.add(id);
    for (const id of this.#changed) this.#counters.delete(id);
  }

  matched(ruleId: string, timeMs: EpochMs, isNew = true): void {
    const counter = this.of(ruleId);
    this.#counters.set(ruleId, {
      ...counter,
      matches: counter.matches + (isNew ? 1 : 0),
      lastMs: timeMs >= (counter.lastMs ?? 0) ? timeMs : counter.lastMs,
    });
    this.#changed.add(ruleId);
  }

  /** An episode is told each time that it grows, and counts once. */
  opened(ruleId: string, findingId: string, timeMs: EpochMs): void {
    const isNew = !this.#episodes.has(findingId);
    this.#episodes.add(findingId);
    if (this.#episodes.size > MOST_EPISODES)
      for (const oldest of this.#episodes) {
        this.#episodes.delete(oldest);
        break;
      }
    this.matched(ruleId, timeMs, isNew);
  }

  /** A sampled event took a rule's tests so long. */
  spent(ruleId: string, sampledMs: number): void {
    const counter = this.of(ruleId);
    this.#counters.set(ruleId, { ...counter, spentMs: counter.spentMs + sampledMs * SAMPLE_EVERY });
    this.#timed.add(ruleId);
  }

  of(ruleId: string): RuleCounter {
    return this.#counters.get(ruleId) ?? NONE;
  }

  drain(nowMs: number): readonly StateRow[] {
    this.#savedMs ??= nowMs;
    if (this.#timed.size > 0 && nowMs - this.#savedMs >= SAVE_MS) {
      this.#savedMs = nowMs;
      for (const id of this.#timed) this.#changed.add(id);
      this.#timed.clear();
    }
    const rows = [...this.#changed].map((id): StateRow => {
      const counter = this.#counters.get(id);
      return {
        stage: "findings",
        key: PREFIX + id,
        json: counter === undefined ? null : JSON.stringify(counter),
      };
    });
    this.#changed.clear();
    return rows;
  }
}
