import helmet from "@fastify/helmet";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hostName, isHostAllowed, isLoopback } from "./address.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** What requests are checked against. */
export interface GuardParts {
  readonly listenHost: string;
  readonly publicUrl: URL | null;
}

/** True where the browser talks to us over TLS: by the public https address; loopback (`ssh -L`) is plain and needs none. */
export function isSecure(request: FastifyRequest, publicUrl: URL | null): boolean {
  return publicUrl?.protocol === "https:" && !isLoopback(hostName(request.headers.host) ?? "");
}

/** What a CSRF token is bound to: the session, once there is one. */
export function csrfUser(request: FastifyRequest): string {
  return request.session.signedInMs === undefined ? "nobody" : request.session.sessionId;
}

/** A token for the forms and writes of the page that this request asks for. */
export function csrfToken(request: FastifyRequest, reply: FastifyReply, publicUrl: URL | null): string {
  return reply.generateCsrf({ secure: isSecure(request, publicUrl), userInfo: csrfUser(request) });
}

/**
 * Whether a write comes from our own page. Browsers send Origin and Sec-Fetch-Site with every POST; a program that
 * sends neither still needs the session and the CSRF token.
 */
function isSameSite(request: FastifyRequest): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  const { origin, host } = request.headers;
  return origin === undefined || URL.parse(origin)?.host === host;
}

/** The checks and headers that every answer has: Host, same site, content security policy. */
export async function guard(app: FastifyInstance, parts: GuardParts): Promise<void> {
  const { listenHost, publicUrl } = parts;
  const publicHost = publicUrl === null ? null : hostName(publicUrl.host);

  app.addHook("onRequest", async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.url === "/healthz") return;
    const name = hostName(request.headers.host);
    if (name === null || !isHostAllowed(name, listenHost, publicHost)) {
      await reply.code(421).send({
        code: "DW_HTTP_HOST",
        error: "This name is not one of this server's. Set http.publicUrl to the address that you use.",
      });
    } else if (!SAFE_METHODS.has(request.method) && !isSameSite(request)) {
      await reply.code(403).send({ code: "DW_HTTP_ORIGIN", error: "The request came from another site." });
    }
  });

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
      },
    },
    frameguard: { action: "deny" },
    // Not `no-referrer`: under it a browser sends `Origin: null` with our own forms.
    referrerPolicy: { policy: "same-origin" },
    // Over plain http on loopback these say nothing, or lock a developer out of other things on localhost.
    hsts: publicUrl?.protocol === "https:" ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    crossOriginOpenerPolicy: publicUrl?.protocol === "https:" ? { policy: "same-origin" } : false,
    originAgentCluster: false,
  });

  app.addHook("onSend", async (_request, reply) => {
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
}
