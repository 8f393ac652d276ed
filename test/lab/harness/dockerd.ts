import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { type Program, runProgram } from "./program.ts";

/** A running dockerd on /run/docker.sock of the host, with one image `bb:1` (busybox). */
export interface Dockerd extends AsyncDisposable {
  readonly pid: number;
  /** Outside's name of a second socket: no audit rule sees the harness's own calls. */
  readonly socket: string;
  /** One call of its API; JSON where the answer is JSON, else the text. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** Ends dockerd and starts it again; containers go on where `live-restore` is set, else they end. */
  restart(): Promise<void>;
}

const ARGV =
  "dockerd --iptables=false --ip6tables=false --bridge=none -H unix:///run/docker.sock -H unix:///run/docker-lab.sock --data-root /var/lib/docker --exec-root /run/docker -p /run/docker.pid".split(
    " ",
  );

/**
 * Starts dockerd with its own containerd, both in the host. No registry and no network are needed.
 * @param more further arguments, as `-H tcp://127.0.0.1:2375`.
 */
export async function startDockerd(host: LabHost, more: readonly string[] = []): Promise<Dockerd> {
  await host.run(["groupadd", "-f", "-r", "docker"]);
  const socket = host.path("/run/docker-lab.sock");
  const call = (method: string, path: string, body?: unknown) => dockerCall(socket, method, path, body);
  const launch = async (): Promise<Program> => {
    const program = host.start([...ARGV, ...more], { graceMs: 30_000 });
    await eventually("dockerd to answer", async () => {
      if (program.exit() !== null) throw new Error(program.output());
      return (await call("GET", "/_ping")).status === 200;
    });
    return program;
  };
  let program = await launch();
  try {
    if ((await call("GET", "/images/bb:1/json")).status !== 200) await importBusybox(call);
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
  return {
    get pid() {
      return program.pid;
    },
    socket,
    call,
    async restart() {
      await program[Symbol.asyncDispose]();
      program = await launch();
    },
    async [Symbol.asyncDispose]() {
      // Without this dockerd waits 10 s for each container whose first program ignores SIGTERM.
      const list = await call("GET", "/containers/json?all=1").catch(() => ({ body: [] }));
      for (const { Id } of list.body as { Id: string }[]) await call("DELETE", `/containers/${Id}?force=1`);
      await program[Symbol.asyncDispose]();
    },
  };
}

async function importBusybox(call: Dockerd["call"]): Promise<void> {
  const image = mkdtempSync(join(tmpdir(), "dockwarden-image-"));
  try {
    for (const folder of ["bin", "tmp", "etc", "root", "proc", "sys", "dev", "run"])
      mkdirSync(join(image, folder));
    copyFileSync("/bin/busybox", join(image, "bin/busybox"));
    chmodSync(join(image, "bin/busybox"), 0o755);
    for (const link of [
      "sh",
      "ls",
      "cat",
      "sleep",
      "id",
      "touch",
      "chmod",
      "wget",
      "ps",
      "cp",
      "true",
      "mount",
      "env",
    ])
      await runProgram(["ln", "-s", "busybox", join(image, "bin", link)]);
    const tar = join(image, "../", `${Date.now()}-${process.pid}.tar`);
    await runProgram(["tar", "-C", image, "--owner=0", "--group=0", "-cf", tar, "."]);
    const bytes = readFileSync(tar);
    rmSync(tar);
    const { status, body } = await call("POST", "/images/create?fromSrc=-&repo=bb&tag=1", bytes);
    if (status !== 200) throw new Error(`import of the image: ${status} ${JSON.stringify(body)}`);
  } finally {
    rmSync(image, { recursive: true, force: true });
  }
}

/** One call of a Docker daemon's API over its Unix socket. */
export async function dockerCall(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const type = Buffer.isBuffer(body) ? "application/x-tar" : "application/json";
  request(
    { socketPath, method, path: `/v1.41${path}`, headers: { "content-type": type, host: "docker" } },
    resolve,
  )
    .on("error", reject)
    .end(body === undefined ? undefined : Buffer.isBuffer(body) ? body : JSON.stringify(body));
  const response = await promise;
  const text = (await buffer(response)).toString();
  const isJson = response.headers["content-type"]?.includes("json") && text.trim() !== "";
  try {
    return { status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text };
  } catch {
    return { status: response.statusCode ?? 0, body: text };
  }
}
