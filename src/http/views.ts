import { printable } from "../lib/printable.ts";
import { actorPhrase, subjectPhrase } from "../lib/sentence.ts";
import type { Alert } from "../model/alert.ts";
import type { ContainerFacts, DockerEvent } from "../model/event.ts";
import type { SourceHealth, SourceNotice } from "../model/line.ts";
import type { Actor, Attribution, Login, Session } from "../model/session.ts";
import type {
  AlertView,
  DockerView,
  LedgerRow,
  LoginView,
  SessionView,
  SourceHealthView,
  Who,
} from "./api.ts";

const MAX_TEXT_CHARS = 2000;
const MAX_LINE_CHARS = 8192;
const MAX_CANDIDATES = 20;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Log bytes that were kept as latin1, read as UTF-8 where they are that; other text stays. */
function decoded(text: string): string {
  if (!/[\u0080-\u00ff]/.test(text) || /[^\u0000-\u00ff]/.test(text)) return text;
  try {
    return utf8.decode(Buffer.from(text, "latin1"));
  } catch {
    return text;
  }
}

/** Text from a log, safe to show: control characters named, at most `max` characters. */
export function shownText(text: string, max = MAX_TEXT_CHARS): string {
  const safe = printable(decoded(text));
  return safe.length > max ? `${safe.slice(0, max)}… (${safe.length - max} more characters)` : safe;
}

/** One verbatim log line to look at. The enriched part, after auditd's separator 0x1d, is set apart by a wide gap. */
export function shownLine(line: string): string {
  return shownText(line.replace(/\r?\n$/, "").replace("\u001d", "   "), MAX_LINE_CHARS);
}

const orNull = (text: string | null): string | null => (text === null ? null : shownText(text));

/** Null where nobody asked who it was. */
export function whoView(attribution: Attribution | null): Who | null {
  if (attribution === null) return null;
  const { actor, confidence, candidates, command, end, final } = attribution;
  const known: Actor | null = actor ?? attribution.origin;
  return {
    text: shownText(subjectPhrase(attribution)),
    user: orNull(known?.user ?? null),
    address: orNull(known?.address ?? null),
    via: (known?.via ?? []).map((step) => shownText(step)),
    confidence,
    candidates:
      confidence === "window" ? candidates.slice(0, MAX_CANDIDATES).map((each) => actorPhrase(each)) : [],
    command: orNull(command),
    end: orNull(end),
    final,
  };
}

export function alertView(alert: Alert): AlertView {
  return {
    id: alert.id,
    ruleId: shownText(alert.ruleId),
    title: shownText(alert.title),
    level: alert.level,
    tags: alert.tags.map((tag) => shownText(tag)),
    state: alert.state,
    object: orNull(alert.object),
    sentence: shownText(alert.sentence),
    who: whoView(alert.attribution),
    count: alert.count,
    firstMs: alert.firstMs,
    lastMs: alert.lastMs,
    nextSteps:
      alert.nextSteps === null
        ? null
        : alert.nextSteps
            .split("\n")
            .map((line) => shownText(line))
            .join("\n"),
    falsePositives: alert.falsePositives.map((text) => shownText(text)),
    backfill: alert.backfill,
    mutedBy: orNull(alert.mutedBy),
  };
}

export function loginView(login: Login): LoginView {
  const { ref, timeMs, outcome, user, address, port, method, key } = login;
  return {
    ref,
    timeMs,
    outcome,
    user: orNull(user),
    address: orNull(address),
    port,
    method: orNull(method),
    key: orNull(key),
  };
}

export function sessionView(session: Session): SessionView {
  const { id, kind, ses, user, address, port, method, key, tty, startMs, endMs } = session;
  return {
    id,
    kind,
    ses,
    user: orNull(user),
    address: orNull(address),
    port,
    method: orNull(method),
    key: orNull(key),
    tty: orNull(tty),
    startMs,
    endMs,
  };
}

/** What a container may do beyond the ordinary, in the words of the options that allow it. */
export function risksOf(facts: ContainerFacts): string[] {
  const risks: string[] = [];
  if (facts.privileged) risks.push("privileged");
  for (const { source, destination, rw } of facts.mounts) {
    if (/(^|\/)docker\.sock$/.test(source)) risks.push("Docker socket");
    else if (source === "/") risks.push(`host / at ${destination}${rw ? "" : " (read only)"}`);
    else if (/^\/(etc|root|proc|sys|dev|boot|var\/run|run|var\/lib\/docker)(\/|$)/.test(source))
      risks.push(`host ${source}${rw ? "" : " (read only)"}`);
  }
  if (facts.pidMode === "host") risks.push("host pid");
  if (facts.ipcMode === "host") risks.push("host ipc");
  if (facts.networkMode === "host") risks.push("host network");
  if (facts.usernsMode === "host") risks.push("host userns");
  for (const capability of facts.capAdd) risks.push(`+${capability}`);
  for (const option of facts.securityOpt) if (option.includes("unconfined")) risks.push(option);
  for (const device of facts.devices) risks.push(`device ${device}`);
  return [...new Set(risks)].slice(0, 8).map((risk) => shownText(risk, 80));
}

export function dockerView(event: DockerEvent, attribution: Attribution | null): DockerView {
  return {
    ref: event.ref,
    timeMs: event.timeMs,
    type: shownText(event.type),
    action: shownText(event.action),
    detail: orNull(event.execCommand),
    name: orNull(event.name),
    container: event.container,
    image: orNull(event.image),
    exitCode: event.exitCode,
    risks: event.facts === null ? [] : risksOf(event.facts),
    who: whoView(attribution),
    inferred: event.inferred,
    backfill: event.backfill,
  };
}

/** What a machine does all day: runtime steps of execs that the daemon itself started, and health results. */
export function isRoutine(event: DockerEvent, attribution: Attribution | null): boolean {
  if (event.action === "health_status") return true;
  if (!event.action.startsWith("exec_") || attribution === null || !attribution.final) return false;
  return attribution.actor === null && attribution.candidates.length === 0 && attribution.end === "daemon";
}

export function healthView(health: SourceHealth): SourceHealthView {
  return { ...health, detail: shownText(health.detail), mend: orNull(health.mend) };
}

/** Notices that mean: something happened that we did not see. A `fault` is a line that was kept but not understood. */
const LOSSES: ReadonlySet<SourceNotice["kind"]> = new Set([
  "gap",
  "truncated",
  "overlong-line",
  "dropped",
  "kernel-lost",
  "serial-gap",
]);

/** Sums notices by source and kind, losses first. */
export function ledgerOf(notices: readonly SourceNotice[]): LedgerRow[] {
  const rows = new Map<string, LedgerRow>();
  for (const { source, kind, count, timeMs, text } of notices) {
    const key = `${source} ${kind}`;
    const known = rows.get(key);
    const isNewest = known === undefined || timeMs > known.lastMs;
    rows.set(key, {
      source,
      kind,
      isLoss: LOSSES.has(kind) && (known?.isLoss === true || count > 0),
      count: (known?.count ?? 0) + count,
      lastMs: isNewest ? timeMs : known.lastMs,
      text: isNewest ? shownText(text, 300) : known.text,
    });
  }
  return [...rows.values()].sort((a, b) => Number(b.isLoss) - Number(a.isLoss) || b.lastMs - a.lastMs);
}
