import { addressPhrase } from "../../lib/sentence.ts";
import { type EpochMs, type EventRef, epochMs } from "../../model/ids.ts";
import type { Session } from "../../model/session.ts";
import type { Reads } from "../../ports/store.ts";
import { auditRecords } from "./answers.ts";
import { type Deed, deedOf } from "./deeds.ts";

/** One thing that happened in a session. */
export interface Moment {
  readonly timeMs: EpochMs;
  readonly kind: Deed["kind"] | "docker" | "alert";
  readonly text: string;
  readonly ref: EventRef | null;
}

/** Jobs left behind with nohup go on after the logout. */
const AFTER_END_MS = 3_600_000;
const BEFORE_START_MS = 10_000;
const MOST = 100_000;

/** A session's story in the order of time: login, commands, sudo, files, Docker operations, alerts, logout. */
export function timelineOf(store: Reads, session: Session, nowMs: number): Moment[] {
  const span = {
    sinceMs: epochMs(session.startMs - BEFORE_START_MS),
    untilMs: epochMs((session.endMs ?? nowMs) + AFTER_END_MS),
    limit: MOST,
    oldestFirst: true,
  };
  const moments: Moment[] = [login(session)];
  if (session.ses !== null)
    for (const { ref, timeMs } of store.auditOfSession(session.ses, span)) {
      const deed = deedOf(auditRecords(store.auditLines(ref)));
      if (deed !== null) moments.push({ timeMs, ref, ...deed });
    }
  const events = store.docker(span);
  const known = store.attributions(events.map(({ ref }) => ref));
  for (const event of events) {
    const attribution = known.get(event.ref);
    if (attribution?.actor?.ses !== session.ses || session.ses === null) continue;
    const what = event.execCommand === null ? event.action : `${event.action} "${event.execCommand}"`;
    const sure =
      attribution.confidence === "exact" || attribution.confidence === "strong"
        ? ""
        : ` [${attribution.confidence}]`;
    const inside = attribution.actor.via
      .filter((step) => step.startsWith("container "))
      .map((step) => ` from ${step}`);
    moments.push({
      timeMs: event.timeMs,
      kind: "docker",
      text: `${event.type} ${what}: ${event.name ?? event.actorId.slice(0, 12)}${inside.join("")}${sure}`,
      ref: event.ref,
    });
  }
  for (const alert of store.alerts(span))
    if (session.ses !== null && alert.attribution?.actor?.ses === session.ses)
      moments.push({
        timeMs: alert.firstMs,
        kind: "alert",
        text: `${alert.level}: ${alert.title}`,
        ref: alert.refs[0] ?? null,
      });
  if (session.endMs !== null)
    moments.push({ timeMs: session.endMs, kind: "logout", text: "session closed", ref: null });
  return moments.sort((a, b) => a.timeMs - b.timeMs);
}

function login(session: Session): Moment {
  const from = addressPhrase(session.address, session.port);
  const parts = [
    `${session.user ?? "unknown"} logged in`,
    session.kind === "ssh" ? null : `by ${session.kind}`,
    from === null ? null : `from ${from}`,
    session.method === null ? null : `with ${session.method}`,
    session.key,
    session.tty === null ? null : `on ${session.tty}`,
  ];
  return {
    timeMs: session.startMs,
    kind: "login",
    text: parts.filter((part) => part !== null).join(" "),
    ref: session.evidence[0]?.ref ?? null,
  };
}
