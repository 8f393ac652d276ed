import type { FastifyInstance, FastifyReply } from "fastify";
import type { Change } from "../ports/feed.ts";
import type { LiveHello } from "./api.ts";
import type { HttpParts } from "./parts.ts";
import type { SignedIn } from "./signed-in.ts";
import { healthView } from "./views.ts";

/** Pages open at once; more are told to come back later. */
const MAX_CLIENTS = 32;
/** A client that has not read this much of what it was sent is dropped: it comes back and reads everything anew. */
const MAX_BACKLOG_BYTES = 64 * 1024;
const HEALTH_MS = 2000;

interface Client {
  readonly reply: FastifyReply;
  readonly sessionId: string;
}

/** What the live stream needs. */
export type LiveParts = Pick<HttpParts, "feed" | "health" | "facts" | "log"> & {
  readonly signedIn: SignedIn;
};

/** The live stream's own end: to tell of an edit, and to close. */
export interface Live extends Disposable {
  tell(change: Change): void;
}

/**
 * `/live`, server-sent events: `hello` at once (with whether something may have been missed since Last-Event-ID),
 * `change` after commits, `sources` when a source's health changed. The page reads the rows themselves by the API, so
 * nothing is queued for a client: a slow one is dropped, and one that comes back reads everything anew.
 */
export function liveRoute(app: FastifyInstance, parts: LiveParts): Live {
  const { log, signedIn } = parts;
  const clients = new Set<Client>();
  // Ids of another start never match: whoever comes back after a restart has missed something.
  const run = parts.facts().startedMs.toString(36);
  let count = 0;
  let dropped = 0;
  let lastHealth = "";
  let timer: NodeJS.Timeout | null = null;

  function send(client: Client, event: string, data: unknown): void {
    const { raw, sse } = client.reply;
    if (raw.writableLength > MAX_BACKLOG_BYTES) {
      clients.delete(client);
      dropped += 1;
      raw.destroy();
      log.warn({ dropped, backlogBytes: raw.writableLength }, "a page read too slowly and was dropped");
      return;
    }
    sse.send({ id: `${run}-${count}`, event, data }).catch(() => clients.delete(client));
  }
  function tell(event: string, data: unknown): void {
    count += 1;
    for (const client of clients) {
      if (signedIn.isLive(client.sessionId)) send(client, event, data);
      else client.reply.sse.close();
    }
  }
  function checkHealth(): void {
    for (const client of clients) if (!signedIn.isLive(client.sessionId)) client.reply.sse.close();
    const sources = parts.health().map(healthView);
    const text = JSON.stringify(sources);
    if (text !== lastHealth) tell("sources", sources);
    lastHealth = text;
  }

  const subscription = parts.feed.subscribe((change) => tell("change", change));

  app.get("/live", { sse: "only" }, async (request, reply) => {
    if (clients.size >= MAX_CLIENTS)
      return reply
        .code(503)
        .header("retry-after", "10")
        .send({
          code: "DW_HTTP_BUSY",
          error: `${MAX_CLIENTS} pages are open already; close one.`,
        });
    const client: Client = { reply, sessionId: request.session.sessionId };
    const hello: LiveHello = {
      missed: reply.sse.lastEventId !== `${run}-${count}`,
      version: parts.facts().version,
    };
    reply.sse.keepAlive();
    reply.sse.onClose(() => {
      clients.delete(client);
      if (clients.size > 0 || timer === null) return;
      clearInterval(timer);
      timer = null;
    });
    clients.add(client);
    timer ??= setInterval(checkHealth, HEALTH_MS).unref();
    send(client, "hello", hello);
    return reply;
  });

  return {
    tell: (change) => tell("change", change),
    [Symbol.dispose]() {
      subscription[Symbol.dispose]();
      if (timer !== null) clearInterval(timer);
      for (const client of clients) client.reply.sse.close();
      clients.clear();
    },
  };
}
