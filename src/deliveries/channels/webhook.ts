import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, connect as netConnect, type Socket } from "node:net";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import { Webhook } from "standardwebhooks";
import { printable } from "../../lib/printable.ts";
import type { Outcome } from "../../model/alert.ts";
import { DockwardenError } from "../../model/fault.ts";
import { epochMs } from "../../model/ids.ts";
import type { WebhookSettings } from "../../model/settings.ts";
import type { Channel, Notification } from "../../ports/channel.ts";
import type { Clock } from "../../ports/source.ts";
import { notificationJson } from "../render/json.ts";
import { readCa, readSecret } from "../secrets.ts";

const MIN_SECRET_BYTES = 16;
const REASON_CHARS = 200;
/** The answer's body says nothing that we need: the first bytes are kept for the error text. */
const BODY_BYTES = 512;
const EXCERPT_MS = 500;

/** One step of reaching a receiver, as it ended. */
interface Step {
  readonly step: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** The receiver's answer. */
interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly retryAfter: string | null;
  readonly excerpt: string;
}

/**
 * The signer of Standard Webhooks for a secret file's text, `whsec_…` or bare base64.
 * @throws DockwardenError DW_WEBHOOK_SECRET, without the secret.
 */
function signerOf(secret: string, what: string): Webhook {
  const base64 = secret.replace(/^whsec_/, "").trim();
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && base64.length % 4 === 0;
  if (!isBase64 || Buffer.from(base64, "base64").length < MIN_SECRET_BYTES)
    throw new DockwardenError(
      "DW_WEBHOOK_SECRET",
      `${what}: expected whsec_ and base64 of at least ${MIN_SECRET_BYTES} bytes; make one with: (printf whsec_; openssl rand -base64 32) > FILE`,
    );
  return new Webhook(base64);
}

/** `Retry-After` in milliseconds, from seconds or an HTTP date; null where there is none. */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** What an answer means for the delivery. */
export function outcomeOf(answer: Answer, nowMs: number): Outcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: "delivered", atMs: epochMs(nowMs) };
  const said = answer.excerpt === "" ? "" : `: ${answer.excerpt}`;
  if (status >= 300 && status < 400) {
    const to = answer.location === null ? "" : ` to ${printable(answer.location.slice(0, REASON_CHARS))}`;
    return {
      kind: "rejected",
      reason: `HTTP ${status} redirects${to}; redirects are not followed, configure the final url`,
    };
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return {
      kind: "retry",
      afterMs: retryAfterMs(answer.retryAfter, nowMs),
      reason: `HTTP ${status}${said}`,
    };
  return { kind: "rejected", reason: `HTTP ${status}${said}` };
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const text = message.startsWith(code ?? "\0") || code === undefined ? message : `${code} ${message}`;
  return printable(text.slice(0, REASON_CHARS));
}

class WebhookChannel implements Channel {
  readonly name: string;
  readonly #url: URL;
  readonly #timeoutMs: number;
  readonly #ca: string | null;
  readonly #signer: Webhook | null;
  readonly #clock: Clock;

  constructor(settings: WebhookSettings, clock: Clock) {
    this.name = settings.name;
    this.#url = new URL(settings.url);
    this.#timeoutMs = settings.timeoutMs;
    this.#clock = clock;
    const at = `channels.${settings.name}`;
    this.#ca = settings.ca === null ? null : readCa(settings.ca, `${at}.ca`);
    this.#signer =
      settings.secretFile === null
        ? null
        : signerOf(readSecret(settings.secretFile, `${at}.secretFile`), `${at}.secretFile`);
  }

  async send(notification: Notification, signal: AbortSignal): Promise<Outcome> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]);
    const step = { now: "resolve" };
    try {
      const socket = await this.#reach(step, limit, () => {});
      step.now = "send";
      const answer = await this.#post(notification, socket, limit);
      return outcomeOf(answer, this.#clock.now());
    } catch (error) {
      return { kind: "retry", afterMs: null, reason: `${step.now}: ${this.#reason(error, limit)}` };
    }
  }

  async *probe(notification: Notification, signal: AbortSignal): AsyncIterable<Step> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]);
    const step = { now: "resolve" };
    const done: Step[] = [];
    try {
      const socket = await this.#reach(step, limit, (detail) =>
        done.push({ step: step.now, ok: true, detail }),
      );
      yield* done.splice(0);
      step.now = "send";
      const answer = await this.#post(notification, socket, limit);
      const outcome = outcomeOf(answer, this.#clock.now());
      const signed = this.#signer === null ? "unsigned (no secretFile)" : "signed";
      yield outcome.kind === "delivered"
        ? { step: "send", ok: true, detail: `HTTP ${answer.status}, ${signed}` }
        : { step: "send", ok: false, detail: outcome.reason };
    } catch (error) {
      yield* done;
      yield { step: step.now, ok: false, detail: this.#reason(error, limit) };
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #reason(error: unknown, limit: AbortSignal): string {
    return limit.aborted ? `no answer within ${this.#timeoutMs} ms` : reasonOf(error);
  }

  /** Name, connection, TLS; `step.now` says which is under way, `ended` is told what came of each. */
  async #reach(step: { now: string }, signal: AbortSignal, ended: (detail: string) => void): Promise<Socket> {
    const host = this.#url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(this.#url.port) || (this.#url.protocol === "https:" ? 443 : 80);
    const address = isIP(host) === 0 ? (await abortable(lookup(host), signal)).address : host;
    ended(`${host} is ${address}`);
    step.now = "connect";
    const socket = netConnect({ host, port, autoSelectFamily: true });
    await opened(socket, "connect", signal);
    ended(`connected to ${socket.remoteAddress ?? address} port ${port}`);
    if (this.#url.protocol === "http:") return socket;
    step.now = "tls";
    const secured: TLSSocket = tlsConnect({
      socket,
      minVersion: "TLSv1.2",
      ...(isIP(host) === 0 ? { servername: host } : { host }),
      ...(this.#ca === null ? {} : { ca: this.#ca }),
    });
    await opened(secured, "secureConnect", signal);
    ended(`${secured.getProtocol() ?? "TLS"}, certificate of ${certificateName(secured)} verified`);
    return secured;
  }

  #post(notification: Notification, socket: Socket, signal: AbortSignal): Promise<Answer> {
    const body = Buffer.from(notificationJson(notification));
    const at = new Date(this.#clock.now());
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = this.#url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = request(this.#url, {
      method: "POST",
      createConnection: () => socket,
      signal,
      headers: {
        "content-type": "application/json",
        "content-length": body.length,
        "user-agent": "dockwarden",
        "webhook-id": notification.id,
        "webhook-timestamp": Math.floor(at.getTime() / 1000),
        ...(this.#signer === null
          ? {}
          : { "webhook-signature": this.#signer.sign(notification.id, at, body.toString()) }),
      },
    });
    outgoing.on("error", reject);
    outgoing.on("response", (answer: IncomingMessage) => resolve(readAnswer(answer)));
    outgoing.end(body);
    return promise.finally(() => socket.destroy());
  }
}

/** The status counts as soon as it is there; of a refusal the beginning of its text is waited for a moment. */
async function readAnswer(answer: IncomingMessage): Promise<Answer> {
  const status = answer.statusCode ?? 0;
  const isGood = status >= 200 && status < 300;
  if (!isGood && !answer.readableEnded)
    await once(answer, "readable", { signal: AbortSignal.timeout(EXCERPT_MS) }).catch(() => undefined);
  const first: unknown = isGood ? null : answer.read();
  return {
    status,
    location: answer.headers.location ?? null,
    retryAfter: answer.headers["retry-after"] ?? null,
    excerpt: Buffer.isBuffer(first)
      ? printable(first.toString("utf8", 0, BODY_BYTES).slice(0, REASON_CHARS).trim())
      : "",
  };
}

function certificateName(socket: TLSSocket): string {
  const { subject, subjectaltname } = socket.getPeerCertificate();
  const name = subject?.CN;
  return printable((typeof name === "string" ? name : (subjectaltname ?? "the host")).slice(0, REASON_CHARS));
}

/** Settles as `work` does, or rejects at once when `signal` aborts. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = (): void => reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  return promise;
}

/** Resolves at `event`; at an error, an early end or the abort the socket is destroyed and the promise rejects. */
function opened(socket: Socket, event: "connect" | "secureConnect", signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once(event, resolve);
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("the other side closed the connection")));
  return abortable(promise, signal).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
}

/** A channel that posts signed JSON. @throws DockwardenError for an unreadable or unfit secret or CA file. */
export function openWebhook(settings: WebhookSettings, clock: Clock): Channel {
  return new WebhookChannel(settings, clock);
}
