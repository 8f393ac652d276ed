import type { Batch, SessionRows } from "../model/batch.ts";
import type { AuditEvent, DockerEvent, Event, SshdEvent } from "../model/event.ts";
import type { Finding } from "../model/finding.ts";
import type { EpochMs } from "../model/ids.ts";
import type { LineBatch, SourceName, SourceNotice } from "../model/line.ts";
import type {
  Alerter,
  AssembledEvents,
  Attributor,
  AttributorOutput,
  AuditAssembler,
  Detector,
  LineFault,
  LineReader,
} from "../ports/stages.ts";
import type { PipelineStore } from "../ports/store.ts";
import { unseenPart } from "./replayed-events.ts";

/** The stages in the order in which data goes through them. */
export interface PipelineParts {
  readonly store: PipelineStore;
  readonly assembler: AuditAssembler;
  readonly docker: LineReader<DockerEvent>;
  readonly sshd: LineReader<SshdEvent>;
  readonly attributor: Attributor;
  readonly detector: Detector;
  readonly alerter: Alerter;
}

/** What one turn did, for the page's feed and the log. */
export interface Turn {
  readonly events: number;
  readonly findings: number;
  readonly alerts: number;
  readonly deliveries: number;
  readonly faults: number;
}

/** Lines in, one commit out. Synchronous: a turn is all done or, when it throws, not at all. */
export interface Pipeline {
  push(lines: readonly LineBatch[], nowMs: EpochMs): Turn;
  tick(nowMs: EpochMs): Turn;
  /** The input has ended: gives out what still waits for more records. */
  flush(nowMs: EpochMs): Turn;
  /** Something waits for time to pass: tick soon. */
  readonly isWaiting: boolean;
}

const MAX_FAULT_NOTICES_PER_TURN = 20;
/** A clock that was set back a little is no reason to fire a rule twice. */
const CLOCK_STEP_MS = 5000;

function faultNotices(source: SourceName, faults: readonly LineFault[], nowMs: EpochMs): SourceNotice[] {
  const shown = faults.slice(0, MAX_FAULT_NOTICES_PER_TURN).map(({ fault, excerpt }) => ({
    source,
    kind: "fault" as const,
    timeMs: nowMs,
    text: `line not understood: ${fault.reason} at byte ${fault.at}: ${excerpt}`,
    count: 1,
  }));
  const rest = faults.length - shown.length;
  if (rest > 0)
    shown.push({
      source,
      kind: "fault",
      timeMs: nowMs,
      text: `${rest} more lines not understood`,
      count: rest,
    });
  return shown;
}

const byTime = (a: Event, b: Event): number => a.timeMs - b.timeMs;

/** Opens the pipeline where the last commit left it: bytes of incomplete audit events are given to the assembler again. */
export function openPipeline(parts: PipelineParts): Pipeline {
  const { store, assembler, attributor, detector, alerter } = parts;
  const pending = store.pendingAudit();
  /** Events whose lines lie before this offset may have been committed already. */
  const knownUntil = pending.offset + pending.bytes.length;
  let isRefed = pending.bytes.length === 0;
  /** Reading time of the first turn. */
  let startedMs: number | null = null;
  let hasDeferred = false;

  /**
   * What was not committed yet. The assembler has forgotten which events were complete before the restart: records that
   * come late to one of them are told apart here. An event from after the restart cannot be one of them.
   */
  function fresh(events: readonly AuditEvent[], nowMs: number): readonly AuditEvent[] {
    startedMs ??= nowMs;
    const knownBeforeMs = startedMs + CLOCK_STEP_MS;
    return events.flatMap((event) => {
      if (event.late || event.timeMs > knownBeforeMs || !store.hasEvent(event.ref)) return [event];
      const rest = unseenPart(event, knownUntil);
      return rest === null ? [] : [rest];
    });
  }

  function turn(
    lines: readonly LineBatch[],
    assembled: readonly AssembledEvents[],
    docker: readonly DockerEvent[],
    sshd: readonly SshdEvent[],
    faults: readonly SourceNotice[],
    nowMs: EpochMs,
  ): Turn {
    const audit = fresh(
      assembled.flatMap(({ events }) => events),
      nowMs,
    );
    const events: Event[] = [...audit, ...docker, ...sshd];
    // Sources reach us at different moments; within one turn what happened first is looked at first.
    events.sort(byTime);
    const attributed: AttributorOutput[] = [attributor.push(events, nowMs), attributor.tick(nowMs)];
    const seen = attributed.flatMap((output) => output.seen);
    const changed = attributed.flatMap((output) => output.attributions);
    const findings: Finding[] = [...detector.push(seen, nowMs, changed), ...detector.tick(nowMs)];
    const attributions = [...changed, ...attributor.follow(detector.matched)];
    // What a person said in between counts: a resolved alert that comes again is told again.
    if (findings.length > 0) alerter.setStates(store.alertStates(alerter.live()));
    const raised = [alerter.push(findings, attributions, nowMs), alerter.tick(nowMs)];
    const sessions: SessionRows = {
      logins: attributed.flatMap(({ logins }) => logins),
      sessions: attributed.flatMap(({ sessions }) => sessions),
      containers: attributed.flatMap(({ containers }) => containers),
      attributions,
    };
    const batch: Batch = {
      lines,
      audit,
      docker,
      sshd,
      sessions,
      findings,
      alerts: raised.flatMap(({ alerts }) => alerts),
      deliveries: raised.flatMap(({ deliveries }) => deliveries),
      state: [...attributor.drainState(), ...detector.drainState(), ...alerter.drainState()],
      notices: [...lines.flatMap(({ notices }) => notices), ...faults],
      pendingAuditBytes: assembler.pendingBytes,
    };
    if (!isEmpty(batch)) store.commit(batch);
    hasDeferred = batch.findings.length > 0 || events.length > 0;
    return {
      events: events.length,
      findings: findings.length,
      alerts: batch.alerts.length,
      deliveries: batch.deliveries.length,
      faults: faults.length,
    };
  }

  function takeRefed(nowMs: number): AssembledEvents[] {
    if (isRefed) return [];
    isRefed = true;
    return [assembler.push(pending.bytes, false, nowMs)];
  }

  return {
    push(lines, nowMs) {
      const assembled = takeRefed(nowMs);
      const docker: DockerEvent[] = [];
      const sshd: SshdEvent[] = [];
      const faults: SourceNotice[] = [];
      for (const batch of lines) {
        switch (batch.source) {
          case "audit": {
            const output = assembler.push(batch.bytes, batch.backfill, nowMs);
            assembled.push(output);
            faults.push(...faultNotices("audit", output.faults, nowMs));
            break;
          }
          case "docker": {
            const output = parts.docker.push(batch);
            docker.push(...output.events);
            faults.push(...faultNotices("docker", output.faults, nowMs));
            break;
          }
          case "sshd": {
            const output = parts.sshd.push(batch);
            sshd.push(...output.events);
            faults.push(...faultNotices("sshd", output.faults, nowMs));
            break;
          }
          default:
            return batch.source satisfies never;
        }
      }
      assembled.push(assembler.tick(nowMs));
      return turn(lines, assembled, docker, sshd, faults, nowMs);
    },
    tick: (nowMs) => turn([], [...takeRefed(nowMs), assembler.tick(nowMs)], [], [], [], nowMs),
    flush: (nowMs) => turn([], [...takeRefed(nowMs), assembler.flush()], [], [], [], nowMs),
    get isWaiting() {
      return assembler.pendingBytes > 0 || hasDeferred;
    },
  };
}

function isEmpty(batch: Batch): boolean {
  return (
    batch.lines.length === 0 &&
    batch.audit.length === 0 &&
    batch.sessions.attributions.length === 0 &&
    batch.sessions.sessions.length === 0 &&
    batch.findings.length === 0 &&
    batch.alerts.length === 0 &&
    batch.deliveries.length === 0 &&
    batch.state.length === 0 &&
    batch.notices.length === 0
  );
}
