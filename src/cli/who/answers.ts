import type { AuditRecord, DockerEvent } from "../../model/event.ts";
import { type EventRef, eventRef, serial } from "../../model/ids.ts";
import type { Actor, Attribution, Evidence, Session } from "../../model/session.ts";
import type { Reads } from "../../ports/store.ts";
import { argv, auditIds, proctitle } from "../../records/audit/accessors.ts";
import { parseRecord } from "../../records/audit/record.ts";

/** What `who --json` prints for a Docker event. The first nine names are a contract; unknown parts are null. */
export interface DockerAnswer {
  readonly timeNano: string;
  readonly type: string;
  readonly action: string;
  readonly container: string | null;
  readonly actor: Actor | null;
  readonly origin: Actor | null;
  readonly confidence: Attribution["confidence"];
  readonly candidates: readonly Actor[];
  readonly evidence: readonly Evidence[];
  readonly ref: EventRef;
  readonly name: string | null;
  readonly execCommand: string | null;
  readonly command: string | null;
  readonly end: string | null;
  readonly final: boolean;
}

/** The answer for one Docker event; of an event that was never judged (imported without the rest) all is null. */
export function dockerAnswer(event: DockerEvent, attribution: Attribution | null): DockerAnswer {
  return {
    timeNano: event.timeNano,
    type: event.type,
    action: event.action,
    container: event.container,
    actor: attribution?.actor ?? null,
    origin: attribution?.origin ?? null,
    confidence: attribution?.confidence ?? null,
    candidates: attribution?.candidates ?? [],
    evidence: attribution?.evidence ?? [],
    ref: event.ref,
    name: event.name,
    execCommand: event.execCommand,
    command: attribution?.command ?? null,
    end: attribution?.end ?? null,
    final: attribution?.final ?? false,
  };
}

const PAGE = 5000;

/** Every Docker event, oldest first, a page at a time. */
export function* allDockerEvents(store: Pick<Reads, "docker">): Generator<readonly DockerEvent[]> {
  let sinceMs: number | null = null;
  let last = new Set<EventRef>();
  for (;;) {
    const page = store.docker({
      oldestFirst: true,
      limit: PAGE,
      ...(sinceMs === null ? {} : { sinceMs: sinceMs as never }),
    });
    // Pages overlap in the events of one moment.
    const fresh = page.filter(({ ref }) => !last.has(ref));
    if (fresh.length > 0) yield fresh;
    if (page.length < PAGE || fresh.length === 0) return;
    sinceMs = page.at(-1)?.timeMs ?? 0;
    last = new Set(page.filter(({ timeMs }) => timeMs === sinceMs).map(({ ref }) => ref));
  }
}

/** The records of an audit event as they were stored. */
export function auditRecords(lines: readonly string[]): AuditRecord[] {
  return lines.flatMap((line) => {
    const parsed = parseRecord(Buffer.from(line, "latin1"));
    return parsed.ok ? [parsed.value] : [];
  });
}

/** The time in an audit event's name, as milliseconds. */
export function auditTimeMs(ref: EventRef): number {
  return Number(/^audit:([\d.]+):/.exec(ref)?.[1] ?? Number.NaN) * 1000;
}

/**
 * Who is behind an audit event: what was stored with it, else whoever's session it belongs to. Null where it belongs
 * to no session and no container.
 */
export function auditAnswer(store: Reads, ref: EventRef): Attribution | null {
  const stored = store.attribution(ref);
  if (stored !== null) return stored;
  const records = auditRecords(store.auditLines(ref));
  const { ses } = auditIds({ records });
  if (ses === null) return null;
  const timeMs = auditTimeMs(ref);
  const session = store.sessions({ ses, limit: 1000 }).find(({ startMs }) => startMs <= timeMs + 50);
  if (session === undefined) return null;
  const words = argv({ records });
  const exe = records.find(({ fields }) => fields["exe"] !== undefined)?.fields["exe"] ?? "";
  const program = exe.slice(exe.lastIndexOf("/") + 1);
  const number = Number(/:(\d+)(?:@|$)/.exec(ref)?.[1] ?? 0);
  return {
    ref,
    actor: { ...sessionActor(session), via: program === "" ? [] : [program] },
    origin: null,
    confidence: "exact",
    candidates: [],
    evidence: [{ source: "audit", serial: number, ref }, ...session.evidence],
    command: words === null ? proctitle({ records }) : words.join(" "),
    end: session.kind === "cron" ? `cron of ${session.user ?? "an unknown user"}` : null,
    final: true,
  };
}

/** The person of a session. */
export function sessionActor(session: Session): Actor {
  const { user, address, port, method, key, ses, auid } = session;
  return { user, address, port, method, key, ses, auid, via: [] };
}

/** The audit events that a person means by a serial number or a whole reference. */
export function auditRefs(store: Reads, text: string): EventRef[] {
  if (text.startsWith("audit:")) return [eventRef(text)];
  if (!/^\d{1,10}$/.test(text) || Number(text) > 4_294_967_295) return [];
  return store.auditOfSerial(serial(Number(text))).map(({ ref }) => ref);
}
