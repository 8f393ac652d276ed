import type { Alert, AlertState, Delivery, Silence } from "../model/alert.ts";
import type { StateRow } from "../model/batch.ts";
import type { AuditEvent, DockerEvent, Event, SshdEvent } from "../model/event.ts";
import type { Fault } from "../model/fault.ts";
import type { Finding, SeenEvent } from "../model/finding.ts";
import type { AlertId, EpochMs, EventRef } from "../model/ids.ts";
import type { LineBatch } from "../model/line.ts";
import type { Attribution, Container, Login, Session } from "../model/session.ts";

/** A line that was not understood; it is kept verbatim and counted all the same. */
export interface LineFault {
  readonly fault: Fault;
  /** The first 200 bytes, latin1. */
  readonly excerpt: string;
}

/** Joins audit lines into events. Synchronous, no clock of its own. Made with the stream offset of the first byte it is given. */
export interface AuditAssembler {
  /** @returns the events that are complete now, in the order of their first line. `nowMs` is the time of reading. */
  push(bytes: Buffer, backfill: boolean, nowMs: number): AssembledEvents;
  /** Gives out what waited long enough. Call it every few tens of milliseconds. */
  tick(nowMs: number): AssembledEvents;
  /** Gives out everything: the input has ended. */
  flush(): AssembledEvents;
  /** Bytes from the first line of the oldest incomplete event to the end of the input so far. */
  readonly pendingBytes: number;
}
export interface AssembledEvents {
  readonly events: readonly AuditEvent[];
  readonly faults: readonly LineFault[];
}

/** Reads whole lines of one source into events, one each; for sshd and Docker. */
export interface LineReader<E extends DockerEvent | SshdEvent> {
  push(lines: LineBatch): { readonly events: readonly E[]; readonly faults: readonly LineFault[] };
}

/** A stage that keeps state: rows it was last committed with come in when it is made, rows that changed are drained before each commit. */
export interface Stateful {
  /** Rows changed since the last call. Called once per batch, right before the commit. */
  drainState(): readonly StateRow[];
}

/** Who is behind each event. */
export interface Attributor extends Stateful {
  push(events: readonly Event[], nowMs: EpochMs): AttributorOutput;
  /**
   * Something rests on these events of the last push (a rule matched): who is behind them is kept and completed. Of the
   * audit events that nobody follows it can be told from their session at any time.
   * @returns what is known of those that were not among the push's attributions.
   */
  follow(refs: ReadonlySet<EventRef>): readonly Attribution[];
  /** Times out what waits for lines that did not come. */
  tick(nowMs: EpochMs): AttributorOutput;
}
export interface AttributorOutput {
  /** The events given, in order, with what is known of them now. */
  readonly seen: readonly SeenEvent[];
  /** All that changed, including attributions of earlier events. */
  readonly logins: readonly Login[];
  readonly sessions: readonly Session[];
  readonly containers: readonly Container[];
  readonly attributions: readonly Attribution[];
}

/** Which rules match. */
export interface Detector extends Stateful {
  /** @param attributions all that changed, of these and of earlier events: some matches wait for the person behind them. */
  push(seen: readonly SeenEvent[], nowMs: EpochMs, attributions?: readonly Attribution[]): readonly Finding[];
  tick(nowMs: EpochMs): readonly Finding[];
  /** Events of the last push that a rule matched, whether or not that was a finding yet. */
  readonly matched: ReadonlySet<EventRef>;
  /** Per rule since it was first loaded: matches (episodes of a correlation), event time of the last one, estimated time in its tests. */
  counters(): readonly {
    readonly ruleId: string;
    readonly matches: number;
    readonly lastMs: EpochMs | null;
    readonly spentMs: number;
  }[];
}

/** Groups findings into alerts, mutes, routes. */
export interface Alerter extends Stateful {
  push(findings: readonly Finding[], attributions: readonly Attribution[], nowMs: EpochMs): AlerterOutput;
  tick(nowMs: EpochMs): AlerterOutput;
  /** A person changed the silences: reread from the store. */
  setSilences(silences: readonly Silence[]): void;
  /** Alerts that can still grow; when a person may have changed states, their rows are read and given to `setStates`. */
  live(): readonly AlertId[];
  /**
   * States as the store has them now. Call it before `push`: the next row of an alert carries its state. A resolved
   * alert that gets another event is reopened and told again.
   */
  setStates(rows: readonly { readonly id: AlertId; readonly state: AlertState }[]): void;
}
export interface AlerterOutput {
  /** Alerts that are new or changed. */
  readonly alerts: readonly Alert[];
  /** Deliveries to add to the outbox. */
  readonly deliveries: readonly Delivery[];
}
