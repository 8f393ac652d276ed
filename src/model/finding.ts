import type { Event } from "./event.ts";
import type { EpochMs, EventRef } from "./ids.ts";
import type { Attribution } from "./session.ts";

/** Sigma's levels, least first. */
export type Level = "informational" | "low" | "medium" | "high" | "critical";
export const LEVELS: readonly Level[] = ["informational", "low", "medium", "high", "critical"];
/** Negative where `a` is less grave than `b`. */
export const compareLevels = (a: Level, b: Level): number => LEVELS.indexOf(a) - LEVELS.indexOf(b);

/** An event with what attribution knows of it so far. What detection reads. */
export interface SeenEvent {
  readonly event: Event;
  readonly attribution: Attribution | null;
}

/** One rule match. */
export interface Finding {
  /** Derived from rule, group and (for a correlation) the episode's first event: the same match yields the same id. */
  readonly id: string;
  /** The Sigma rule's `id`, or its `name` where it has none. */
  readonly ruleId: string;
  readonly title: string;
  readonly level: Level;
  readonly tags: readonly string[];
  /** When it happened; of a correlation its newest event's time. */
  readonly timeMs: EpochMs;
  /** Of a correlation its first event's time; else as `timeMs`. */
  readonly firstMs: EpochMs;
  /** The events that matched: one, or the window's of a correlation (the first 100). */
  readonly refs: readonly EventRef[];
  /** How many events: grows while a correlation's episode lasts. */
  readonly count: number;
  /** What the match is about, in the rule's own field names: the correlation's group-by, else container, path, user, address. */
  readonly group: Readonly<Record<string, string>>;
  /** Names what was acted on, for the sentence: `container web1 (3f2a…)`, `/etc/docker/daemon.json`. */
  readonly object: string | null;
  /** For the sentence, in the past tense: `started a privileged container`. From the rule's `dockwarden.action`, else its title. */
  readonly action: string;
  readonly attribution: Attribution | null;
  readonly nextSteps: string | null;
  readonly falsePositives: readonly string[];
  readonly backfill: boolean;
  /** For a correlation: the episode that this match opens or continues; null for a single event's rule. */
  readonly episode: string | null;
}
