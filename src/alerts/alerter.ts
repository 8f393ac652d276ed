import type { Alert, AlertState, Delivery, Silence } from "../model/alert.ts";
import type { StateRow } from "../model/batch.ts";
import { compareLevels, type Finding } from "../model/finding.ts";
import { type AlertId, type EpochMs, type EventRef, epochMs } from "../model/ids.ts";
import type { Attribution } from "../model/session.ts";
import type { RouteSettings } from "../model/settings.ts";
import type { Alerter, AlerterOutput } from "../ports/stages.ts";
import {
  actorName,
  type Episode,
  episodeKey,
  explain,
  giveUp,
  growEpisode,
  isOver,
  openEpisode,
  takes,
} from "./episode.ts";
import { INHIBITIONS, type Inhibition, Muting } from "./muting.ts";
import { Pacing, SINGLES_PER_MINUTE } from "./pacing.ts";
import { channelsOf } from "./routes.ts";
import { isResolving } from "./sentence.ts";
import { StateTable } from "./state-table.ts";

/** How long an alert without an actor waits for one before it goes out. */
export const ACTOR_WAIT_MS = 500;
/** After this long without an actor an alert no longer says that it is being resolved. */
const GIVE_UP_MS = 60_000;
const MAX_EPISODES = 10_000;
/** Going through all episodes costs about a millisecond: seldom enough. */
const SWEEP_MS = 60_000;
const MAX_TOLD_ACTORS = 20;

export interface AlerterParts {
  readonly routes: readonly RouteSettings[];
  /** Those that are configured. `wantsUpdates`: gets an alert again when its actor becomes known (a webhook, not a mailbox). */
  readonly channels: readonly { readonly name: string; readonly wantsUpdates: boolean }[];
  readonly silences: readonly Silence[];
  /** The stage's rows as last committed. */
  readonly state: readonly StateRow[];
  readonly inhibitions?: readonly Inhibition[];
  readonly singlesPerMinute?: number;
}

/**
 * Groups findings into alerts, holds the ones back whose actor is still to come, mutes, routes and bundles. Pure: time
 * comes in; what an alert is depends on the events alone, never on how they were cut into batches.
 */
export function openAlerter(parts: AlerterParts): Alerter {
  return new EpisodeAlerter(parts);
}

class EpisodeAlerter implements Alerter {
  readonly #routes: readonly RouteSettings[];
  readonly #channels: ReadonlyMap<string, boolean>;
  readonly #episodes: StateTable<Episode>;
  readonly #clock: StateTable<{ readonly newestMs: EpochMs }>;
  readonly #muting: Muting;
  readonly #pacing: Pacing;
  /** Which alerts an event's attribution may complete. */
  readonly #byRef = new Map<EventRef, Set<string>>();
  readonly #byId = new Map<AlertId, string>();
  readonly #waiting = new Set<string>();
  readonly #unresolved = new Set<string>();
  #alerts = new Map<AlertId, Alert>();
  #deliveries: Delivery[] = [];
  #sweptMs = 0;

  constructor(parts: AlerterParts) {
    this.#routes = parts.routes;
    this.#channels = new Map(parts.channels.map(({ name, wantsUpdates }) => [name, wantsUpdates]));
    this.#muting = new Muting(parts.state, parts.silences, parts.inhibitions ?? INHIBITIONS);
    this.#pacing = new Pacing(parts.state, parts.singlesPerMinute ?? SINGLES_PER_MINUTE);
    this.#pacing.forgetChannelsBut([...this.#channels.keys()]);
    this.#clock = new StateTable("clock:", 1, parts.state);
    this.#episodes = new StateTable("episode:", MAX_EPISODES, parts.state, (episode) =>
      this.#unindex(episode),
    );
    for (const [key, episode] of this.#episodes.entries()) this.#index(key, episode);
  }

  push(findings: readonly Finding[], attributions: readonly Attribution[], nowMs: EpochMs): AlerterOutput {
    for (const finding of findings) this.#take(finding, nowMs);
    for (const attribution of attributions) this.#explain(attribution, nowMs);
    return this.tick(nowMs);
  }

  tick(nowMs: EpochMs): AlerterOutput {
    for (const [key, episode] of this.#waitedOut(nowMs)) this.#tell(key, episode, nowMs);
    this.#forgetActors(nowMs);
    this.#deliveries.push(...this.#pacing.tick(nowMs));
    const output = { alerts: [...this.#alerts.values()], deliveries: this.#deliveries };
    this.#alerts = new Map();
    this.#deliveries = [];
    return output;
  }

  setSilences(silences: readonly Silence[]): void {
    this.#muting.setSilences(silences);
  }

  live(): readonly AlertId[] {
    return [...this.#byId.keys()];
  }

  setStates(rows: readonly { readonly id: AlertId; readonly state: AlertState }[]): void {
    for (const { id, state } of rows) {
      if (state === "resolved") this.#muting.release(id);
      const key = this.#byId.get(id);
      const episode = key === undefined ? undefined : this.#episodes.get(key);
      if (key !== undefined && episode !== undefined && episode.alert.state !== state)
        this.#episodes.set(key, { ...episode, alert: { ...episode.alert, state } }, true);
    }
  }

  drainState(): readonly StateRow[] {
    this.#sweep();
    return [
      ...this.#episodes.drain(),
      ...this.#clock.drain(),
      ...this.#muting.drain(),
      ...this.#pacing.drain(),
    ];
  }

  #take(finding: Finding, nowMs: EpochMs): void {
    const newestMs = epochMs(Math.max(this.#clock.get("newest")?.newestMs ?? 0, finding.timeMs));
    this.#clock.set("newest", { newestMs });
    const key = episodeKey(finding);
    const before = this.#episodes.get(key);
    if (before === undefined || !takes(before, finding.timeMs, newestMs)) {
      if (before !== undefined) this.#close(key, before, nowMs);
      this.#decide(key, null, openEpisode(finding), finding.attribution, nowMs);
      return;
    }
    const grown = growEpisode(before, finding);
    if (grown === before) return;
    const isReopened = before.alert.state === "resolved";
    const reopened: Episode = isReopened ? { ...grown, alert: { ...grown.alert, state: "open" } } : grown;
    this.#decide(key, before, reopened, finding.attribution, nowMs);
  }

  /** Whether the new state of an episode is news to anybody. */
  #decide(
    key: string,
    before: Episode | null,
    episode: Episode,
    attribution: Attribution | null,
    nowMs: EpochMs,
  ): void {
    const { alert } = episode;
    this.#muting.learn(alert);
    const name = actorName(attribution);
    const isNewActor = name !== null && episode.told > 0 && !episode.toldActors.includes(name);
    const isNews =
      episode.told === 0 ||
      (before !== null && before.alert.backfill && !alert.backfill) ||
      (before !== null && before.alert.state === "resolved") ||
      (before !== null && compareLevels(alert.level, before.alert.level) > 0) ||
      isNewActor;
    const current = isNewActor && attribution !== null ? explain(episode, attribution) : episode;
    if (!isNews || current.waitsUntilMs !== null) this.#keep(key, current);
    else if (alert.backfill) this.#tell(key, current, nowMs);
    else if (isUnsure(current)) this.#wait(key, current, nowMs);
    else this.#tell(key, current, nowMs);
  }

  #wait(key: string, episode: Episode, nowMs: EpochMs): void {
    const untilMs = epochMs(nowMs + ACTOR_WAIT_MS);
    this.#keep(key, {
      ...episode,
      waitsUntilMs: untilMs,
      alert: { ...episode.alert, notifyAtMs: untilMs },
    });
  }

  /** Tells every channel of its routes, unless it is muted. */
  #tell(key: string, episode: Episode, nowMs: EpochMs): void {
    const { alert } = episode;
    const mutedBy = this.#muting.mutedBy(alert);
    const channels = mutedBy === null ? this.#channelsOf(alert) : [];
    for (const channel of channels)
      this.#deliveries.push(
        ...(alert.backfill
          ? this.#pacing.tellOfPast(channel, alert, nowMs)
          : this.#pacing.tell(channel, alert, episode.told, nowMs)),
      );
    const name = actorName(alert.attribution);
    const isTold = mutedBy === null;
    const notifyAtMs =
      channels.length > 0 && !alert.backfill ? (episode.told > 0 ? alert.notifyAtMs : nowMs) : null;
    this.#keep(key, {
      ...episode,
      alert: { ...alert, mutedBy, notifyAtMs },
      waitsUntilMs: null,
      told: isTold ? episode.told + 1 : episode.told,
      toldActors:
        isTold && name !== null
          ? [...new Set([...episode.toldActors, name])].slice(-MAX_TOLD_ACTORS)
          : episode.toldActors,
      toldUnresolved: isTold && isResolving(alert.attribution, alert.refs),
    });
  }

  #explain(attribution: Attribution, nowMs: EpochMs): void {
    for (const key of this.#byRef.get(attribution.ref) ?? []) {
      const episode = this.#episodes.get(key);
      if (episode === undefined) continue;
      if (attribution.ref === episode.subject) this.#complete(key, episode, attribution, nowMs);
      else this.#compare(key, episode, attribution, nowMs);
    }
  }

  /** The alert's own event is explained, or explained better. */
  #complete(key: string, episode: Episode, attribution: Attribution, nowMs: EpochMs): void {
    const explained = explain(episode, attribution);
    const name = actorName(attribution);
    if (explained.waitsUntilMs !== null) {
      if (isUnsure(explained)) this.#keep(key, explained);
      else this.#tell(key, explained, nowMs);
      return;
    }
    const isSettled = !isResolving(attribution, explained.alert.refs);
    const isUpdate = explained.toldUnresolved && isSettled && name !== null;
    if (isUpdate && explained.alert.mutedBy === null && !explained.alert.backfill) {
      const wanting = this.#channelsOf(explained.alert).filter((channel) => this.#channels.get(channel));
      for (const channel of wanting)
        this.#deliveries.push(...this.#pacing.tell(channel, explained.alert, explained.told, nowMs));
    }
    this.#keep(key, {
      ...explained,
      told: isUpdate ? explained.told + 1 : explained.told,
      toldActors:
        name === null || explained.told === 0
          ? explained.toldActors
          : [...new Set([...explained.toldActors, name])].slice(-MAX_TOLD_ACTORS),
      toldUnresolved: explained.toldUnresolved && !isSettled,
    });
  }

  /** A repeat is explained: another person than those told of is news. */
  #compare(key: string, episode: Episode, attribution: Attribution, nowMs: EpochMs): void {
    const name = actorName(attribution);
    if (name === null && !attribution.final) return;
    const current = { ...episode, watched: episode.watched.filter((ref) => ref !== attribution.ref) };
    const isAnother =
      name !== null && current.told > 0 && !current.toldUnresolved && !current.toldActors.includes(name);
    if (isAnother && current.waitsUntilMs === null) this.#tell(key, explain(current, attribution), nowMs);
    else this.#keep(key, current);
  }

  #forgetActors(nowMs: EpochMs): void {
    for (const key of this.#unresolved) {
      const episode = this.#episodes.get(key);
      const sinceMs = episode?.alert.notifyAtMs ?? episode?.alert.lastMs ?? nowMs;
      if (episode !== undefined && nowMs - sinceMs >= GIVE_UP_MS) this.#keep(key, giveUp(episode));
    }
  }

  /** An episode is over because another begins: nothing of it may stay untold. */
  #close(key: string, episode: Episode, nowMs: EpochMs): void {
    if (episode.waitsUntilMs !== null) this.#tell(key, episode, nowMs);
    const told = this.#episodes.get(key);
    if (told !== undefined && this.#unresolved.has(key)) this.#keep(key, giveUp(told));
    const last = this.#episodes.get(key);
    if (last !== undefined) this.#unindex(last);
    this.#episodes.delete(key);
  }

  #channelsOf(alert: Alert): readonly string[] {
    return channelsOf(this.#routes, alert).filter((channel) => this.#channels.has(channel));
  }

  /** Those whose wait is over, in an order that a restart does not change. */
  #waitedOut(nowMs: EpochMs): readonly (readonly [string, Episode])[] {
    const due: { key: string; episode: Episode; untilMs: EpochMs }[] = [];
    for (const key of this.#waiting) {
      const episode = this.#episodes.get(key);
      const untilMs = episode?.waitsUntilMs ?? null;
      if (episode !== undefined && untilMs !== null && nowMs >= untilMs) due.push({ key, episode, untilMs });
    }
    due.sort((a, b) => a.untilMs - b.untilMs || (a.episode.alert.id < b.episode.alert.id ? -1 : 1));
    return due.map(({ key, episode }) => [key, episode]);
  }

  #keep(key: string, episode: Episode): void {
    const before = this.#episodes.get(key);
    for (const ref of before === undefined ? [] : refsOf(before))
      if (!refsOf(episode).includes(ref)) this.#unwatch(key, ref);
    this.#episodes.set(key, episode);
    this.#index(key, episode);
    this.#alerts.set(episode.alert.id, episode.alert);
  }

  #index(key: string, episode: Episode): void {
    this.#byId.set(episode.alert.id, key);
    for (const ref of refsOf(episode)) {
      const keys = this.#byRef.get(ref) ?? new Set();
      this.#byRef.set(ref, keys.add(key));
    }
    mark(this.#waiting, key, episode.waitsUntilMs !== null);
    mark(
      this.#unresolved,
      key,
      !episode.gaveUp && isResolving(episode.alert.attribution, episode.alert.refs),
    );
  }

  #unwatch(key: string, ref: EventRef): void {
    const keys = this.#byRef.get(ref);
    keys?.delete(key);
    if (keys?.size === 0) this.#byRef.delete(ref);
  }

  #unindex(episode: Episode): void {
    const key = this.#byId.get(episode.alert.id);
    if (key === undefined) return;
    this.#byId.delete(episode.alert.id);
    this.#waiting.delete(key);
    this.#unresolved.delete(key);
    for (const ref of refsOf(episode)) this.#unwatch(key, ref);
  }

  /** Lets go of what no finding can belong to any more. */
  #sweep(): void {
    const newestMs = this.#clock.get("newest")?.newestMs ?? epochMs(0);
    if (newestMs - this.#sweptMs < SWEEP_MS) return;
    this.#sweptMs = newestMs;
    for (const [key, episode] of this.#episodes.entries()) {
      const isPending = episode.waitsUntilMs !== null || this.#unresolved.has(key);
      if (isPending || !isOver(episode, newestMs)) continue;
      this.#unindex(episode);
      this.#episodes.delete(key);
    }
  }
}

/** Events whose attribution may change what the alert says. */
function refsOf(episode: Episode): readonly EventRef[] {
  return episode.subject === null ? episode.watched : [episode.subject, ...episode.watched];
}

function mark(set: Set<string>, key: string, isIn: boolean): void {
  if (isIn) set.add(key);
  else set.delete(key);
}

/** True where waiting a little may still name the actor: nobody is named, or several could have been. */
function isUnsure({ alert: { attribution, refs } }: Episode): boolean {
  if (isResolving(attribution, refs)) return true;
  return (
    attribution !== null &&
    !attribution.final &&
    attribution.confidence !== "exact" &&
    attribution.confidence !== "strong"
  );
}
