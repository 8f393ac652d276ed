import { printable } from "../../lib/printable.ts";
import type { Alert } from "../../model/alert.ts";
import { compareLevels, type Level } from "../../model/finding.ts";
import type { Actor } from "../../model/session.ts";
import type { Notification } from "../../ports/channel.ts";

const TEXT_CHARS = 500;
const NO_SESSION = 4_294_967_295;

/** Text from a log for a receiver: no control characters, bounded. */
export function safe(text: string, chars = TEXT_CHARS): string {
  const shown = printable(text.slice(0, chars));
  return shown.length > chars ? `${shown.slice(0, chars - 1)}…` : shown;
}

/** `2026-11-24 11:02:13 UTC`. */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** The gravest first, then the newest. */
export function byGravity(alerts: readonly Alert[]): readonly Alert[] {
  return [...alerts].sort((a, b) => compareLevels(b.level, a.level) || b.lastMs - a.lastMs);
}

/** The gravest level in it; `informational` for a test without alerts. */
export function topLevel(notification: Notification): Level {
  return byGravity(notification.alerts)[0]?.level ?? "informational";
}

/** How many of each level, gravest first: `2 critical, 5 medium`. */
export function levelCounts(alerts: readonly Alert[]): readonly (readonly [Level, number])[] {
  const counts = new Map<Level, number>();
  for (const { level } of byGravity(alerts)) counts.set(level, (counts.get(level) ?? 0) + 1);
  return [...counts];
}

/** One line that says what this is about: a mail's subject. */
export function headline(notification: Notification): string {
  const host = safe(notification.host, 64);
  const [first] = notification.alerts;
  switch (notification.kind) {
    case "test":
      return `[test] ${host}: Dockwarden can reach you`;
    case "digest": {
      const counts = levelCounts(notification.alerts)
        .map(([level, count]) => `${count} ${level}`)
        .join(", ");
      const past = notification.alerts.every(({ backfill }) => backfill) ? " from the past" : "";
      return `[digest] ${host}: ${notification.alerts.length} alerts${past} (${counts})`;
    }
    case "resolved":
      return `[resolved] ${host}: ${safe(first?.title ?? "", 120)}`;
    case "alert":
      return `[${first?.level ?? "alert"}] ${host}: ${safe(first?.title ?? "", 120)}`;
    default:
      return notification.kind satisfies never;
  }
}

function person(actor: Actor): string {
  const from =
    actor.address === null ? "" : ` from ${actor.address}${actor.port === null ? "" : ` port ${actor.port}`}`;
  const how = actor.key === null ? (actor.method === null ? "" : `, ${actor.method}`) : `, key ${actor.key}`;
  const session = actor.ses === null || actor.ses === NO_SESSION ? "" : `, session ${actor.ses}`;
  return safe(`${actor.user ?? "somebody"}${from}${how}${session}`);
}

/** What stands in the table under the sentence: names and values, ready to be shown. */
export function factsOf(alert: Alert): readonly (readonly [string, string])[] {
  const { attribution } = alert;
  const rows: (readonly [string, string])[] = [];
  const actor = attribution?.actor ?? null;
  if (actor !== null)
    rows.push(["who", person(actor) + (attribution?.end ? ` (${safe(attribution.end)})` : "")]);
  else if (attribution?.origin) rows.push(["goes back to", person(attribution.origin)]);
  else if (attribution !== null && attribution.candidates.length > 0)
    rows.push(["who", attribution.candidates.slice(0, 5).map(person).join(" or ")]);
  else if (attribution?.end) rows.push(["who", safe(attribution.end)]);
  if (actor !== null && actor.via.length > 0) rows.push(["by way of", safe(actor.via.join(" → "))]);
  if (attribution?.command) rows.push(["command", safe(attribution.command)]);
  if (attribution !== null && attribution.confidence !== null)
    rows.push(["how sure", `${attribution.confidence}${attribution.final ? "" : ", so far"}`]);
  if (attribution !== null && attribution.evidence.length > 0)
    rows.push([
      "evidence",
      safe(
        attribution.evidence
          .slice(0, 6)
          .map(({ ref }) => ref)
          .join(", "),
      ),
    ]);
  if (alert.object !== null) rows.push(["object", safe(alert.object)]);
  for (const [name, value] of Object.entries(alert.group).slice(0, 8))
    if (value !== "" && alert.object?.includes(value) !== true) rows.push([safe(name, 40), safe(value)]);
  rows.push([
    "when",
    alert.count > 1
      ? `${alert.count} times, ${utc(alert.firstMs)} to ${utc(alert.lastMs)}`
      : utc(alert.firstMs),
  ]);
  rows.push(["rule", safe(`${alert.title} (${alert.ruleId})`)]);
  if (alert.tags.length > 0) rows.push(["tags", safe(alert.tags.join(", "))]);
  rows.push(["events", safe(alert.refs.slice(0, 5).join(", ") + (alert.refs.length > 5 ? ", …" : ""))]);
  rows.push(["alert", alert.id]);
  return rows;
}

/** What to do next, one step each. */
export function stepsOf(alert: Alert): readonly string[] {
  return (alert.nextSteps ?? "").split("\n").flatMap((step) => (step === "" ? [] : [safe(step)]));
}

/** Where the page shows alerts; null where it has no public address. */
export function pageAddress(notification: Notification): string | null {
  return notification.pageUrl === null ? null : `${notification.pageUrl.replace(/\/$/, "")}/#alerts`;
}
