import type { EpochMs } from "../../model/ids.ts";
import type { SourceName } from "../../model/line.ts";
import type { RetentionBounds } from "../../ports/store.ts";
import type { AuditChunks } from "./audit-chunks.ts";
import type { Db } from "./database.ts";
import type { Notices } from "./notices.ts";
import { IMPORT_LOW, type RawStream, STREAM_HIGH } from "./raw.ts";
import type { State } from "./state.ts";

/** Rows that one call drops of each table: a few milliseconds. */
const STEP_ROWS = 500;

/** Tables whose rows go by age, with what says that a row is old and over. */
const AGED: readonly { readonly table: string; readonly where: string; readonly source: SourceName }[] = [
  { table: "docker_event", where: "time < ?", source: "docker" },
  { table: "sshd_event", where: "time < ?", source: "sshd" },
  { table: "login", where: "time < ?", source: "sshd" },
  { table: "session", where: "stop < ?", source: "sshd" },
  {
    table: "container",
    where: "json ->> 'destroyedMs' < ?",
    source: "docker",
  },
  { table: "finding", where: "time < ?", source: "audit" },
  { table: "alert", where: "last < ? AND state = 'resolved'", source: "audit" },
  { table: "delivery", where: "created < ? AND state <> 'pending'", source: "audit" },
  { table: "raw_docker", where: "time < ? AND packed = 1", source: "docker" },
  { table: "raw_sshd", where: "time < ? AND packed = 1", source: "sshd" },
];

export interface RetentionParts {
  readonly chunks: AuditChunks;
  readonly state: State;
  readonly notices: Notices;
  readonly live: RawStream;
  readonly imported: RawStream;
}

/** Prepares the dropping of what is beyond the bounds. Call what it gives within a transaction. */
export function openRetention(
  db: Db,
  { chunks, state, notices, live, imported }: RetentionParts,
): (bounds: RetentionBounds, nowMs: EpochMs, liveSafe: number) => boolean {
  const aged = AGED.map((rule) => ({
    ...rule,
    remove: db.prepare<[number, number], void>(`DELETE FROM ${rule.table} WHERE ${rule.where} LIMIT ?`),
  }));
  const orphanLinks = db.prepare<[], void>(
    "DELETE FROM delivery_alert WHERE delivery NOT IN (SELECT id FROM delivery)",
  );
  const orphanAttributions = db.prepare<[number], void>(
    `DELETE FROM attribution WHERE ref LIKE 'docker:%' AND ref NOT IN (SELECT ref FROM docker_event) LIMIT ?`,
  );
  const oldest = db.prepare<[], { id: number; events: number; maxTime: number }>(
    "SELECT id, events, max_time AS maxTime FROM audit_chunk ORDER BY max_time LIMIT 1",
  );
  const firstAt = db
    .prepare<[number, number], number | null>(
      "SELECT min(min_at) FROM audit_chunk WHERE max_at > ? AND min_at < ?",
    )
    .pluck();
  const removeBlocks = db.prepare<[number, number], void>(
    "DELETE FROM raw_audit WHERE start >= ? AND start + size <= ? AND packed = 1",
  );
  const removeOrders = db.prepare<[number, number], void>(
    "DELETE FROM raw_order WHERE start >= ? AND start + size <= ?",
  );
  const orderAround = db
    .prepare<[number, number], number | null>(
      "SELECT max(start) FROM raw_order WHERE start < ? AND start + size > ?",
    )
    .pluck();
  const removeSegments = db.prepare<[number, number, number], void>(
    `DELETE FROM segment WHERE start >= ? AND start < (SELECT max(start) FROM segment WHERE start >= ? AND start <= ?)`,
  );
  const usedBytes = (): number => {
    const pages = db.pragma("page_count", { simple: true }) as number;
    const free = db.pragma("freelist_count", { simple: true }) as number;
    return (pages - free) * (db.pragma("page_size", { simple: true }) as number);
  };

  function tell(source: SourceName, nowMs: EpochMs, text: string, count: number): void {
    notices.add([{ source, kind: "dropped", timeMs: nowMs, text, count }]);
  }
  /** Blocks of one part of the stream whose every event is gone. */
  function dropBlocks(low: number, high: number, safe: number): void {
    const first = Math.min(firstAt.get(low, high) ?? safe, safe);
    // Of a stretch in an order of its own all is kept or none.
    const keptFrom = orderAround.get(first, first) ?? first;
    removeBlocks.run(low, keptFrom);
    removeOrders.run(low, keptFrom);
    removeSegments.run(low, low, keptFrom);
  }
  function dropChunk(bounds: RetentionBounds, nowMs: EpochMs, liveSafe: number): boolean {
    const chunk = oldest.get();
    if (chunk === undefined) return false;
    const isOld = bounds.beforeMs !== null && chunk.maxTime < bounds.beforeMs;
    const isTooMuch = !isOld && bounds.maxBytes !== null && usedBytes() > bounds.maxBytes;
    if (!isOld && !isTooMuch) return false;
    chunks.remove(chunk.id);
    dropBlocks(0, IMPORT_LOW, liveSafe);
    dropBlocks(IMPORT_LOW, STREAM_HIGH, imported.end());
    live.refresh();
    imported.refresh();
    chunks.refresh();
    state.addCount("audit.events", -chunk.events);
    const why = isOld ? "they are older than the configured age" : "the database reached its configured size";
    const last = new Date(chunk.maxTime).toISOString();
    tell(
      "audit",
      nowMs,
      `retention removed ${chunk.events} audit events up to ${last}: ${why}`,
      chunk.events,
    );
    return true;
  }

  return (bounds, nowMs, liveSafe) => {
    let hasMore = dropChunk(bounds, nowMs, liveSafe);
    if (bounds.beforeMs === null) return hasMore;
    for (const { table, source, remove } of aged) {
      const { changes } = remove.run(bounds.beforeMs, STEP_ROWS);
      if (changes === 0) continue;
      if (table === "docker_event") state.addCount("docker.events", -changes);
      if (table === "sshd_event") state.addCount("sshd.events", -changes);
      tell(
        source,
        nowMs,
        `retention removed ${changes} rows of ${table}: they are older than the configured age`,
        changes,
      );
      if (table === "delivery") orphanLinks.run();
      if (changes === STEP_ROWS) hasMore = true;
    }
    return orphanAttributions.run(STEP_ROWS).changes === STEP_ROWS || hasMore;
  };
}
