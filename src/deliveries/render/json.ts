import type { Alert } from "../../model/alert.ts";
import type { Notification } from "../../ports/channel.ts";
import { byGravity, levelCounts, pageAddress } from "./facts.ts";

/** A digest lists this many alerts in full, gravest first; `total` counts all. */
export const LISTED_ALERTS = 100;

const iso = (ms: number): string => new Date(ms).toISOString();

function alertJson(notification: Notification, alert: Alert): Readonly<Record<string, unknown>> {
  const { attribution } = alert;
  return {
    id: alert.id,
    rule: alert.ruleId,
    title: alert.title,
    level: alert.level,
    tags: alert.tags,
    state: alert.state,
    sentence: alert.sentence,
    action: alert.action,
    object: alert.object,
    group: alert.group,
    actor: attribution?.actor ?? null,
    origin: attribution?.origin ?? null,
    confidence: attribution?.confidence ?? null,
    candidates: attribution?.candidates ?? [],
    evidence: attribution?.evidence ?? [],
    command: attribution?.command ?? null,
    end: attribution?.end ?? null,
    final: attribution?.final ?? false,
    count: alert.count,
    first: iso(alert.firstMs),
    last: iso(alert.lastMs),
    events: alert.refs,
    nextSteps: alert.nextSteps === null ? [] : alert.nextSteps.split("\n"),
    falsePositives: alert.falsePositives,
    backfill: alert.backfill,
    url: pageAddress(notification),
  };
}

/**
 * The webhook's body (docs/reference/webhooks.md): `type`, `timestamp`, `data`, as Standard Webhooks asks. Values from logs
 * stand in it as they are, JSON-escaped; a receiver escapes them for where it shows them.
 */
export function notificationJson(notification: Notification): string {
  return JSON.stringify({
    type: notification.kind,
    timestamp: iso(notification.createdMs),
    data: {
      host: notification.host,
      pageUrl: notification.pageUrl,
      total: notification.alerts.length,
      levels: Object.fromEntries(levelCounts(notification.alerts)),
      alerts: byGravity(notification.alerts)
        .slice(0, LISTED_ALERTS)
        .map((alert) => alertJson(notification, alert)),
    },
  });
}
