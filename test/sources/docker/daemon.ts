import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";

export const CID = "c".repeat(64);
export const EID = "e".repeat(64);

/** One event of that container as the daemon says it. */
export function event(action: string, timeNano: bigint, attributes: object = {}): string {
  const Actor = { ID: CID, Attributes: { image: "bb:1", name: "web1", ...attributes } };
  const json = JSON.stringify({
    Type: "container",
    Action: action,
    Actor,
    time: Number(timeNano / 1_000_000_000n),
  });
  return `${json.slice(0, -1)},"timeNano":${timeNano}}\n`;
}

export const nanos = (): bigint => BigInt(Date.now()) * 1_000_000n;
export const NOW = nanos();

/** A server that speaks the daemon's API and writes down each request; what it answers is the test's. */
export class Daemon {
  readonly requests: string[] = [];
  /** Events it remembers. */
  memory: string[] = [];
  live = new Set<ServerResponse>();
  containers: string[] = [CID];
  silentInspect = false;
  state: object = { Created: "2020-01-01T00:00:00Z", State: { Running: false } };
  apiVersion = "1.41";

  readonly answer: RequestListener = (request, response) => {
    const { method = "", url = "" } = request;
    this.requests.push(`${method} ${url}`);
    const path = url.replace(/^\/v1\.\d+/, "").split("?")[0] ?? "";
    if (path === "/version") json(response, { ApiVersion: this.apiVersion, MinAPIVersion: "1.12" });
    else if (path === "/info") json(response, { SystemTime: new Date().toISOString() });
    else if (path === "/containers/json")
      json(
        response,
        this.containers.map((Id) => ({ Id })),
      );
    else if (path.startsWith("/events")) this.events(request, response);
    else if (this.silentInspect) return;
    else if (path === `/containers/${CID}/json` && this.containers.includes(CID))
      json(response, {
        Id: CID,
        Name: "/web1",
        ...this.state,
        Config: { Image: "bb:1" },
      });
    else if (path === `/exec/${EID}/json`) json(response, { ID: EID, ProcessConfig: { user: "0" } });
    else {
      response.statusCode = 404;
      json(response, { message: "no such thing" });
    }
  };
  private events(request: IncomingMessage, response: ServerResponse): void {
    const { searchParams } = new URL(request.url ?? "", "http://docker");
    const since = Number(searchParams.get("since"));
    const until = searchParams.get("until");
    response.writeHead(200, { "content-type": "application/json" });
    for (const line of this.memory) {
      const seconds = Number(/"timeNano":(\d+)/.exec(line)?.[1]) / 1e9;
      if (seconds >= since && (until === null || seconds <= Number(until))) response.write(line);
    }
    response.flushHeaders();
    if (until !== null) response.end();
    else this.live.add(response);
  }
  say(text: string): void {
    this.memory.push(text);
    for (const response of this.live) response.write(text);
  }
  hangUp(): void {
    for (const response of this.live) response.destroy();
    this.live.clear();
  }
}

function json(response: ServerResponse, body: unknown): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(body));
}

/** Listens at a port of its own, or at a socket. */
export async function listen(server: Server, at?: string): Promise<AsyncDisposable & { port: number }> {
  await new Promise<void>((resolve) => {
    if (at === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(at, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
