import { openDetector, type Ruleset } from "../findings/index.ts";
import { auditLookedAt } from "../findings/needs/looked-at.ts";
import type { Finding } from "../model/finding.ts";
import { type EpochMs, epochMs } from "../model/ids.ts";
import { type AuditWanted, type StoredSources, type StoredSpan, storedSeen } from "./stored-seen.ts";

/** What rules would have found in stored events. */
export interface HuntResult {
  /** How many findings there are; for a correlation, episodes. */
  readonly total: number;
  /** The last `limit` of them, oldest first, as they read in the end. */
  readonly findings: readonly Finding[];
  /** How many events of the span the rules looked at. */
  readonly events: number;
  /** How many findings each rule has, by its id; rules without one are left out. */
  readonly totals: ReadonlyMap<string, number>;
}

export interface HuntOptions {
  readonly limit: number;
  /** Told now and then how far the events' time has come. */
  readonly onProgress?: (timeMs: EpochMs) => void;
}

/** Parents, containers and open windows are taken from so long before the span; what is found there is not counted. */
const CONTEXT_MS = 3_600_000;
const BATCH = 500;

/** Runs a rule set over stored events, with detection's own stage. Reads only: nothing is raised and nothing is written. */
export function hunt(
  sources: StoredSources,
  { sinceMs, untilMs }: StoredSpan,
  ruleset: Ruleset,
  { limit, onProgress }: HuntOptions,
): HuntResult {
  const detector = openDetector({ ruleset, state: [] });
  const found = new Map<string, Finding>();
  const known = new Set<string>();
  const totals = new Map<string, number>();
  let events = 0;
  let batch: Parameters<typeof detector.push>[0][number][] = [];
  const push = (): void => {
    const nowMs = batch.at(-1)?.event.timeMs ?? sinceMs;
    for (const finding of detector.push(batch, nowMs)) {
      if (finding.timeMs < sinceMs) continue;
      // A correlation's episode is told anew while it grows: the last word counts.
      if (!known.has(finding.id)) totals.set(finding.ruleId, (totals.get(finding.ruleId) ?? 0) + 1);
      known.add(finding.id);
      found.delete(finding.id);
      found.set(finding.id, finding);
      if (found.size <= limit) continue;
      const [oldest = ""] = found.keys();
      found.delete(oldest);
    }
    // Keeps the stage's bookkeeping small; nobody commits it.
    detector.drainState();
    batch = [];
    onProgress?.(nowMs);
  };
  const span = { sinceMs: epochMs(sinceMs - CONTEXT_MS), untilMs };
  for (const seen of storedSeen(sources, span, wantedBy(ruleset))) {
    if (seen.event.timeMs >= sinceMs) events++;
    batch.push(seen);
    if (batch.length >= BATCH) push();
  }
  push();
  return {
    total: known.size,
    findings: [...found.values()].toSorted((a, b) => a.timeMs - b.timeMs),
    events,
    totals,
  };
}

/** What the rules look at. A field of the person behind an event is looked up only where some rule on audit events reads one. */
function wantedBy(ruleset: Ruleset): AuditWanted {
  const kinds = ["auditd", "process_creation", "file_event", "network_connection"] as const;
  return {
    lookedAt: auditLookedAt(ruleset),
    attributed: kinds.some((kind) => ruleset.tables[kind].names.some((name) => name.startsWith("Actor."))),
  };
}
