import { type EventRef, epochMs } from "../model/ids.ts";
import type { Session } from "../model/session.ts";
import type { AuditReads, AuditRow } from "../ports/audit-reads.ts";
import type { Store } from "../ports/store.ts";
import { auditFact } from "../sessions/audit-fact.ts";
import { Processes } from "../sessions/processes.ts";
import { auditRecords } from "./who/answers.ts";

/** True for the rows of events that are asked for. */
export type Wanted = (row: AuditRow) => boolean;

const MOST = 100_000;
/** The runtime begins before Docker tells of the container, and cleans up after it. */
const BEFORE_MS = 10_000;
const AFTER_MS = 60_000;
const WHOLE_ID = /^[0-9a-f]{64}$/;
/** A LOGIN record's stamp and the session's may be this much apart. */
const LOGIN_SLACK_MS = 50;

/**
 * The events of a container, by name or the beginning of its id: of the processes in it and of the runtime that ran
 * them, and what proves who acted on it (the client's program, its connection, the login).
 * @returns null where no container is called so.
 */
export function ofContainer(store: Store, reads: AuditReads, what: string): Wanted | null {
  const rows = store.containers({ like: what, limit: MOST });
  const events = store.docker({ containerLike: what, limit: MOST, oldestFirst: true });
  const ids = new Set<string>(rows.map(({ id }) => id));
  for (const { container } of events) if (container !== null) ids.add(container);
  if (ids.size === 0 && WHOLE_ID.test(what)) ids.add(what);
  if (ids.size === 0) return null;
  const refs = new Set<EventRef>();
  for (const { evidence } of store.attributions(events.map(({ ref }) => ref)).values())
    for (const proof of evidence) if (proof.source === "audit") refs.add(proof.ref);
  const times = [
    ...events.map(({ timeMs }) => timeMs),
    ...rows.flatMap(({ createdMs, startedMs, endedMs, destroyedMs }) => [
      createdMs,
      startedMs,
      endedMs,
      destroyedMs,
    ]),
  ].filter((time) => time !== null);
  const isGone = rows.length > 0 && rows.every(({ destroyedMs }) => destroyedMs !== null);
  addProcesses(reads, ids, refs, {
    ...(times.length === 0 ? {} : { sinceMs: Math.min(...times) - BEFORE_MS }),
    ...(isGone ? { untilMs: Math.max(...times) + AFTER_MS } : {}),
  });
  return ({ ref }) => refs.has(ref);
}

/** Adds the events of processes that belong to these containers, told by the runtime's arguments and by descent. */
function addProcesses(
  reads: AuditReads,
  ids: ReadonlySet<string>,
  refs: Set<EventRef>,
  span: { readonly sinceMs?: number; readonly untilMs?: number },
): void {
  const processes = new Processes([]);
  for (const row of reads.events(span, "time")) {
    const pid = row.number("pid");
    if (pid === null) continue;
    const { ref, timeMs, serial } = row;
    if (row.text("kind")?.includes("EXECVE") === true) {
      const records = auditRecords(row.bytes().toString("latin1").split("\n"));
      const fact = auditFact({
        source: "audit",
        ref,
        timeMs,
        serial: serial as never,
        node: null,
        records,
        spans: [],
        late: false,
        backfill: true,
      });
      if (fact !== null) processes.exec(fact);
    }
    const exe = row.text("exe") ?? "";
    const link = processes.linkOf({ pid, ppid: row.number("ppid"), ses: row.number("ses"), exe, timeMs });
    if (link !== null && ids.has(link.container)) refs.add(ref);
  }
}

/**
 * The events of one login session: by its number (the last of several boots), its id (`NUMBER:TIME`), or a user's name
 * (the user's last). What was left running goes on after the logout.
 * @returns null where there is no such session.
 */
export function ofLogin(store: Store, reads: AuditReads, what: string): Wanted | null {
  const session = sessionOf(store, what);
  const number = session?.ses ?? (/^\d{1,10}$/.test(what) ? Number(what) : null);
  if (number === null) return null;
  if (session === null) {
    // A log that was imported alone has no sessions, but its events have their numbers.
    const isThere = reads.countNumbers({ numbers: { ses: [number] } }, "ses").size > 0;
    return isThere ? (row) => row.number("ses") === number : null;
  }
  const later = store.sessions({
    ses: number as never,
    sinceMs: epochMs(session.startMs + 1),
    limit: 1,
    oldestFirst: true,
  });
  const untilMs = (later[0]?.startMs ?? Number.POSITIVE_INFINITY) - LOGIN_SLACK_MS;
  return (row) =>
    row.number("ses") === number && row.timeMs >= session.startMs - LOGIN_SLACK_MS && row.timeMs < untilMs;
}

function sessionOf(store: Store, what: string): Session | null {
  const [digits = ""] = /^\d{1,10}(?=:|$)/.exec(what) ?? [];
  if (digits === "") return store.sessions({ user: what, limit: 1 })[0] ?? null;
  const found = store.sessions({ ses: Number(digits) as never, limit: MOST });
  return found.find(({ id }) => id === what) ?? (what.includes(":") ? null : (found[0] ?? null));
}
