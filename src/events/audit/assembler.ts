import type { AuditEvent } from "../../model/event.ts";
import { auditRef, epochMs, serial } from "../../model/ids.ts";
import type { AssembledEvents, AuditAssembler } from "../../ports/stages.ts";
import { openRecordReader, type RecordReader } from "../../records/audit/record.ts";
import { EventGroups, type Group, type GroupBounds } from "./groups.ts";
import { LiveColumns } from "./live-columns.ts";

export interface AssemblerOptions extends Partial<GroupBounds> {
  /** Stream offset of the first byte that will be pushed: what `PendingAudit.offset` says. Default 0. */
  readonly startOffset?: number;
}

/** What the assembler says of itself beside the stage's contract. */
export interface CountedAssembler extends AuditAssembler {
  /** How many events were taken for complete because a bound was reached: shown in the loss ledger. */
  readonly crowded: number;
}

/**
 * Joins audit lines into events; {@link EventGroups} has the rules. Records are in the order of the log. A late
 * record yields a second event with the same `ref` and `late: true`, never an exception.
 */
export function openAssembler({ startOffset = 0, ...bounds }: AssemblerOptions = {}): CountedAssembler {
  const groups = new EventGroups(startOffset, bounds);
  const reader = openRecordReader();
  const columns = new LiveColumns();
  const drained = (): AssembledEvents => {
    const { groups: complete, faults } = groups.drain();
    return { events: complete.map((group) => auditEvent(group, reader, columns)), faults };
  };
  return {
    push(bytes, backfill, nowMs) {
      groups.push(bytes, backfill, nowMs);
      return drained();
    },
    tick(nowMs) {
      groups.tick(nowMs);
      return drained();
    },
    flush() {
      groups.flush();
      return drained();
    },
    get pendingBytes() {
      return groups.pendingBytes;
    },
    get crowded() {
      return groups.crowded;
    },
  };
}

function auditEvent(group: Group, reader: RecordReader, columns: LiveColumns): AuditEvent {
  const number = serial(group.serial);
  return {
    source: "audit",
    ref: auditRef(group.time, number, group.node),
    timeMs: epochMs(group.timeMs),
    serial: number,
    node: group.node,
    records: group.lines.map((line) => reader.record(line.bytes, line.start, line.body, line.end, line.type)),
    spans: group.spans,
    late: group.late,
    backfill: group.backfill,
    columns: columns.of(group),
  };
}
