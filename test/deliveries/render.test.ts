import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { notificationHtml } from "../../src/deliveries/render/html.ts";
import { LISTED_ALERTS, notificationJson } from "../../src/deliveries/render/json.ts";
import { notificationText } from "../../src/deliveries/render/text.ts";
import { notificationOf, SOCKET_ALERT } from "./alert-fixtures.ts";

/** Every key of a JSON value, with its place: `data.alerts.id`. */
function keysOf(value: unknown, at = ""): string[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((one) => keysOf(one, at));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${at}${key}`, ...keysOf(inner, `${at}${key}.`)]);
}

it("has in the webhook's body the fields that the reference documents, and no others", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/reference/webhooks.md"), "utf8");
  const example: unknown = JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? "");

  const body: unknown = JSON.parse(notificationJson(notificationOf()));

  expect(keysOf(body)).toEqual(keysOf(example));
});

it("lists the gravest of a big digest and counts all", () => {
  const critical = { ...SOCKET_ALERT, level: "critical" as const };
  const alerts = [...Array.from({ length: 500 }, () => SOCKET_ALERT), critical];

  const { data } = JSON.parse(notificationJson(notificationOf({ kind: "digest", alerts }))) as {
    data: { total: number; levels: unknown; alerts: { level: string }[] };
  };

  expect(data).toMatchObject({ total: 501, levels: { critical: 1, high: 500 } });
  expect(data.alerts).toHaveLength(LISTED_ALERTS);
  expect(data.alerts[0]?.level).toBe("critical");
});

it("shows each next step on a line of its own", () => {
  const notification = notificationOf({ alerts: [{ ...SOCKET_ALERT, nextSteps: "Stop it.\nAsk alice." }] });

  expect(notificationText(notification)).toContain("What to do next:\n  - Stop it.\n  - Ask alice.\n");
  expect(notificationHtml(notification)).toContain('<li style="margin:2px 0">Stop it.</li>');
});

it("says of a digest of the past that it is of the past", () => {
  const alerts = [{ ...SOCKET_ALERT, backfill: true }];

  expect(notificationText(notificationOf({ kind: "digest", alerts }))).toContain("happened before");
});
