import { scryptSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type OpenFeed, openFeed } from "../../src/http/feed.ts";
import { type HttpParts, type HttpServer, openHttp } from "../../src/http/server.ts";
import { epochMs } from "../../src/model/ids.ts";
import type { SourceHealth } from "../../src/model/line.ts";
import type { Store } from "../../src/ports/store.ts";
import { openStore } from "../../src/store/sqlite/store.ts";

export const PASSWORD = "correct horse battery";

/** The same password at a price that hundreds of tests can pay. */
const CHEAP_HASH = `scrypt$1024$1$1$c2FsdHNhbHQ$${scryptSync(PASSWORD, Buffer.from("saltsalt"), 32, { N: 1024, r: 1, p: 1 }).toString("base64url")}`;

/** A page over a real store and real sockets, with a clock that the test sets. */
export interface Stand extends AsyncDisposable {
  server: HttpServer;
  readonly store: Store;
  readonly feed: OpenFeed;
  readonly clock: { nowMs: number };
  readonly health: SourceHealth[];
  readonly logged: { level: string; fields: object; text: string }[];
  /** Ends the server and starts it anew over the same store, at the same address. */
  restart(): Promise<void>;
}

const upSource = (source: SourceHealth["source"], nowMs: number): SourceHealth => ({
  source,
  state: "up",
  sinceMs: epochMs(nowMs - 60_000),
  detail: `follows the ${source} source`,
  mend: null,
  lines: 12,
  bytes: 3456,
  lastLineMs: epochMs(nowMs - 3000),
});

/** Opens a stand; `nowMs` defaults to the time of day. With `isNew` the password is yet to be set. */
export async function openStand(
  settings: Partial<Pick<HttpParts, "listen" | "publicUrl" | "feed">> & {
    readonly nowMs?: number;
    readonly isNew?: boolean;
  } = {},
): Promise<Stand> {
  const directory = mkdtempSync(join(tmpdir(), "dockwarden-http-"));
  const store = openStore(join(directory, "test.db"));
  if (settings.isNew !== true) store.setSetting("http.password", CHEAP_HASH);
  const feed = openFeed(20);
  const openedMs = Date.now();
  const clock = { nowMs: settings.nowMs ?? openedMs };
  const health = (["audit", "docker", "sshd"] as const).map((source) => upSource(source, clock.nowMs));
  const logged: Stand["logged"] = [];
  const log =
    (level: string) =>
    (fields: object, text: string): void =>
      void logged.push({ level, fields, text });
  let startedMs = clock.nowMs;
  let listen = settings.listen ?? "127.0.0.1:0";
  const open = (): Promise<HttpServer> =>
    openHttp({
      listen,
      publicUrl: settings.publicUrl ?? null,
      reads: store,
      edits: store,
      settings: store,
      health: () => health,
      facts: () => ({
        version: "0.0.0-test",
        hostname: "testhost",
        startedMs,
        database: join(directory, "test.db"),
        rules: { loaded: 7, refused: 0 },
        deliveries: { pending: 0, dead: 0 },
      }),
      feed: settings.feed ?? feed,
      // Where a test asks for no time of its own, the clock runs.
      clock: { now: () => clock.nowMs + (settings.nowMs === undefined ? Date.now() - openedMs : 0) },
      log: { info: log("info"), warn: log("warn"), error: log("error") },
    });
  const stand: Stand = {
    server: await open(),
    store,
    feed,
    clock,
    health,
    logged,
    async restart() {
      await stand.server[Symbol.asyncDispose]();
      listen = new URL(stand.server.url).host;
      startedMs += 1;
      stand.server = await open();
    },
    async [Symbol.asyncDispose]() {
      await stand.server[Symbol.asyncDispose]();
      feed[Symbol.dispose]();
      store[Symbol.dispose]();
      rmSync(directory, { recursive: true });
    },
  };
  return stand;
}

/** One answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What a browser does with cookies and forms, and nothing more; it may claim any Host. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  constructor(base: string, headers: Readonly<Record<string, string>> = {}) {
    this.#base = base;
    this.#headers = headers;
  }

  get cookieHeader(): Readonly<Record<string, string>> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return cookie === "" ? {} : { cookie };
  }

  async ask(
    path: string,
    init: {
      readonly method?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    } = {},
  ): Promise<Answer> {
    const headers = { ...this.#headers, ...this.cookieHeader, ...init.headers };
    const sent = request(this.#base + path, { method: init.method ?? "GET", headers, agent: false });
    sent.end(init.body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    const body = await text(response);
    for (const line of response.headers["set-cookie"] ?? []) {
      const [name = "", value = ""] = (line.split(";", 1)[0] ?? "").split(/=(.*)/s);
      if (value === "" || /expires=thu, 01 jan 1970/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: response.statusCode ?? 0, headers: response.headers, text: body };
  }

  /** Opens a page with a form and sends it, CSRF token and hidden fields included. */
  async submit(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const { text: page } = await this.ask(path);
    const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(
      ([, name = "", value = ""]) => [name, value] as const,
    );
    const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1] ?? path;
    return this.post(action, { ...Object.fromEntries(hidden), ...fields });
  }

  post(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return this.ask(path, { method: "POST", headers, body: new URLSearchParams(fields).toString() });
  }

  /** The token that the page's own script sends with writes. */
  async csrfToken(): Promise<string> {
    const { text: page } = await this.ask("/");
    return /name="csrf-token" content="([^"]+)"/.exec(page)?.[1] ?? "";
  }
}

/** The set-up link's path and token. */
export function setupPath(stand: Stand): string {
  const url = new URL(stand.server.setupLink ?? "");
  return url.pathname + url.search;
}

/** A visitor who has set the password up by the link and is signed in. */
export async function signedInVisitor(stand: Stand): Promise<Visitor> {
  const visitor = new Visitor(stand.server.url);
  if (stand.server.setupLink === null) await visitor.submit("/login", { password: PASSWORD });
  else await visitor.submit(setupPath(stand), { password: PASSWORD, repeat: PASSWORD });
  return visitor;
}
