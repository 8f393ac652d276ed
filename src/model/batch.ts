import type { Alert, Delivery } from "./alert.ts";
import type { AuditEvent, DockerEvent, SshdEvent } from "./event.ts";
import type { Finding } from "./finding.ts";
import type { LineBatch, SourceNotice } from "./line.ts";
import type { Attribution, Container, Login, Session } from "./session.ts";

/** A stage of the pipeline that keeps state between batches. */
export type StageName = "sessions" | "findings" | "alerts";

/** One piece of a stage's working state, as JSON; `json` null removes it. Loaded whole at start, so stages bound it. */
export interface StateRow {
  readonly stage: StageName;
  readonly key: string;
  readonly json: string | null;
}

/** What sessions say about a batch: rows to add or replace (by id or ref). */
export interface SessionRows {
  readonly logins: readonly Login[];
  readonly sessions: readonly Session[];
  readonly containers: readonly Container[];
  readonly attributions: readonly Attribution[];
}

/** Everything that one turn of the pipeline yields; committed in one transaction together with the source positions. */
export interface Batch {
  /** Verbatim lines with their positions, in the order they were read. */
  readonly lines: readonly LineBatch[];
  readonly audit: readonly AuditEvent[];
  readonly docker: readonly DockerEvent[];
  readonly sshd: readonly SshdEvent[];
  readonly sessions: SessionRows;
  readonly findings: readonly Finding[];
  readonly alerts: readonly Alert[];
  readonly deliveries: readonly Delivery[];
  readonly state: readonly StateRow[];
  readonly notices: readonly SourceNotice[];
  /**
   * How many of the last audit bytes given so far (this batch included) belong to events that are not complete yet,
   * counted from the first line of the oldest such event. They are fed to the assembler again after a restart.
   */
  readonly pendingAuditBytes: number;
}
