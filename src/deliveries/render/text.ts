import type { Alert } from "../../model/alert.ts";
import type { Notification } from "../../ports/channel.ts";
import { byGravity, factsOf, headline, levelCounts, pageAddress, safe, stepsOf } from "./facts.ts";

/** A digest's mail lists this many alerts; the rest is counted. */
export const MAILED_ALERTS = 50;
const SENTENCE_CHARS = 2000;

/** What a test says. */
export const TEST_TEXT =
  "This is a test. If you read it, Dockwarden's alerts reach you over this channel; nothing happened on the host.";

function alertLines(notification: Notification, alert: Alert): readonly string[] {
  const facts = factsOf(alert);
  const width = Math.max(...facts.map(([name]) => name.length));
  const steps = stepsOf(alert);
  const url = pageAddress(notification);
  return [
    safe(alert.sentence, SENTENCE_CHARS),
    "",
    ...facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...(steps.length === 0 ? [] : ["", "What to do next:", ...steps.map((step) => `  - ${step}`)]),
    ...(alert.falsePositives.length === 0
      ? []
      : ["", "Harmless when:", ...alert.falsePositives.map((text) => `  - ${safe(text)}`)]),
    ...(url === null ? [] : ["", `On the page: ${url}`]),
  ];
}

/** The counted line over a digest. */
export function digestLead(notification: Notification): string {
  const counts = levelCounts(notification.alerts)
    .map(([level, count]) => `${count} ${level}`)
    .join(", ");
  const why = notification.alerts.every(({ backfill }) => backfill)
    ? "What the logs already held when Dockwarden read them first; it happened before, so it is told in one piece."
    : "Too many at once to be told one by one; none is left out.";
  return `${notification.alerts.length} alerts: ${counts}. ${why}`;
}

/** The plain text of a mail. */
export function notificationText(notification: Notification): string {
  const [first] = notification.alerts;
  const foot = ["", "-- ", `Dockwarden on ${safe(notification.host, 64)}, delivery ${notification.id}`, ""];
  switch (notification.kind) {
    case "test":
      return [TEST_TEXT, ...foot].join("\n");
    case "digest": {
      const listed = byGravity(notification.alerts).slice(0, MAILED_ALERTS);
      const more = notification.alerts.length - listed.length;
      return [
        digestLead(notification),
        "",
        ...listed.flatMap((alert) => [
          `[${alert.level}] ${safe(alert.title, 120)}`,
          `  ${safe(alert.sentence, SENTENCE_CHARS)}`,
          "",
        ]),
        ...(more > 0 ? [`…and ${more} more: 'dockwarden alerts' lists them all.`] : []),
        ...foot,
      ].join("\n");
    }
    case "resolved":
      return [
        headline(notification),
        "",
        "A person resolved this alert. What it was:",
        "",
        ...(first === undefined ? [] : alertLines(notification, first)),
        ...foot,
      ].join("\n");
    case "alert":
      return [...(first === undefined ? [] : alertLines(notification, first)), ...foot].join("\n");
    default:
      return notification.kind satisfies never;
  }
}
