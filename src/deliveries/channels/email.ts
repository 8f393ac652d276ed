import { isIP } from "node:net";
import { hostname } from "node:os";
import { createTransport } from "nodemailer";
import { printable } from "../../lib/printable.ts";
import type { Outcome } from "../../model/alert.ts";
import { DockwardenError } from "../../model/fault.ts";
import { type DeliveryId, epochMs } from "../../model/ids.ts";
import type { EmailSettings } from "../../model/settings.ts";
import type { Channel, Notification } from "../../ports/channel.ts";
import type { Clock } from "../../ports/source.ts";
import { headline, topLevel } from "../render/facts.ts";
import { notificationHtml } from "../render/html.ts";
import { notificationText } from "../render/text.ts";
import { readCa, readSecret } from "../secrets.ts";

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
const REASON_CHARS = 200;
const HEADER_CHARS = 200;
/** Deliveries of which some recipients have their mail and others not yet. */
const MAX_PARTIAL = 1000;

/** What nodemailer puts on an error that it hands out. */
interface SmtpError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly permanent?: boolean;
  readonly rejectedErrors?: readonly SmtpError[];
}

/** A header's value: visible ASCII, one line. */
function headerText(text: string): string {
  return printable(text)
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .slice(0, HEADER_CHARS);
}

/** A machine that only this host reaches: a password may go to it without TLS. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Which step of reaching the server an error belongs to. */
function stepOf(error: SmtpError): "resolve" | "connect" | "tls" | "login" | "send" {
  const code: string = error.code ?? "";
  switch (code) {
    case "EDNS":
      return "resolve";
    case "ETLS":
    case "EREQUIRETLS":
      return "tls";
    case "EAUTH":
    case "ENOAUTH":
      return "login";
    case "EENVELOPE":
    case "EMESSAGE":
    case "ESTREAM":
      return "send";
    default:
      if (/certificate|self-signed|SSL|TLS|wrong version number|Hostname\/IP/i.test(error.message))
        return "tls";
      if (error.command === "DATA" || error.command === "MAIL FROM" || error.command === "RCPT TO")
        return "send";
      return "connect";
  }
}

function reasonOf(error: SmtpError): string {
  return printable(error.message.slice(0, REASON_CHARS));
}

/** A server that refuses the mail itself for good will do so again; all else (login, TLS, connection) can be mended. */
function isRejection(error: SmtpError): boolean {
  return stepOf(error) === "send" && error.permanent === true;
}

function openTransport(settings: EmailSettings) {
  const { host, port, security, ca, user, passwordFile, name } = settings;
  const at = `channels.${name}`;
  const password = passwordFile === null ? null : readSecret(passwordFile, `${at}.passwordFile`);
  if ((user === null) !== (password === null))
    throw new DockwardenError(
      "DW_EMAIL_LOGIN",
      `${at}: user and passwordFile belong together, one is missing`,
    );
  // Nobody on the way may talk us out of encryption and read the password.
  const mustEncrypt =
    security === "starttls" || (security === "opportunistic" && user !== null && !isLoopback(host));
  return createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: mustEncrypt,
    ignoreTLS: security === "none",
    name: ehloName(),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    tls: {
      minVersion: "TLSv1.2",
      ...(ca === null ? {} : { ca: readCa(ca, `${at}.ca`) }),
    },
    ...(user === null || password === null ? {} : { auth: { user, pass: password } }),
  });
}

class EmailChannel implements Channel {
  readonly name: string;
  readonly #settings: EmailSettings;
  readonly #clock: Clock;
  readonly #transport: ReturnType<typeof openTransport>;
  readonly #accepted = new Map<DeliveryId, Set<string>>();

  constructor(settings: EmailSettings, clock: Clock) {
    this.name = settings.name;
    this.#settings = settings;
    this.#clock = clock;
    this.#transport = openTransport(settings);
  }

  async send(notification: Notification, signal: AbortSignal): Promise<Outcome> {
    const done = this.#accepted.get(notification.id) ?? new Set();
    const to = this.#settings.to.filter((address) => !done.has(address));
    try {
      const sent = await this.#transport.sendMail({
        ...this.#mail(notification),
        signal,
        envelope: this.#envelope(to),
      });
      const refusals = (sent.rejectedErrors ?? []) as readonly SmtpError[];
      const again = refusals.filter((error) => error.permanent !== true);
      if (again.length === 0) return this.#delivered(notification.id);
      this.#remember(notification.id, [...done, ...sent.accepted]);
      return {
        kind: "retry",
        afterMs: null,
        reason: `${again.length} of ${to.length} recipients were refused for now: ${again[0] === undefined ? "" : reasonOf(again[0])}`,
      };
    } catch (cause) {
      const error = cause as SmtpError;
      const reason = `${stepOf(error)}: ${reasonOf(error)}`;
      if (!isRejection(error)) return { kind: "retry", afterMs: null, reason };
      // Some have their mail from an earlier attempt; the rest was refused for good.
      return done.size > 0 ? this.#delivered(notification.id) : { kind: "rejected", reason };
    }
  }

  async *probe(
    notification: Notification,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly step: string; readonly ok: boolean; readonly detail: string }> {
    const { host, port, security, user, to } = this.#settings;
    const steps = [
      ["resolve", `${host} has an address`],
      ["connect", `connected to ${host} port ${port}`],
      [
        "tls",
        security === "none"
          ? "not wanted (security: none)"
          : security === "opportunistic"
            ? "used where offered, and verified"
            : "verified",
      ],
      ["login", user === null ? "not wanted (no user)" : `logged in as ${printable(user)}`],
    ] as const;
    try {
      await this.#transport.verify();
      for (const [step, detail] of steps) yield { step, ok: true, detail };
      const sent = await this.#transport.sendMail({
        ...this.#mail(notification),
        signal,
        envelope: this.#envelope(to),
      });
      const refused = sent.rejected.length;
      yield refused === 0
        ? {
            step: "send",
            ok: true,
            detail: `accepted for ${to.length} recipients: ${printable(sent.response.slice(0, REASON_CHARS))}`,
          }
        : { step: "send", ok: false, detail: `refused for ${printable(sent.rejected.join(", "))}` };
    } catch (cause) {
      const failed = stepOf(cause as SmtpError);
      const before = steps.findIndex(([step]) => step === failed);
      if (before >= 0) for (const [step, detail] of steps.slice(0, before)) yield { step, ok: true, detail };
      yield { step: failed, ok: false, detail: reasonOf(cause as SmtpError) };
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#transport.close();
    return Promise.resolve();
  }

  #delivered(id: DeliveryId): Outcome {
    this.#accepted.delete(id);
    return { kind: "delivered", atMs: epochMs(this.#clock.now()) };
  }

  /** Whoever has the mail does not get it again at the next attempt. Forgotten at a restart: at least once. */
  #remember(id: DeliveryId, accepted: readonly string[]): void {
    this.#accepted.set(id, new Set(accepted));
    for (const oldest of this.#accepted.keys()) {
      if (this.#accepted.size <= MAX_PARTIAL) break;
      this.#accepted.delete(oldest);
    }
  }

  #envelope(to: readonly string[]): { from: string; to: string[] } {
    return { from: this.#settings.from, to: [...to] };
  }

  #mail(notification: Notification) {
    const { from, to } = this.#settings;
    const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? "dockwarden.invalid";
    const [first] = notification.alerts;
    const isAboutOne = notification.kind !== "digest" && first !== undefined;
    // All mails about one alert refer to one id that no mail has: clients gather them in a thread.
    const thread = isAboutOne ? `<alert-${first.id}@${domain}>` : null;
    return {
      from,
      to: [...to],
      subject: headline(notification),
      text: notificationText(notification),
      html: notificationHtml(notification),
      date: new Date(notification.createdMs),
      messageId: `<${notification.id}@${domain}>`,
      ...(thread === null ? {} : { inReplyTo: thread, references: [thread] }),
      headers: {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Dockwarden-Delivery": notification.id,
        "X-Dockwarden-Kind": notification.kind,
        "X-Dockwarden-Host": headerText(notification.host),
        "X-Dockwarden-Level": topLevel(notification),
        ...(isAboutOne
          ? { "X-Dockwarden-Alert": first.id, "X-Dockwarden-Rule": headerText(first.ruleId) }
          : { "X-Dockwarden-Alerts": String(notification.alerts.length) }),
      },
    };
  }
}

/** A name for EHLO that servers take: ours where it is a plain host name. */
function ehloName(): string {
  const name = hostname();
  return /^[A-Za-z0-9.-]+$/.test(name) ? name : "localhost";
}

/** A channel that mails. @throws DockwardenError for an unreadable password or CA file. */
export function openEmail(settings: EmailSettings, clock: Clock): Channel {
  return new EmailChannel(settings, clock);
}
