import type { StateRow } from "../../model/batch.ts";
import type { Finding, SeenEvent } from "../../model/finding.ts";
import { SOURCE_NAMES, type SourceName } from "../../model/line.ts";
import type { Attribution } from "../../model/session.ts";
import { episodeFinding } from "../finding.ts";
import type { CompiledCorrelation, Member, Ruleset } from "../ruleset.ts";
import type { FieldValue, View } from "../views/view.ts";
import {
  addHit,
  type Episode,
  emptyGroup,
  episodeCount,
  type GroupState,
  type Growth,
  pruneGroup,
  takeBack,
} from "./group.ts";
import { isActorField, WaitingRoom } from "./waiting.ts";
import type { Hit } from "./window.ts";

const GROUP_PREFIX = "group:";
const CLOCK_KEY = "clock";
/** How late an event may be within its source and still find its window whole. */
const LATE_MS = 600_000;
const MOST_GROUPS = 4096;

/** The newest event of each source, and how many hits there were. */
interface CorrelationClock {
  readonly newestMs: Record<SourceName, number | null>;
  hits: number;
}

interface Use {
  readonly correlation: CompiledCorrelation;
  readonly member: Member;
  readonly number: number;
}

/** Joins matches of single rules over time. Event time only; its state can be saved and taken up anywhere. */
export class Correlator {
  readonly #correlations: readonly CompiledCorrelation[];
  readonly #usesOfRule = new Map<number, Use[]>();
  readonly #usesOfCorrelation = new Map<number, Use[]>();
  /** Per correlation: groups by their key, least recently touched first. */
  readonly #groups: readonly Map<string, GroupState>[];
  readonly #changed = new Set<string>();
  readonly #grown = new Map<
    string,
    { correlation: CompiledCorrelation; state: GroupState; episode: Episode }
  >();
  readonly #attributions = new Map<Episode, Finding["attribution"]>();
  #clock: CorrelationClock = { newestMs: { audit: null, docker: null, sshd: null }, hits: 0 };
  #isClockChanged = false;
  readonly #waiting: WaitingRoom;

  constructor({ correlations }: Ruleset, rows: readonly StateRow[]) {
    this.#correlations = correlations;
    this.#waiting = new WaitingRoom(rows);
    this.#groups = correlations.map(() => new Map());
    for (const correlation of correlations)
      for (const [number, member] of correlation.members.entries()) {
        const uses = member.of === "rule" ? this.#usesOfRule : this.#usesOfCorrelation;
        uses.set(member.index, [...(uses.get(member.index) ?? []), { correlation, member, number }]);
      }
    this.#restore(rows);
  }

  #restore(rows: readonly StateRow[]): void {
    const byId = new Map(this.#correlations.map((correlation) => [correlation.rule.meta.id, correlation]));
    for (const { key, json } of rows) {
      if (json === null) continue;
      if (key === CLOCK_KEY) this.#clock = JSON.parse(json) as CorrelationClock;
      if (!key.startsWith(GROUP_PREFIX)) continue;
      const [id = "", groupKey = ""] = JSON.parse(key.slice(GROUP_PREFIX.length)) as string[];
      const correlation = byId.get(id);
      // A correlation that has gone takes its working state with it.
      if (correlation === undefined) this.#changed.add(key);
      else this.#groups[correlation.index]?.set(groupKey, JSON.parse(json) as GroupState);
    }
  }

  /** The source has come so far. */
  advance({ event }: SeenEvent): void {
    const newest = this.#clock.newestMs[event.source];
    if (newest !== null && newest >= event.timeMs) return;
    this.#clock.newestMs[event.source] = event.timeMs;
    this.#isClockChanged = true;
  }

  /** A rule matched; the view is still turned to what matched. */
  add(rule: number, seen: SeenEvent, view: View): void {
    const uses = this.#usesOfRule.get(rule);
    if (uses === undefined) return;
    const { event } = seen;
    const sequence = this.#clock.hits++;
    this.#isClockChanged = true;
    for (const { correlation, member, number } of uses) {
      const value = member.valueField === null ? null : firstText(view, member.valueField);
      if (member.valueField !== null && value === null) continue;
      const hit: Hit = {
        key: event.ref,
        member: number,
        timeMs: event.timeMs,
        lastMs: event.timeMs,
        source: SOURCE_NAMES.indexOf(event.source),
        sequence,
        refs: [event.ref],
        weight: 1,
        value,
        isEpisode: false,
        backfill: event.backfill,
      };
      const group = groupOf(correlation, member, (field) => firstText(view, field));
      if (group !== null) this.#take(correlation, group, seen.attribution, hit);
      else this.#wait(correlation, member, seen, view, hit);
    }
  }

  /** The person behind an event is often known only when the client has ended: then the event takes part after all. */
  attribute(attributions: readonly Attribution[]): void {
    for (const attribution of attributions)
      for (const { correlation: id, hit, whole } of this.#waiting.complete(attribution)) {
        const correlation = this.#correlations.find(({ rule }) => rule.meta.id === id);
        if (correlation !== undefined) this.#take(correlation, whole, attribution, hit);
      }
  }

  #wait(correlation: CompiledCorrelation, member: Member, { event }: SeenEvent, view: View, hit: Hit): void {
    const group: Record<string, { value: string } | { actor: string }> = {};
    for (const [at, name] of correlation.rule.groupBy.entries()) {
      const field = member.groupFields[at] ?? name;
      const value = firstText(view, field);
      if (value !== null && value !== "") group[name] = { value };
      else if (isActorField(field)) group[name] = { actor: field };
      else return;
    }
    this.#waiting.add(event.ref, { correlation: correlation.rule.meta.id, hit, group });
  }

  #take(
    correlation: CompiledCorrelation,
    group: GroupState["group"],
    attribution: Attribution | null,
    hit: Hit,
  ): void {
    const groups = this.#groups[correlation.index];
    if (groups === undefined) return;
    const groupKey = JSON.stringify(Object.values(group));
    const state = groups.get(groupKey) ?? emptyGroup(group);
    groups.delete(groupKey);
    groups.set(groupKey, state);
    const key = stateKey(correlation, groupKey);
    this.#changed.add(key);
    const growth = addHit(correlation.rule, state, hit);
    if (growth !== null) {
      const { episode } = growth;
      this.#grown.set(`${key}\n${episode.key}`, { correlation, state, episode });
      // The event that opened it speaks for it, however many came in one turn with it.
      if (attribution !== null && !this.#attributions.has(episode))
        this.#attributions.set(episode, attribution);
      this.#passOn(correlation, state, growth, attribution, hit);
    }
    if (groups.size > MOST_GROUPS) this.#sweep(correlation, groups);
  }

  /** An episode takes part in the correlations that are made of its own. */
  #passOn(
    correlation: CompiledCorrelation,
    state: GroupState,
    { episode, absorbed }: Growth,
    attribution: Attribution | null,
    cause: Hit,
  ): void {
    for (const { correlation: outer, member, number } of this.#usesOfCorrelation.get(correlation.index) ??
      []) {
      const read = (field: string): string | null =>
        Object.hasOwn(state.group, field) ? (state.group[field] ?? null) : null;
      const group = groupOf(outer, member, read);
      if (group === null) continue;
      const keyOf = (key: string): string =>
        JSON.stringify([correlation.rule.meta.id, ...Object.values(state.group), key]);
      const taking = this.#groups[outer.index]?.get(JSON.stringify(Object.values(group)));
      if (taking !== undefined) for (const key of absorbed) takeBack(taking, keyOf(key));
      const count = episodeCount(correlation.rule, state, episode);
      const value =
        member.valueField === "count"
          ? String(count)
          : member.valueField === null
            ? null
            : read(member.valueField);
      if (member.valueField !== null && value === null) continue;
      this.#take(outer, group, attribution, {
        key: keyOf(episode.key),
        member: number,
        timeMs: episode.openedMs,
        lastMs: episode.lastMs,
        source: cause.source,
        sequence: cause.sequence,
        refs: episode.refs,
        weight: count,
        value,
        isEpisode: true,
        backfill: episode.backfill,
      });
    }
  }

  /** The episodes that opened or grew since the last call, each once, as findings. */
  drainFindings(): readonly Finding[] {
    const findings: Finding[] = [];
    for (const { correlation, state, episode } of this.#grown.values()) {
      if (correlation.isSilent || !state.episodes.includes(episode)) continue;
      findings.push(
        episodeFinding(correlation, {
          key: episode.key,
          firstMs: episode.firstMs,
          lastMs: episode.lastMs,
          count: episodeCount(correlation.rule, state, episode),
          refs: episode.refs,
          backfill: episode.backfill,
          group: state.group,
          attribution: this.#attributions.get(episode) ?? null,
        }),
      );
    }
    this.#grown.clear();
    this.#attributions.clear();
    return findings;
  }

  /** Rows that changed; groups that nothing can touch any more are given up on the way. */
  drainState(): readonly StateRow[] {
    const rows: StateRow[] = [];
    for (const correlation of this.#correlations) {
      const groups = this.#groups[correlation.index];
      if (groups === undefined) continue;
      for (const [groupKey, state] of groups) {
        // Least recently touched first: the first that is still of use ends the search.
        const isEmpty = this.#prune(correlation, state);
        const key = stateKey(correlation, groupKey);
        if (!isEmpty && !this.#changed.has(key)) break;
        if (!isEmpty) continue;
        groups.delete(groupKey);
        this.#changed.add(key);
      }
    }
    for (const key of this.#changed) {
      const [id = "", groupKey = ""] = JSON.parse(key.slice(GROUP_PREFIX.length)) as string[];
      const correlation = this.#correlations.find(({ rule }) => rule.meta.id === id);
      const state = correlation === undefined ? undefined : this.#groups[correlation.index]?.get(groupKey);
      rows.push({ stage: "findings", key, json: state === undefined ? null : JSON.stringify(state) });
    }
    this.#changed.clear();
    if (this.#isClockChanged)
      rows.push({ stage: "findings", key: CLOCK_KEY, json: JSON.stringify(this.#clock) });
    this.#isClockChanged = false;
    rows.push(...this.#waiting.drain());
    return rows;
  }

  /** A source that is behind may still bring what belongs to an old window: the slowest one decides. */
  #prune({ rule, sources }: CompiledCorrelation, state: GroupState): boolean {
    const reached = sources.map((source) => this.#clock.newestMs[source] ?? Number.NEGATIVE_INFINITY);
    return pruneGroup(rule, state, Math.min(...reached) - LATE_MS);
  }

  #sweep(correlation: CompiledCorrelation, groups: Map<string, GroupState>): void {
    for (const [groupKey, state] of groups) {
      if (groups.size <= MOST_GROUPS / 2) break;
      if (!this.#prune(correlation, state)) {
        if (groups.size <= MOST_GROUPS) continue;
      }
      groups.delete(groupKey);
      this.#changed.add(stateKey(correlation, groupKey));
    }
  }
}

function stateKey({ rule }: CompiledCorrelation, groupKey: string): string {
  return `${GROUP_PREFIX}${JSON.stringify([rule.meta.id, groupKey])}`;
}

/** The group's values by the correlation's own names; null where one is missing: then the event does not take part. */
function groupOf(
  { rule }: CompiledCorrelation,
  { groupFields }: Member,
  read: (field: string) => string | null,
): GroupState["group"] | null {
  const group: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [at, name] of rule.groupBy.entries()) {
    const value = read(groupFields[at] ?? name);
    if (value === null || value === "") return null;
    group[name] = value;
  }
  return group;
}

function firstText(view: View, field: string): string | null {
  const value: FieldValue = view.raw(view.fields.slot(field));
  return (typeof value === "string" ? value : value?.[0]) ?? null;
}
