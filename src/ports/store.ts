import type { Alert, AlertState, Delivery, Silence } from "../model/alert.ts";
import type { Batch, StageName, StateRow } from "../model/batch.ts";
import type { DockerEvent, SshdEvent } from "../model/event.ts";
import type { Finding, Level } from "../model/finding.ts";
import type { AlertId, ContainerId, EpochMs, EventRef, Serial, Ses } from "../model/ids.ts";
import type { Position, SourceName, SourceNotice } from "../model/line.ts";
import type { Attribution, Container, Login, Session } from "../model/session.ts";

/** A half-open span of event time and a bound on rows; newest first unless `oldestFirst`. */
export interface Span {
  readonly sinceMs?: EpochMs;
  readonly untilMs?: EpochMs;
  /** Default 100, at most 100,000. */
  readonly limit?: number;
  readonly oldestFirst?: boolean;
}
export interface LoginFilter extends Span {
  readonly user?: string;
  readonly address?: string;
  readonly outcome?: Login["outcome"];
}
export interface SessionFilter extends Span {
  readonly user?: string;
  readonly ses?: Ses;
  readonly open?: boolean;
}
export interface DockerFilter extends Span {
  readonly action?: string;
  readonly container?: ContainerId;
  /** Matches a name, or the beginning of an id. */
  readonly containerLike?: string;
  readonly type?: string;
}
export interface AlertFilter extends Span {
  readonly state?: AlertState;
  readonly minLevel?: Level;
  readonly ruleId?: string;
}

/** Stored audit bytes that the assembler must see again, and the stream offset of their first byte (where the stream ends, when there are none). */
export interface PendingAudit {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** What the running pipeline writes and reads back at start. One writer. */
export interface PipelineStore {
  /** One transaction: all of it or nothing. @throws DockwardenError DW_STORE_… (retry true when the disk was full or busy). */
  commit(batch: Batch): void;
  position(source: SourceName): Position | null;
  /** The audit bytes whose events were not complete at the last commit: to be pushed to the assembler before reading on. */
  pendingAudit(): PendingAudit;
  /** True where this event was committed already (a replay of pending bytes yields it again). */
  hasEvent(ref: EventRef): boolean;
  stateOf(stage: StageName): readonly StateRow[];
  silences(nowMs: EpochMs): readonly Silence[];
  /** What people said of these alerts by now; unknown ones are left out. */
  alertStates(ids: readonly AlertId[]): readonly { readonly id: AlertId; readonly state: AlertState }[];
}

/** What the outbox worker needs. */
export interface Outbox {
  /** One channel's pending deliveries due at `nowMs`, oldest first: a dead receiver's backlog must not hide another's. */
  due(nowMs: EpochMs, limit: number, channel: string): readonly Delivery[];
  /** When the channel's next pending delivery is due; null where there is none. */
  nextDueMs(channel: string): EpochMs | null;
  save(delivery: Delivery): void;
  alert(id: AlertId): Alert | null;
  /** How many wait, and how many were given up. */
  deliveryCounts(): { readonly pending: number; readonly dead: number };
  /** Deliveries to look at, newest first. */
  deliveries(
    filter: Span & { readonly alert?: AlertId; readonly state?: Delivery["state"] },
  ): readonly Delivery[];
}

/** What the page, the command line and the reports ask. Safe while another process writes. */
export interface Reads {
  logins(filter: LoginFilter): readonly Login[];
  sessions(filter: SessionFilter): readonly Session[];
  docker(filter: DockerFilter): readonly DockerEvent[];
  sshd(filter: Span): readonly SshdEvent[];
  containers(filter: Span & { readonly like?: string }): readonly Container[];
  alerts(filter: AlertFilter): readonly Alert[];
  /** By whole id or unique prefix. */
  findAlert(idOrPrefix: string): Alert | null;
  findings(filter: Span & { readonly ruleId?: string }): readonly Finding[];
  attribution(ref: EventRef): Attribution | null;
  attributions(refs: readonly EventRef[]): ReadonlyMap<EventRef, Attribution>;
  /** The verbatim lines of one audit event, oldest first; empty where it is unknown. */
  auditLines(ref: EventRef): readonly string[];
  /** Audit events that carry this session number, as refs with times, oldest first. */
  auditOfSession(ses: Ses, span: Span): readonly { readonly ref: EventRef; readonly timeMs: EpochMs }[];
  /** Audit events with this serial (they begin anew at boot), oldest first. */
  auditOfSerial(serial: Serial): readonly { readonly ref: EventRef; readonly timeMs: EpochMs }[];
  notices(filter: Span & { readonly source?: SourceName }): readonly SourceNotice[];
  counts(): {
    readonly events: Readonly<Record<SourceName, number>>;
    readonly lines: Readonly<Record<SourceName, number>>;
    readonly bytes: number;
    readonly faults: number;
  };
}

/** What a person changes. */
export interface Edits {
  setAlertState(id: AlertId, state: AlertState, by: string, nowMs: EpochMs): Alert | null;
  addSilence(silence: Silence): void;
  expireSilence(id: string, nowMs: EpochMs): boolean;
}

/** The verbatim audit log as it was read. */
export interface Export {
  /** Stored raw audit bytes in reading order, as whole blocks; with a span, whole lines whose stamp lies in it. */
  export(span: { readonly sinceMs?: EpochMs; readonly untilMs?: EpochMs }): Iterable<Buffer>;
}

/** How much is kept; null: no such bound. */
export interface RetentionBounds {
  /** What happened before this goes. */
  readonly beforeMs: EpochMs | null;
  /** The oldest audit events and lines go while the database holds more than this. */
  readonly maxBytes: number | null;
}

/** Keeps the database within bounds. */
export interface Retention {
  /**
   * Drops some of the oldest rows, events or blocks that are beyond the bounds, in one short transaction. What is open
   * stays: pending deliveries, alerts that are not resolved, sessions and containers without an end. Each removal is in
   * the notices. @returns true where there is more to drop: call again.
   */
  prune(bounds: RetentionBounds, nowMs: EpochMs): boolean;
}

/** Small values that must survive: the page's password hash and set-up token, the host's id. */
export interface Settings {
  getSetting(key: string): string | null;
  setSetting(key: string, value: string): void;
}

export interface Store extends PipelineStore, Outbox, Reads, Edits, Export, Retention, Settings, Disposable {
  /** A consistent copy while running. */
  backup(file: string): Promise<void>;
  /** Nightly: fresh statistics for the query planner, and a log that was grown by a burst made small again. */
  tidy(): void;
}
