import cookie from "@fastify/cookie";
import csrfProtection from "@fastify/csrf-protection";
import rateLimit from "@fastify/rate-limit";
import session from "@fastify/session";
import { fastifySSE } from "@fastify/sse";
import fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { DockwardenError } from "../model/fault.ts";
import { hostPort, isLoopback, type ListenAddress, parseListen } from "./address.ts";
import { apiRoutes } from "./api-routes.ts";
import { type Assets, openAssets } from "./assets.ts";
import { openCredentials } from "./credentials.ts";
import { entryRoutes } from "./entry-routes.ts";
import { csrfToken, csrfUser, guard } from "./guard.ts";
import { dashboardPage } from "./html.ts";
import { liveRoute } from "./live.ts";
import type { HttpParts } from "./parts.ts";
import { openSignedIn, SIGNED_IN_LIFE_MS } from "./signed-in.ts";

export type { Facts, HttpLog, HttpParts } from "./parts.ts";

/** The page, being served. Disposing ends every connection. */
export interface HttpServer extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:8787`. */
  readonly url: string;
  /** The one-time link that sets the password, to be shown to whoever started the daemon; null once one is set. */
  readonly setupLink: string | null;
}

const COOKIE = "dockwarden";
const BODY_BYTES = 16 * 1024;

const parseUrl = (text: string): URL => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== "/")
    throw new DockwardenError(
      "DW_HTTP_PUBLIC_URL",
      `http.publicUrl: expected an address without a path such as https://watch.example.org, got "${text}"`,
    );
  return url;
};

/** Builds the page's server without listening. */
async function build(parts: HttpParts, listen: ListenAddress, publicUrl: URL | null) {
  const { clock, log } = parts;
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    requestTimeout: 30_000,
    // The reverse proxy of publicUrl runs on this machine; without one, nobody's forwarded address is believed.
    trustProxy: publicUrl === null ? false : "loopback",
    routerOptions: { maxParamLength: 640 },
  });
  const credentials = openCredentials(parts.settings, clock);
  const signedIn = openSignedIn(parts.settings, clock);
  const assets: Assets = openAssets();

  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))));
    },
  );
  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, path: request.routeOptions.url }, "the page could not answer");
    const known = error instanceof DockwardenError;
    return reply.code(status).send({
      code: known ? error.code : status >= 500 ? "DW_HTTP_INTERNAL" : error.code,
      error: status < 500 || known ? error.message : "Something went wrong here; the daemon's log says what.",
    });
  });
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({ code: "DW_HTTP_NOT_FOUND", error: "There is nothing at this address." }),
  );

  await guard(app, { listenHost: listen.host, publicUrl });
  await app.register(cookie, { secret: credentials.cookieSecret() });
  await app.register(session, {
    secret: credentials.cookieSecret(),
    cookieName: COOKIE,
    cookie: { path: "/", httpOnly: true, sameSite: "strict", secure: false, maxAge: SIGNED_IN_LIFE_MS },
    store: signedIn,
    saveUninitialized: false,
    rolling: false,
  });
  await app.register(csrfProtection, {
    cookieKey: `${COOKIE}-csrf`,
    cookieOpts: { path: "/", httpOnly: true, sameSite: "strict", signed: true },
    csrfOpts: { hmacKey: credentials.cookieSecret() },
    getUserInfo: csrfUser,
    logLevel: "debug",
  });
  await app.register(rateLimit, { global: false });
  await app.register(fastifySSE, { heartbeatInterval: 15_000 });

  app.get("/healthz", { schema: { response: { 200: { type: "string" } } } }, async () => "ok\n");
  app.get(
    "/assets/:name",
    { schema: { params: { type: "object", properties: { name: { type: "string", maxLength: 80 } } } } },
    async (request, reply) => {
      const asset = await assets.find((request.params as { name: string }).name);
      if (asset === null) return reply.callNotFound();
      return reply
        .header("cache-control", "public, max-age=31536000, immutable")
        .type(asset.type)
        .send(asset.body);
    },
  );
  entryRoutes(app, { credentials, signedIn, assets, publicUrl, clock, log });
  app.get("/", async (request, reply) => {
    if (request.session.signedInMs === undefined) return reply.redirect("/login", 303);
    const token = csrfToken(request, reply, publicUrl);
    return reply
      .type("text/html; charset=utf-8")
      .send(dashboardPage(await assets.files(), await assets.script(), token));
  });
  await app.register(
    async (signed: FastifyInstance) => {
      signed.addHook("onRequest", async (request, reply) => {
        if (request.session.signedInMs === undefined)
          await reply.code(401).send({ code: "DW_HTTP_LOGIN", error: "Sign in first, at /login." });
      });
      const live = liveRoute(signed, { ...parts, signedIn });
      signed.addHook("preClose", async () => live[Symbol.dispose]());
      apiRoutes(signed, parts, () => live.tell({ sources: [], alerts: 1 }));
    },
    { prefix: "/api/v1" },
  );
  return { app, credentials };
}

/**
 * Serves the page. Loopback only by default; any other address without `publicUrl` is warned about.
 * @throws DockwardenError DW_HTTP_LISTEN, DW_HTTP_PUBLIC_URL
 */
export async function openHttp(parts: HttpParts): Promise<HttpServer> {
  const listen = parseListen(parts.listen);
  const publicUrl = parts.publicUrl === null ? null : parseUrl(parts.publicUrl);
  const { app, credentials } = await build(parts, listen, publicUrl);
  try {
    await app.listen({ host: listen.host, port: listen.port });
  } catch (cause) {
    await app.close();
    throw new DockwardenError(
      "DW_HTTP_LISTEN",
      `http.listen: cannot listen on ${hostPort(listen.host, listen.port)}: ${(cause as Error).message}; is another Dockwarden running?`,
      { cause },
    );
  }
  const bound = app.server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : listen.port;
  const url = `http://${hostPort(listen.host, port)}`;
  if (!isLoopback(listen.host) && publicUrl === null)
    parts.log.warn(
      { listen: parts.listen },
      "the page can be reached from other machines without encryption; set http.publicUrl to an https address before a reverse proxy, or listen on 127.0.0.1 and use ssh -L",
    );
  const token = credentials.newSetupToken();
  const base = publicUrl === null ? url : publicUrl.origin;
  return {
    url,
    setupLink: token === null ? null : `${base}/setup?token=${token}`,
    [Symbol.asyncDispose]: () => app.close(),
  };
}
