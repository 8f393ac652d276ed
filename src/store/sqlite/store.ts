import type { Batch } from "../../model/batch.ts";
import { DockwardenError } from "../../model/fault.ts";
import type { EventRef } from "../../model/ids.ts";
import { type LineBatch, type Position, SOURCE_NAMES, type SourceName } from "../../model/line.ts";
import type { Attribution } from "../../model/session.ts";
import type { Store } from "../../ports/store.ts";
import { openAlerts } from "./alerts.ts";
import { openChunks } from "./audit-chunks.ts";
import { clustersOf } from "./audit-clusters.ts";
import { openAuditEvents } from "./audit-events.ts";
import { auditOfSerial, auditOfSession } from "./audit-session.ts";
import { guardMethods, openDatabase, openDataVersion } from "./database.ts";
import { openDockerEvents } from "./docker-events.ts";
import { exportFrom } from "./export.ts";
import { openNotices } from "./notices.ts";
import { openOutbox } from "./outbox.ts";
import { IMPORT_LOW, openRaw, STREAM_HIGH } from "./raw.ts";
import { openRetention } from "./retention.ts";
import { openSegments } from "./segments.ts";
import { openSessions } from "./sessions.ts";
import { openSshdEvents } from "./sshd-events.ts";
import { openState } from "./state.ts";
import { openTexts } from "./texts.ts";

const PENDING = "audit.pending";

/** True where `bytes` go on in the same file right behind the last position. */
function isContinued(before: Position | null, now: Position, length: number): boolean {
  return (
    before?.kind === "file" &&
    now.kind === "file" &&
    before.dev === now.dev &&
    before.ino === now.ino &&
    before.offset === now.offset - length
  );
}

/**
 * Opens the database, and makes it where there is none (unless read-only). One process may write through `commit`; others
 * may read, edit and import at the same time.
 * @throws DockwardenError DW_STORE_OPEN, DW_STORE_NEWER, DW_STORE_FOREIGN, DW_STORE_CORRUPT, DW_STORE_BUSY.
 */
export function openStore(file: string, options: { readonly?: boolean } = {}): Store {
  const db = openDatabase(file, options.readonly ?? false);
  const live = openRaw(db, "audit", 0, IMPORT_LOW);
  const imported = openRaw(db, "audit", IMPORT_LOW, STREAM_HIGH);
  const raw = {
    audit: live,
    docker: openRaw(db, "docker", 0, STREAM_HIGH),
    sshd: openRaw(db, "sshd", 0, STREAM_HIGH),
  };
  const texts = openTexts(db);
  const chunks = openChunks(db);
  const audit = openAuditEvents(
    chunks,
    texts,
    (at) => (at < IMPORT_LOW ? live : imported),
    (rows) => live.seal((start, end) => clustersOf(rows, start, end)),
  );
  const docker = openDockerEvents(db);
  const sshd = openSshdEvents(db);
  const sessions = openSessions(db);
  const alerts = openAlerts(db);
  const outbox = openOutbox(db);
  const state = openState(db);
  const notices = openNotices(db);
  const segments = openSegments(db);
  const dataVersion = openDataVersion(db);
  let version: number | undefined = 0;

  /** Cached state is only as good as the database it was read from: another process may have written, or we rolled back. */
  function refresh(): void {
    for (const part of [live, imported, raw.docker, raw.sshd, texts, chunks]) part.refresh();
  }
  function refreshIfChanged(): void {
    const now = dataVersion();
    if (now !== version) refresh();
    version = now;
  }

  function addLines(lines: LineBatch): void {
    const { source, bytes, position } = lines;
    const before = state.position(source);
    const start = raw[source].append(bytes, lines.readMs);
    if (
      source === "audit" &&
      bytes.length > 0 &&
      (start === 0 || !isContinued(before, position, bytes.length))
    )
      segments.begin(start, bytes, position.kind === "file" ? position.path : position.kind);
    state.savePosition(source, position);
    state.addCount(`${source}.bytes`, bytes.length);
    state.addCount(`${source}.lines`, countLines(bytes));
  }

  const commit = db.transaction((batch: Batch): void => {
    refreshIfChanged();
    for (const lines of batch.lines) addLines(lines);
    const end = live.end();
    for (const { ref, spans } of batch.audit)
      if ((spans.at(-2) ?? 0) + (spans.at(-1) ?? 0) > end)
        throw new DockwardenError(
          "DW_STORE_SPAN",
          `${ref}: its lines lie behind the end of the audit stream (${spans.join(" ")}; end ${end}): the assembler was not opened at pendingAudit().offset`,
        );
    state.addCount("audit.events", audit.add(batch.audit));
    state.addCount("docker.events", docker.add(batch.docker));
    state.addCount("sshd.events", sshd.add(batch.sshd));
    sessions.save(batch.sessions);
    alerts.saveFindings(batch.findings);
    alerts.saveAlerts(batch.alerts);
    outbox.add(batch.deliveries);
    state.saveState(batch.state);
    const told = new Set([...batch.lines.flatMap((lines) => lines.notices), ...batch.notices]);
    notices.add([...told]);
    for (const { kind, count } of told) if (kind === "fault") state.addCount("faults", count);
    state.setCount(PENDING, batch.pendingAuditBytes);
  });

  /** One view of the database for several statements: another process may write between them. */
  const snapshot = <Result>(body: () => Result): Result =>
    db.transaction(() => {
      refreshIfChanged();
      return body();
    })();
  const perSource = (what: string): Record<SourceName, number> => ({
    audit: state.count(`audit.${what}`),
    docker: state.count(`docker.${what}`),
    sshd: state.count(`sshd.${what}`),
  });
  const attribution = (ref: EventRef): Attribution | null => sessions.attribution(ref);

  const prune = openRetention(db, { chunks, state, notices, live, imported });
  const store: Store = {
    commit(batch) {
      try {
        commit.immediate(batch);
      } catch (error) {
        refresh();
        throw error;
      }
    },
    position: (source) => state.position(source),
    pendingAudit: () =>
      snapshot(() => {
        const end = live.end();
        const offset = end - Math.min(state.count(PENDING), end);
        return { offset, bytes: live.read(offset, end - offset) };
      }),
    hasEvent(ref) {
      if (ref.startsWith("docker:")) return docker.has(ref);
      return ref.startsWith("audit:") ? snapshot(() => audit.find(ref) !== null) : sshd.has(ref);
    },
    stateOf: (stage) => state.stateOf(stage),
    silences: (nowMs) => alerts.silences(nowMs),
    alertStates: (ids) => alerts.states(ids),

    due: (nowMs, limit, channel) => outbox.due(nowMs, limit, channel),
    nextDueMs: (channel) => outbox.nextDueMs(channel),
    deliveryCounts: () => outbox.deliveryCounts(),
    save: (delivery) => outbox.save(delivery),
    alert: (id) => alerts.alert(id),
    deliveries: (filter) => outbox.deliveries(filter),

    logins: (filter) => sessions.logins(filter),
    sessions: (filter) => sessions.sessions(filter),
    docker: (filter) => docker.select(filter),
    sshd: (filter) => sshd.select(filter),
    containers: (filter) => sessions.containers(filter),
    alerts: (filter) => alerts.alerts(filter),
    findAlert: (idOrPrefix) => alerts.findAlert(idOrPrefix),
    findings: (filter) => alerts.findings(filter),
    attribution,
    attributions(refs) {
      const found = new Map<EventRef, Attribution>();
      for (const ref of refs) {
        const one = attribution(ref);
        if (one !== null) found.set(ref, one);
      }
      return found;
    },
    auditLines: (ref) =>
      snapshot(() => {
        const place = audit.find(ref);
        return place === null ? [] : audit.lines(place);
      }),
    auditOfSerial: (number) => snapshot(() => auditOfSerial(chunks, texts, number)),
    auditOfSession: (ses, span) => snapshot(() => auditOfSession(chunks, texts, ses, span)),
    notices: (filter) => notices.select(filter),
    counts: () => ({
      events: perSource("events"),
      lines: perSource("lines"),
      bytes: SOURCE_NAMES.reduce((sum, source) => sum + state.count(`${source}.bytes`), 0),
      faults: state.count("faults"),
    }),

    setAlertState: (id, to, by, nowMs) => alerts.setAlertState(id, to, by, nowMs),
    addSilence: (silence) => alerts.addSilence(silence),
    expireSilence: (id, nowMs) => alerts.expireSilence(id, nowMs),

    export: (span) => exportFrom(file, span),
    prune: (bounds, nowMs) =>
      db
        .transaction(() => {
          refreshIfChanged();
          return prune(bounds, nowMs, live.end() - state.count(PENDING));
        })
        .immediate(),
    getSetting: (key) => state.getSetting(key),
    setSetting: (key, value) => state.setSetting(key, value),
    async backup(target) {
      try {
        await db.backup(target);
      } catch (error) {
        throw new DockwardenError(
          "DW_STORE_BACKUP",
          `${target}: the copy failed: ${(error as Error).message}`,
          {
            cause: error,
          },
        );
      }
    },
    tidy() {
      db.pragma("optimize");
      db.pragma("wal_checkpoint(TRUNCATE)");
    },
    [Symbol.dispose]: () => void db.close(),
  };
  return guardMethods(file, store);
}

/** Lines of a batch; a last line without a newline is one. */
function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return bytes.length > 0 && bytes[bytes.length - 1] !== 10 ? count + 1 : count;
}
