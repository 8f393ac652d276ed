import { once } from "node:events";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { type Dockerd, dockerCall } from "./dockerd.ts";

/**
 * Writes down what Docker says, in the form that `dockwarden replay` reads: `docker-events.jsonl` as the daemon sent it,
 * and `inspect/ID.json`, `{"create": …, "start": …}`, fetched right after those events.
 */
export async function recordDocker(docker: Dockerd, directory: string): Promise<AsyncDisposable> {
  mkdirSync(join(directory, "inspect"), { recursive: true });
  const log = join(directory, "docker-events.jsonl");
  writeFileSync(log, "");
  const inspected = new Map<string, Record<string, unknown>>();
  const pending: Promise<void>[] = [];

  async function inspect(id: string, action: string): Promise<void> {
    const { status, body } = await dockerCall(docker.socket, "GET", `/containers/${id}/json`);
    if (status !== 200) return;
    const file = { ...inspected.get(id), [action]: body };
    inspected.set(id, file);
    writeFileSync(join(directory, "inspect", `${id}.json`), `${JSON.stringify(file, null, 1)}\n`);
  }

  const call = request({
    socketPath: docker.socket,
    path: "/v1.41/events",
    headers: { host: "docker" },
  }).end();
  const [stream] = (await once(call, "response")) as [IncomingMessage];
  let rest = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter((candidate) => candidate !== "")) {
      appendFileSync(log, `${line}\n`);
      const { Type, Action, Actor } = JSON.parse(line) as {
        Type: string;
        Action: string;
        Actor: { ID: string };
      };
      if (Type === "container" && (Action === "create" || Action === "start"))
        pending.push(inspect(Actor.ID, Action));
    }
  });
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(pending);
      stream.destroy();
    },
  };
}
