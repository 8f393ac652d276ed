import { auditRef, type EpochMs, type EventRef, epochMs, type Ses, serial } from "../../model/ids.ts";
import type { Span } from "../../ports/store.ts";
import type { AuditChunks } from "./audit-chunks.ts";
import { canonicalTime } from "./audit-row.ts";
import type { Texts } from "./texts.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 100_000;

/** The reference of a stored row. */
export function refOf(texts: Texts, time: number, number: number, node: number, stamp: number): EventRef {
  return auditRef(
    stamp === 0 ? canonicalTime(time) : texts.textOf(stamp),
    serial(number),
    node === 0 ? null : texts.textOf(node),
  );
}

/** Audit events that carry this session number, oldest first, whatever the span says of order. */
export function auditOfSession(
  chunks: AuditChunks,
  texts: Texts,
  ses: Ses,
  span: Span,
): readonly { readonly ref: EventRef; readonly timeMs: EpochMs }[] {
  const since = span.sinceMs ?? -Infinity;
  const until = span.untilMs ?? Infinity;
  const found: { ref: EventRef; timeMs: EpochMs; serial: number }[] = [];
  for (const { id } of chunks.zones(since, until, -Infinity, Infinity)) {
    const sessions = chunks.column(id, "ses");
    let at = sessions.indexOf(ses);
    if (at < 0) continue;
    const [times, serials, nodes, stamps] = (["time", "serial", "node", "stamp"] as const).map((name) =>
      chunks.column(id, name),
    );
    for (; at >= 0; at = sessions.indexOf(ses, at + 1)) {
      const time = times?.[at] ?? 0;
      if (time < since || time >= until) continue;
      const number = serials?.[at] ?? 0;
      const ref = refOf(texts, time, number, nodes?.[at] ?? 0, stamps?.[at] ?? 0);
      found.push({ ref, timeMs: epochMs(time), serial: number });
    }
  }
  found.sort((a, b) => a.timeMs - b.timeMs || a.serial - b.serial);
  const limit = Math.max(0, Math.min(span.limit ?? DEFAULT_LIMIT, MAX_LIMIT));
  return found.slice(0, limit).map(({ ref, timeMs }) => ({ ref, timeMs }));
}
