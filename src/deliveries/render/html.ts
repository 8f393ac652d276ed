import type { Alert } from "../../model/alert.ts";
import type { Level } from "../../model/finding.ts";
import type { Notification } from "../../ports/channel.ts";
import { byGravity, factsOf, headline, pageAddress, safe, stepsOf, topLevel } from "./facts.ts";
import { digestLead, MAILED_ALERTS, TEST_TEXT } from "./text.ts";

/** Dark enough for white text on it (contrast at least 4.5 to 1). */
const COLOURS: Readonly<Record<Level, string>> = {
  critical: "#9b1c1c",
  high: "#b4390b",
  medium: "#8a5a00",
  low: "#1f5f8b",
  informational: "#4a5560",
};
const SENTENCE_CHARS = 2000;
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px";

/** Text that is safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

const shown = (text: string, chars?: number): string => escapeHtml(safe(text, chars));

function badge(level: Level): string {
  return `<span style="display:inline-block;padding:2px 8px;border-radius:3px;background:${COLOURS[level]};color:#ffffff;font-size:12px;font-weight:600">${level}</span>`;
}

const MONOSPACED = new Set(["command", "events", "evidence", "alert", "by way of"]);

function factRows(alert: Alert): string {
  return factsOf(alert)
    .map(
      ([name, value]) =>
        `<tr><th scope="row" align="left" valign="top" style="padding:5px 16px 5px 0;color:#57606a;font-weight:400;white-space:nowrap">${escapeHtml(name)}</th>` +
        `<td valign="top" style="padding:5px 0;word-break:break-word;overflow-wrap:anywhere${MONOSPACED.has(name) ? `;${MONO}` : ""}">${escapeHtml(value)}</td></tr>`,
    )
    .join("");
}

/** A heading and a list of texts. */
function listing(head: string, texts: readonly string[]): string {
  const rows = texts.map((text) => `<li style="margin:2px 0">${escapeHtml(text)}</li>`).join("");
  return `<p style="margin:16px 0 4px;font-weight:600">${head}</p><ul style="margin:0;padding-left:20px">${rows}</ul>`;
}

function alertBlock(notification: Notification, alert: Alert): string {
  const steps = stepsOf(alert);
  const url = pageAddress(notification);
  return [
    `<p style="margin:0 0 16px;font-size:16px;line-height:1.5">${shown(alert.sentence, SENTENCE_CHARS)}</p>`,
    `<table role="presentation" cellpadding="0" cellspacing="0" width="100%" style="border-top:1px solid #d8dee4;border-bottom:1px solid #d8dee4">${factRows(alert)}</table>`,
    steps.length === 0 ? "" : listing("What to do next", steps),
    alert.falsePositives.length === 0
      ? ""
      : listing(
          "Harmless when",
          alert.falsePositives.map((text) => safe(text)),
        ),
    url === null
      ? ""
      : `<p style="margin:20px 0 0"><a href="${escapeHtml(url)}" style="color:#0550ae">See the alerts on the page</a></p>`,
  ].join("");
}

function digestBlock(notification: Notification): string {
  const listed = byGravity(notification.alerts).slice(0, MAILED_ALERTS);
  const more = notification.alerts.length - listed.length;
  const rows = listed
    .map(
      (alert) =>
        `<tr><td valign="top" style="padding:10px 12px 10px 0;border-top:1px solid #d8dee4;white-space:nowrap">${badge(alert.level)}</td>` +
        `<td valign="top" style="padding:10px 0;border-top:1px solid #d8dee4;word-break:break-word;overflow-wrap:anywhere"><strong>${shown(alert.title, 120)}</strong><br>${shown(alert.sentence, SENTENCE_CHARS)}</td></tr>`,
    )
    .join("");
  return [
    `<p style="margin:0 0 16px">${escapeHtml(digestLead(notification))}</p>`,
    `<table role="presentation" cellpadding="0" cellspacing="0" width="100%">${rows}</table>`,
    more > 0 ? `<p>…and ${more} more: <code>dockwarden alerts</code> lists them all.</p>` : "",
  ].join("");
}

function bodyOf(notification: Notification): string {
  const [first] = notification.alerts;
  switch (notification.kind) {
    case "test":
      return `<p style="margin:0">${TEST_TEXT}</p>`;
    case "digest":
      return digestBlock(notification);
    case "resolved":
      return `<p style="margin:0 0 16px">A person resolved this alert. What it was:</p>${first === undefined ? "" : alertBlock(notification, first)}`;
    case "alert":
      return first === undefined ? "" : alertBlock(notification, first);
    default:
      return notification.kind satisfies never;
  }
}

/** The HTML of a mail: no images, no remote content, no scripts; readable without styles. */
export function notificationHtml(notification: Notification): string {
  const colour = COLOURS[topLevel(notification)];
  return [
    "<!DOCTYPE html>",
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(headline(notification))}</title></head>`,
    `<body style="margin:0;padding:24px 12px;background:#f3f4f6;color:#1f2328;${FONT};font-size:14px;line-height:1.5">`,
    `<table role="presentation" align="center" cellpadding="0" cellspacing="0" width="100%" style="max-width:680px;background:#ffffff;border:1px solid #d8dee4;border-top:4px solid ${colour}"><tr><td style="padding:24px">`,
    `<h1 style="margin:0 0 16px;font-size:18px;line-height:1.35;color:${colour}">${escapeHtml(headline(notification))}</h1>`,
    bodyOf(notification),
    `<p style="margin:24px 0 0;padding-top:12px;border-top:1px solid #d8dee4;color:#57606a;font-size:12px">Dockwarden on ${shown(notification.host, 64)}, delivery ${notification.id}</p>`,
    "</td></tr></table></body></html>",
  ].join("\n");
}
