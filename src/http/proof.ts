import { type EpochMs, type EventRef, epochMs } from "../model/ids.ts";
import type { SourceName } from "../model/line.ts";
import type { Evidence } from "../model/session.ts";
import type { Reads } from "../ports/store.ts";
import type { Proof } from "./api.ts";
import { shownLine } from "./views.ts";

const MAX_EVENTS = 24;
const MAX_LINES_PER_EVENT = 40;
/** Lines and events that share a millisecond; beyond it the one looked for is not found, and said to be missing. */
const MAX_SAME_TIME = 500;

/** When a reference's event happened; null for a reference of no known shape. */
export function timeOfRef(ref: EventRef): EpochMs | null {
  const [source, time] = ref.split(":", 2);
  const ms =
    source === "audit" ? Number(time) * 1000 : source === "docker" ? Number(time) / 1e6 : Number(time);
  return time === undefined || time === "" || !Number.isFinite(ms) ? null : epochMs(ms);
}

function linesOf(reads: Reads, ref: EventRef, timeMs: EpochMs | null): readonly string[] {
  const source = ref.split(":", 1)[0] as SourceName;
  if (source === "audit") return reads.auditLines(ref);
  if (timeMs === null) return [];
  const around = {
    sinceMs: epochMs(Math.floor(timeMs) - 1),
    untilMs: epochMs(Math.floor(timeMs) + 2),
    limit: MAX_SAME_TIME,
  };
  const events = source === "docker" ? reads.docker(around) : reads.sshd(around);
  const found = events.find((event) => event.ref === ref);
  return found === undefined ? [] : [found.raw];
}

/** The verbatim lines behind one event. */
export function proofOf(reads: Reads, ref: EventRef): Proof {
  const timeMs = timeOfRef(ref);
  const lines = linesOf(reads, ref, timeMs);
  const shown = lines.slice(0, MAX_LINES_PER_EVENT).map((line) => shownLine(line));
  if (lines.length > shown.length) shown.push(`… and ${lines.length - shown.length} more lines`);
  return { ref, source: ref.split(":", 1)[0] as SourceName, timeMs, lines: shown };
}

/**
 * The lines behind a claim: the events themselves, then what says who it was; each once, oldest first.
 * `moreProof` counts what was left out beyond {@link MAX_EVENTS}.
 */
export function proofFor(
  reads: Reads,
  refs: readonly EventRef[],
  evidence: readonly Evidence[],
): { readonly proof: Proof[]; readonly moreProof: number } {
  const all = [...new Set([...refs, ...evidence.map((each) => each.ref)])];
  const spoken = new Map(
    evidence.flatMap((each) => (each.source === "sshd" ? [[each.ref, each.line] as const] : [])),
  );
  const proof = all.slice(0, MAX_EVENTS).map((ref) => {
    const found = proofOf(reads, ref);
    const line = spoken.get(ref);
    return found.lines.length > 0 || line === undefined ? found : { ...found, lines: [shownLine(line)] };
  });
  proof.sort((a, b) => (a.timeMs ?? 0) - (b.timeMs ?? 0));
  return { proof, moreProof: all.length - proof.length };
}
