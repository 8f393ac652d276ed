import { once } from "node:events";
import { chmodSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import type { LabHost } from "../harness/index.ts";

/** One call of the API as dockerd itself saw it. `op` is the marker that the driver gave to the client that made it. */
export interface ApiCall {
  readonly op: string | null;
  readonly method: string;
  readonly uri: string;
  readonly startMs: number;
  endMs: number | null;
  /** What the call made: a container's id, an exec's. */
  id: string | null;
}

export interface Oracle extends AsyncDisposable {
  readonly calls: readonly ApiCall[];
}

const NAME = "dwtruth";

/**
 * The ground truth: a Docker authorization plugin that sees every call with the `X-Op` header that the driver put into
 * the client's environment (DOCKER_CUSTOM_HEADERS), never into its arguments, so that no log has it. Start it before
 * dockerd, which reads of it in daemon.json.
 */
export async function startOracle(host: LabHost): Promise<Oracle> {
  const calls: ApiCall[] = [];
  const open = new Map<string, ApiCall[]>();
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      if (request.url === "/Plugin.Activate") {
        response.end(JSON.stringify({ Implements: ["authz"] }));
        return;
      }
      note(request.url ?? "", JSON.parse(body.toString()) as Asked);
      response.end(JSON.stringify({ Allow: true }));
    });
  });

  interface Asked {
    readonly RequestMethod: string;
    readonly RequestUri: string;
    readonly RequestHeaders?: Readonly<Record<string, string>>;
    readonly ResponseBody?: string;
  }
  function note(url: string, asked: Asked): void {
    const nowMs = performance.timeOrigin + performance.now();
    const op = asked.RequestHeaders?.["X-Op"] ?? null;
    const key = `${op} ${asked.RequestMethod} ${asked.RequestUri}`;
    if (url.endsWith("Req")) {
      const call: ApiCall = {
        op,
        method: asked.RequestMethod,
        uri: asked.RequestUri,
        startMs: nowMs,
        endMs: null,
        id: null,
      };
      calls.push(call);
      open.set(key, [...(open.get(key) ?? []), call]);
      return;
    }
    const call = open.get(key)?.shift();
    if (call === undefined) return;
    call.endMs = nowMs;
    if (asked.RequestMethod !== "POST" || asked.ResponseBody === undefined) return;
    const answer = Buffer.from(asked.ResponseBody, "base64").toString();
    call.id = /"Id":\s*"([^"]+)"/.exec(answer)?.[1] ?? null;
  }

  mkdirSync(host.path("/run/docker/plugins"), { recursive: true });
  server.listen(host.path(`/run/docker/plugins/${NAME}.sock`));
  await once(server, "listening");
  chmodSync(host.path(`/run/docker/plugins/${NAME}.sock`), 0o600);
  host.write("/etc/docker/daemon.json", JSON.stringify({ "authorization-plugins": [NAME] }));
  return {
    calls,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
