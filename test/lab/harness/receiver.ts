import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

/** One request that a webhook receiver took. */
export interface ReceivedHook {
  /** When its last byte had arrived. */
  readonly atMs: number;
  /** The idempotency key: header `webhook-id`. */
  readonly id: string;
  /** The Standard Webhooks signature fits the body, the id and the time. */
  readonly signed: boolean;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly json: unknown;
  /** What we answered. */
  readonly status: number;
}

/** A webhook receiver on 127.0.0.1 that keeps what it is given. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** The shared secret, `whsec_…`. */
  readonly secret: string;
  readonly hooks: readonly ReceivedHook[];
  /** What to answer from now on; a function of how many came before. Default 204. */
  answer(status: (count: number) => number): void;
}

/** Starts an HTTP receiver. */
export async function startReceiver(): Promise<Receiver> {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const webhook = new Webhook(secret);
  const hooks: ReceivedHook[] = [];
  let status = (_count: number): number => 204;
  const server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      const atMs = Date.now();
      const body = bytes.toString();
      const answered = status(hooks.length);
      const { headers } = request;
      hooks.push({
        atMs,
        id: String(headers["webhook-id"] ?? ""),
        signed: isSigned(webhook, body, headers),
        headers,
        body,
        json: jsonOf(body),
        status: answered,
      });
      response.writeHead(answered).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    secret,
    hooks,
    answer(next) {
      status = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function isSigned(webhook: Webhook, body: string, headers: IncomingHttpHeaders): boolean {
  try {
    webhook.verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
