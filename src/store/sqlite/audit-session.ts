import {
  auditRef,
  type EpochMs,
  type EventRef,
  epochMs,
  type Serial,
  type Ses,
  serial,
} from "../../model/ids.ts";
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
  const zones = chunks.zones(since, until, -Infinity, Infinity);
  const found = eventsWith(chunks, texts, zones, "ses", ses).filter(
    ({ timeMs }) => timeMs >= since && timeMs < until,
  );
  const limit = Math.max(0, Math.min(span.limit ?? DEFAULT_LIMIT, MAX_LIMIT));
  return found.slice(0, limit).map(({ ref, timeMs }) => ({ ref, timeMs }));
}

/** Audit events with this serial, oldest first: one for each boot that reached it. */
export function auditOfSerial(
  chunks: AuditChunks,
  texts: Texts,
  number: Serial,
): readonly { readonly ref: EventRef; readonly timeMs: EpochMs }[] {
  const zones = chunks.zones(-Infinity, Infinity, number, number);
  const found = eventsWith(chunks, texts, zones, "serial", number);
  const seen = new Map(found.map((event) => [event.ref, event]));
  return [...seen.values()].slice(0, MAX_LIMIT).map(({ ref, timeMs }) => ({ ref, timeMs }));
}

function eventsWith(
  chunks: AuditChunks,
  texts: Texts,
  zones: Iterable<{ readonly id: number }>,
  column: "ses" | "serial",
  value: number,
): readonly { readonly ref: EventRef; readonly timeMs: EpochMs; readonly serial: number }[] {
  const found: { ref: EventRef; timeMs: EpochMs; serial: number }[] = [];
  for (const { id } of zones) {
    const values = chunks.column(id, column);
    let at = values.indexOf(value);
    if (at < 0) continue;
    const [times, serials, nodes, stamps] = (["time", "serial", "node", "stamp"] as const).map((name) =>
      chunks.column(id, name),
    );
    for (; at >= 0; at = values.indexOf(value, at + 1)) {
      const time = times?.[at] ?? 0;
      const number = serials?.[at] ?? 0;
      const ref = refOf(texts, time, number, nodes?.[at] ?? 0, stamps?.[at] ?? 0);
      found.push({ ref, timeMs: epochMs(time), serial: number });
    }
  }
  return found.sort((a, b) => a.timeMs - b.timeMs || a.serial - b.serial);
}
