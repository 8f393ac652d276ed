import type { Alert } from "../model/alert.ts";
import type { Finding } from "../model/finding.ts";
import { compareLevels } from "../model/finding.ts";
import { type EpochMs, type EventRef, epochMs } from "../model/ids.ts";
import type { Attribution } from "../model/session.ts";
import { alertIdOf, groupKeyOf } from "./identity.ts";
import { alertSentence } from "./sentence.ts";

/** A repeat within this time of the last one belongs to the same alert. */
export const QUIET_MS = 10 * 60_000;
/** An alert that goes on and on is told of again this long after its start, as a new one. */
export const EPISODE_MS = 24 * 3_600_000;
/** How far behind the newest event one may come and still find its alert. */
const LATE_MS = 3_600_000;

const MAX_REFS = 100;
const MAX_SEEN = 64;
const MAX_WATCHED = 20;

/** An alert that can still grow, and what was told of it. */
export interface Episode {
  readonly alert: Alert;
  /** The correlation's own episode; null for a single event's rule. */
  readonly correlation: string | null;
  /** The event whose attribution the alert carries. */
  readonly subject: EventRef | null;
  /** Ids of the findings that were counted, newest last: a replayed one is not counted twice. */
  readonly seen: readonly string[];
  /** Repeats whose actor was not known yet: another person than the one told of is news. */
  readonly watched: readonly EventRef[];
  /** How often it was told; numbers the deliveries. */
  readonly told: number;
  readonly toldActors: readonly string[];
  /** Told, but without an actor that was still to come. */
  readonly toldUnresolved: boolean;
  /** Nobody was named for so long that the alert no longer says that it is being resolved. */
  readonly gaveUp: boolean;
  /** When a telling that waits for its actor goes out at the latest; null where none waits. */
  readonly waitsUntilMs: EpochMs | null;
}

/** Under which an open alert is found again. */
export function episodeKey(finding: Finding): string {
  return JSON.stringify([finding.ruleId, groupKeyOf(finding.group), finding.episode]);
}

/** True while a finding at `timeMs` would still belong to it, whatever came in between. @param newestMs of all events so far. */
export function takes(episode: Episode, timeMs: EpochMs, newestMs: EpochMs): boolean {
  const { firstMs, lastMs } = episode.alert;
  if (episode.correlation !== null) return !isOver(episode, newestMs);
  return (
    !isOver(episode, newestMs) &&
    timeMs >= firstMs - QUIET_MS &&
    timeMs <= lastMs + QUIET_MS &&
    timeMs - firstMs < EPISODE_MS
  );
}

/** True once no finding can belong to it any more. */
export function isOver(episode: Episode, newestMs: EpochMs): boolean {
  const keepMs = episode.correlation === null ? QUIET_MS + LATE_MS : EPISODE_MS;
  return newestMs - episode.alert.lastMs > keepMs;
}

/** A person by user and address; null while it is not known who it was, and for a name that is only claimed at a login. */
export function actorName(attribution: Attribution | null): string | null {
  const actor = attribution === null || attribution.confidence === null ? null : attribution.actor;
  return actor === null
    ? null
    : JSON.stringify([actor.user, actor.address, actor.user === null ? actor.ses : null]);
}

const withSentence = (alert: Alert, says: Pick<Episode, "gaveUp" | "correlation">): Alert => ({
  ...alert,
  sentence: alertSentence(alert, { gaveUp: says.gaveUp, isCorrelation: says.correlation !== null }),
});

/** A new alert from its first finding; nothing is told of it yet. */
export function openEpisode(finding: Finding): Episode {
  const groupKey = groupKeyOf(finding.group);
  const first = finding.episode ?? finding.refs[0] ?? finding.id;
  const row: Alert = {
    id: alertIdOf(finding.ruleId, groupKey, first),
    ruleId: finding.ruleId,
    title: finding.title,
    level: finding.level,
    tags: finding.tags,
    state: "open",
    groupKey,
    group: finding.group,
    object: finding.object,
    action: finding.action,
    sentence: "",
    attribution: finding.attribution,
    refs: finding.refs.slice(0, MAX_REFS),
    count: finding.count,
    firstMs: finding.firstMs,
    lastMs: finding.timeMs,
    nextSteps: finding.nextSteps,
    falsePositives: finding.falsePositives,
    backfill: finding.backfill,
    mutedBy: null,
    notifyAtMs: null,
  };
  return {
    alert: withSentence(row, { gaveUp: false, correlation: finding.episode }),
    correlation: finding.episode,
    subject: finding.attribution?.ref ?? finding.refs[0] ?? null,
    seen: [finding.id],
    watched: [],
    told: 0,
    toldActors: [],
    toldUnresolved: false,
    gaveUp: false,
    waitsUntilMs: null,
  };
}

/** Adds a repeat. A correlation's finding carries its whole count; a single event's adds its own. */
export function growEpisode(episode: Episode, finding: Finding): Episode {
  const { alert } = episode;
  const isNew = !episode.seen.includes(finding.id);
  if (!isNew && finding.episode === null) return episode;
  const refs = [...new Set([...alert.refs, ...finding.refs])].slice(0, MAX_REFS);
  const ref = finding.attribution?.ref ?? finding.refs[0];
  const isUnknown = ref !== undefined && ref !== episode.subject && actorName(finding.attribution) === null;
  const mayBecomeKnown = isUnknown && finding.attribution?.final !== true;
  return {
    ...episode,
    alert: withSentence(
      {
        ...alert,
        level: compareLevels(finding.level, alert.level) > 0 ? finding.level : alert.level,
        refs,
        // A correlation's words change with its count.
        object: finding.episode === null ? alert.object : finding.object,
        action: finding.episode === null ? alert.action : finding.action,
        count: finding.episode === null ? alert.count + finding.count : Math.max(alert.count, finding.count),
        firstMs: epochMs(Math.min(alert.firstMs, finding.firstMs)),
        lastMs: epochMs(Math.max(alert.lastMs, finding.timeMs)),
        backfill: alert.backfill && finding.backfill,
      },
      episode,
    ),
    seen: isNew ? [...episode.seen, finding.id].slice(-MAX_SEEN) : episode.seen,
    watched: mayBecomeKnown ? [...new Set([...episode.watched, ref])].slice(-MAX_WATCHED) : episode.watched,
  };
}

/** The alert with a person (or a better account of one) put in. */
export function explain(episode: Episode, attribution: Attribution): Episode {
  const alert = withSentence({ ...episode.alert, attribution }, episode);
  const isOpenQuestion = episode.subject !== attribution.ref && actorName(episode.alert.attribution) === null;
  const watched =
    isOpenQuestion && episode.subject !== null
      ? [...new Set([...episode.watched, episode.subject])]
      : episode.watched;
  return {
    ...episode,
    alert,
    subject: attribution.ref,
    watched: watched.filter((ref) => ref !== attribution.ref).slice(-MAX_WATCHED),
  };
}

/** No longer says that the actor is being resolved: nobody was named in time. */
export function giveUp(episode: Episode): Episode {
  return { ...episode, gaveUp: true, alert: withSentence(episode.alert, { ...episode, gaveUp: true }) };
}
