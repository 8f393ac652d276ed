import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { DockwardenError } from "../../model/fault.ts";
import type { DockerEndpoint } from "../../model/settings.ts";
import { loadDockerode } from "./dockerode.ts";

/** The daemon's questions that we ask; all of them GET. What a container, an exec or a list looks like is the reader's to judge. */
export interface DockerQuestions {
  /** The raw stream of events since a time `SECONDS.NANOS`; with `until` it ends there. */
  events(since: string, until: string | null, signal: AbortSignal): Promise<Readable>;
  /** All containers, also those that do not run. */
  containers(signal: AbortSignal): Promise<readonly unknown[]>;
  /** @returns null where there is no such container. */
  container(id: string, signal: AbortSignal): Promise<unknown>;
  /** @returns null where there is no such exec (any more). */
  exec(id: string, signal: AbortSignal): Promise<unknown>;
  /** The daemon's own time of day, RFC 3339; null where it does not say. */
  time(signal: AbortSignal): Promise<string | null>;
}

/** The newest API whose events and inspect answers are known here; older daemons are asked in their own version. */
const NEWEST_API = [1, 51] as const;
/** The oldest API with `since` in nanoseconds and `Type`/`Action` in events. */
const OLDEST_API = [1, 24] as const;

/**
 * Connects to a daemon and agrees on a version with it. No other method than GET can leave: the one way out of dockerode is guarded.
 * @throws the system's or TLS's error; DockwardenError DW_DOCKER_TLS_FILE, DW_DOCKER_VERSION.
 */
export async function connectDocker(endpoint: DockerEndpoint, signal: AbortSignal): Promise<DockerQuestions> {
  const options = await optionsOf(endpoint);
  const version = await asking(guarded(options)).version({ abortSignal: signal });
  const docker = asking(guarded({ ...options, version: agreedVersion(version) }));
  return {
    events(since, until, ending) {
      const span = until === null ? { since } : { since, until };
      return docker.getEvents({ ...span, abortSignal: ending });
    },
    containers: (ending) => docker.listContainers({ all: true, abortSignal: ending }),
    container: (id, ending) => orGone(docker.getContainer(id).inspect({ abortSignal: ending })),
    exec: (id, ending) => orGone(docker.getExec(id).inspect({ abortSignal: ending })),
    async time(ending) {
      return textAt(await docker.info({ abortSignal: ending }), "SystemTime");
    },
  };
}

/** What is used of dockerode. Its own types know neither `abortSignal` everywhere nor a `since` with nanoseconds. */
interface Asking {
  version(options: Ending): Promise<unknown>;
  info(options: Ending): Promise<unknown>;
  getEvents(options: Ending & { since: string; until?: string }): Promise<Readable>;
  listContainers(options: Ending & { all: boolean }): Promise<readonly unknown[]>;
  getContainer(id: string): { inspect(options: Ending): Promise<unknown> };
  getExec(id: string): { inspect(options: Ending): Promise<unknown> };
}
interface Ending {
  readonly abortSignal: AbortSignal;
}
const asking = (docker: Docker): Asking => docker as unknown as Asking;

/** @throws DockwardenError DW_DOCKER_METHOD from any call that is not a GET. */
export function guarded(options: Docker.DockerOptions): Docker {
  const docker = new (loadDockerode())(options);
  const modem = docker.modem as { dial: (call: { method?: string; path?: string }, done: unknown) => void };
  const dial = modem.dial.bind(modem);
  modem.dial = (call, done) => {
    if (call.method !== "GET")
      throw new DockwardenError(
        "DW_DOCKER_METHOD",
        `${call.method ?? "?"} ${call.path ?? ""}: only GET is ever sent`,
      );
    dial(call, done);
  };
  return docker;
}

/** Every option is named: docker-modem fills what is left out from DOCKER_HOST and its like. */
async function optionsOf(endpoint: DockerEndpoint): Promise<Docker.DockerOptions> {
  const unset = {
    host: undefined,
    port: undefined,
    socketPath: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
  };
  if ("socket" in endpoint) return named({ ...unset, socketPath: endpoint.socket, protocol: "http" });
  const { host, port } = endpoint;
  const [ca, cert, key] = await Promise.all([endpoint.ca, endpoint.cert, endpoint.key].map(pem));
  return named({ ...unset, host, port, protocol: "https", ca, cert, key });
}

const named = (options: object): Docker.DockerOptions => ({ ...options, timeout: undefined });

async function pem(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new DockwardenError("DW_DOCKER_TLS_FILE", `${file}: expected a readable PEM file`, { cause });
  }
}

function agreedVersion(answer: unknown): string {
  const theirs = numbersOf(textAt(answer, "ApiVersion"));
  if (theirs === null || compare(theirs, OLDEST_API) < 0)
    throw new DockwardenError(
      "DW_DOCKER_VERSION",
      `expected a Docker API of ${OLDEST_API.join(".")} or newer, got ${textAt(answer, "ApiVersion") ?? "none"}`,
    );
  const least = numbersOf(textAt(answer, "MinAPIVersion")) ?? OLDEST_API;
  const newest = compare(least, NEWEST_API) > 0 ? least : NEWEST_API;
  return `v${(compare(theirs, newest) < 0 ? theirs : newest).join(".")}`;
}

type ApiVersion = readonly [major: number, minor: number];
const compare = (a: ApiVersion, b: ApiVersion): number => a[0] - b[0] || a[1] - b[1];
function numbersOf(text: string | null): ApiVersion | null {
  const match = /^(\d{1,4})\.(\d{1,4})$/.exec(text ?? "");
  return match === null ? null : [Number(match[1]), Number(match[2])];
}

function textAt(answer: unknown, field: string): string | null {
  if (typeof answer !== "object" || answer === null) return null;
  const value: unknown = (answer as Record<string, unknown>)[field];
  return typeof value === "string" ? value : null;
}

async function orGone(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (typeof error === "object" && error !== null && "statusCode" in error && error.statusCode === 404)
      return null;
    throw error;
  }
}
