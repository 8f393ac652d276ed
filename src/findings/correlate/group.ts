import type { CorrelationRule } from "../ast.ts";
import { compareHits, type Hit, qualifies } from "./window.ts";

/** A stretch of hits without a quiet timespan in it, from the first window that qualified. One alert. */
export interface Episode {
  /** The first event's ref when it opened; stays, so that the alert keeps its identity. */
  key: string;
  firstMs: number;
  /** When the threshold was reached. */
  openedMs: number;
  lastMs: number;
  /** Events after the opening; those before are still in the group's hits. */
  later: number;
  /** Weights of the inner episodes among them, by key: they may still grow. */
  readonly inner: Record<string, number>;
  refs: string[];
  backfill: boolean;
}

/** What a correlation remembers of one group, as JSON. */
export interface GroupState {
  readonly group: Readonly<Record<string, string>>;
  /** In order: what has not (yet) become an episode, and what led to one. */
  hits: Hit[];
  episodes: Episode[];
}

export const MOST_REFS = 100;
const MOST_HITS = 512;

export function emptyGroup(group: Readonly<Record<string, string>>): GroupState {
  return { group, hits: [], episodes: [] };
}

/** An episode that opened or grew, with the keys of others that became part of it. */
export interface Growth {
  readonly episode: Episode;
  readonly absorbed: readonly string[];
}

/**
 * Takes a hit in, early or late.
 * @returns the episode that it opened or made grow; null where nothing is to be said.
 */
export function addHit(rule: CorrelationRule, state: GroupState, hit: Hit): Growth | null {
  const outer = hit.isEpisode ? state.episodes.find(({ inner }) => Object.hasOwn(inner, hit.key)) : undefined;
  if (outer !== undefined) {
    prolong(outer, hit);
    return { episode: outer, absorbed: absorb(rule, state, outer).map(({ key }) => key) };
  }
  const known = state.hits.findIndex(({ key, member }) => key === hit.key && member === hit.member);
  if (known >= 0) state.hits.splice(known, 1);
  const episode = state.episodes.find(
    ({ openedMs, lastMs }) => hit.timeMs > openedMs && hit.timeMs <= lastMs + rule.timespanMs,
  );
  if (episode !== undefined) {
    joinLater(episode, hit);
    return { episode, absorbed: absorb(rule, state, episode).map(({ key }) => key) };
  }
  insert(state.hits, hit);
  bound(rule, state);
  return reopen(rule, state, hit) ?? open(rule, state, hit);
}

/** The episode's events: those that led to it and those that came after. */
export function episodeCount(rule: CorrelationRule, state: GroupState, episode: Episode): number {
  return leadOf(rule, state, episode).reduce((sum, { weight }) => sum + weight, 0) + episode.later;
}

/** An inner episode that had been taken in grew. */
function prolong(outer: Episode, hit: Hit): void {
  outer.lastMs = Math.max(outer.lastMs, hit.lastMs);
  outer.later += hit.weight - (outer.inner[hit.key] ?? 0);
  outer.inner[hit.key] = hit.weight;
  outer.backfill &&= hit.backfill;
  addRefs(outer, hit.refs);
}

function addRefs(episode: Episode, refs: readonly string[]): void {
  for (const ref of refs)
    if (episode.refs.length < MOST_REFS && !episode.refs.includes(ref)) episode.refs.push(ref);
}

/** An inner episode became part of another one, which takes its place. */
export function takeBack(state: GroupState, key: string): void {
  state.hits = state.hits.filter((hit) => hit.key !== key);
  for (const episode of state.episodes) {
    episode.later -= episode.inner[key] ?? 0;
    delete episode.inner[key];
  }
}

/** Forgets what nothing can touch any more. @returns true where the group is empty now. */
export function pruneGroup(rule: CorrelationRule, state: GroupState, beforeMs: number): boolean {
  const limit = beforeMs - 2 * rule.timespanMs;
  for (const episode of state.episodes) {
    if (episode.openedMs >= limit) continue;
    const lead = new Set(leadOf(rule, state, episode));
    for (const hit of lead) joinLater(episode, hit);
    state.hits = state.hits.filter((hit) => !lead.has(hit));
  }
  // A window before `limit` may still lead to an episode that opened after it.
  state.hits = state.hits.filter(({ lastMs }) => lastMs >= limit - rule.timespanMs);
  state.episodes = state.episodes.filter(({ lastMs }) => lastMs >= limit);
  return state.hits.length === 0 && state.episodes.length === 0;
}

function windowAt(rule: CorrelationRule, hits: readonly Hit[], endMs: number): readonly Hit[] {
  return hits.filter(({ timeMs, lastMs }) => timeMs <= endMs && lastMs >= endMs - rule.timespanMs);
}

function leadOf(rule: CorrelationRule, state: GroupState, { openedMs }: Episode): readonly Hit[] {
  return partOf(rule, windowAt(rule, state.hits, openedMs));
}

/** In an ordered chain, what came before the chain's first link is no part of it. */
function partOf(rule: CorrelationRule, window: readonly Hit[]): readonly Hit[] {
  if (rule.type !== "temporal_ordered") return window;
  return window.slice(
    Math.max(
      0,
      window.findIndex(({ member }) => member === 0),
    ),
  );
}

function insert(hits: Hit[], hit: Hit): void {
  const after = hits.findLastIndex((other) => compareHits(other, hit) <= 0);
  hits.splice(after + 1, 0, hit);
}

/** Keeps the hits bounded: what goes first has a newer one that serves as well. */
function bound(rule: CorrelationRule, state: GroupState): void {
  const most = Math.max(
    MOST_HITS,
    2 * Math.max(rule.bounds.gte ?? 0, rule.bounds.gt ?? 0, rule.bounds.eq ?? 0),
  );
  if (state.hits.length <= most) return;
  const isCount = rule.type === "event_count";
  const spare = state.hits.findIndex(
    ({ member, value }, at) =>
      !isCount &&
      state.hits.some((later, index) => index > at && later.member === member && later.value === value),
  );
  state.hits.splice(Math.max(0, spare), 1);
}

/** A late hit before an opening: it belongs to what led there, and may move the opening forward in time. */
function reopen(rule: CorrelationRule, state: GroupState, hit: Hit): Growth | null {
  const episode = state.episodes.find(
    ({ openedMs }) => hit.timeMs <= openedMs && hit.lastMs >= openedMs - rule.timespanMs,
  );
  if (episode === undefined) return null;
  const ends = state.hits.filter(({ timeMs }) => timeMs >= hit.timeMs && timeMs < episode.openedMs);
  const earlier = ends.find(({ timeMs }) => qualifies(rule, windowAt(rule, state.hits, timeMs)));
  if (earlier !== undefined) episode.openedMs = earlier.timeMs;
  describeLead(rule, state, episode);
  return { episode, absorbed: absorb(rule, state, episode).map(({ key }) => key) };
}

/** The first window that the hit lies in and that qualifies opens an episode. */
function open(rule: CorrelationRule, state: GroupState, hit: Hit): Growth | null {
  for (const { timeMs: endMs } of state.hits) {
    if (endMs < hit.timeMs || endMs > hit.lastMs + rule.timespanMs) continue;
    const hits = windowAt(rule, state.hits, endMs);
    if (!qualifies(rule, hits)) continue;
    const [first] = partOf(rule, hits);
    if (first === undefined) continue;
    const episode: Episode = {
      key: first.refs[0] ?? first.key,
      firstMs: first.timeMs,
      openedMs: endMs,
      lastMs: endMs,
      later: 0,
      inner: {},
      refs: [],
      backfill: true,
    };
    describeLead(rule, state, episode);
    state.episodes.push(episode);
    const [taken, ...others] = absorb(rule, state, episode);
    // What had been announced keeps its name, though its beginning was not known then.
    if (taken !== undefined) episode.key = taken.key;
    return { episode, absorbed: others.map(({ key }) => key) };
  }
  return null;
}

/** Says anew what the hits that led to an episode say of it. */
function describeLead(rule: CorrelationRule, state: GroupState, episode: Episode): void {
  const lead = leadOf(rule, state, episode);
  for (const { timeMs, lastMs, backfill } of lead) {
    episode.firstMs = Math.min(episode.firstMs, timeMs);
    episode.lastMs = Math.max(episode.lastMs, lastMs);
    episode.backfill &&= backfill;
  }
  episode.refs = [...new Set([...lead.flatMap(({ refs }) => refs), ...episode.refs])].slice(0, MOST_REFS);
}

function joinLater(episode: Episode, hit: Hit): void {
  episode.later += hit.weight;
  if (hit.isEpisode) episode.inner[hit.key] = hit.weight;
  episode.lastMs = Math.max(episode.lastMs, hit.lastMs);
  episode.backfill &&= hit.backfill;
  addRefs(episode, hit.refs);
}

/**
 * Hits and later episodes that the episode reaches now that it is longer become part of it.
 * @returns those episodes.
 */
function absorb(rule: CorrelationRule, state: GroupState, episode: Episode): readonly Episode[] {
  const taken: Episode[] = [];
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    for (const other of state.episodes) {
      const startMs = leadOf(rule, state, other)[0]?.timeMs ?? other.firstMs;
      const reaches = other.openedMs > episode.openedMs && startMs <= episode.lastMs + rule.timespanMs;
      if (other === episode || !reaches) continue;
      state.episodes.splice(state.episodes.indexOf(other), 1);
      taken.push(other);
      episode.later += other.later;
      addRefs(episode, other.refs);
      Object.assign(episode.inner, other.inner);
      episode.lastMs = Math.max(episode.lastMs, other.lastMs);
      isGrowing = true;
      break;
    }
    const reached = state.hits.filter(
      ({ timeMs }) => timeMs > episode.openedMs && timeMs <= episode.lastMs + rule.timespanMs,
    );
    for (const hit of reached) {
      state.hits.splice(state.hits.indexOf(hit), 1);
      joinLater(episode, hit);
      isGrowing = true;
    }
  }
  return taken;
}
