import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Position } from "../../../src/model/line.ts";
import type { DockerEndpoint } from "../../../src/model/settings.ts";
import { guarded } from "../../../src/sources/docker/client.ts";
import { openDockerSource } from "../../../src/sources/docker.ts";
import { openFolder } from "../follow.ts";
import { collect } from "./collect.ts";
import { CID, Daemon, EID, event, listen, NOW, nanos } from "./daemon.ts";

const clock = { now: () => Date.now() };
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(2);
}
const atNow: Position = { kind: "docker", sinceNano: String(NOW), seen: [] };

describe("the Docker source", () => {
  it("sends nothing but GET, whatever happens, and cannot be made to", async () => {
    using folder = openFolder();
    const socket = join(folder.path, "docker.sock");
    const daemon = new Daemon();
    daemon.say(event("create", NOW));
    await using _ = await listen(createServer(daemon.answer), socket);
    await using run = collect(openDockerSource({ endpoint: { socket }, clock }), null);
    await until(() => daemon.live.size > 0);
    for (const action of ["start", "exec_create: sh", "exec_start: sh", "kill", "die", "destroy"])
      daemon.say(event(action, NOW + 1n, { execID: EID }));
    await until(() => run.actionsOf(CID).includes("destroy"));
    daemon.hangUp();
    await until(() => daemon.live.size > 0);

    const docker = guarded({ socketPath: socket });
    await expect(docker.createContainer({ Image: "bb:1" })).rejects.toThrow("only GET is ever sent");
    await expect(docker.getContainer(CID).remove()).rejects.toThrow("only GET is ever sent");
    await expect(docker.getContainer(CID).start()).rejects.toThrow("only GET is ever sent");

    expect(new Set(daemon.requests.map((line) => line.split(" ")[0]))).toEqual(new Set(["GET"]));
    expect(new Set(daemon.requests.map((line) => line.split(/[ ?]/)[1]))).toEqual(
      new Set([
        "/version",
        "/v1.41/containers/json",
        "/v1.41/info",
        "/v1.41/events",
        `/v1.41/containers/${CID}/json`,
        `/v1.41/exec/${EID}/json`,
      ]),
    );
  });

  it("goes on after a lost connection without losing or doubling an event", async () => {
    using folder = openFolder();
    const socket = join(folder.path, "docker.sock");
    const daemon = new Daemon();
    daemon.say(event("create", NOW));
    await using _ = await listen(createServer(daemon.answer), socket);
    await using run = collect(openDockerSource({ endpoint: { socket }, clock }), null);
    await until(() => daemon.live.size > 0);
    const now = nanos();
    daemon.say(event("start", now + 10n));
    await until(() => run.actionsOf(CID).includes("start"));

    daemon.hangUp();
    daemon.say(event("die", now + 20n));
    await until(() => run.actionsOf(CID).includes("die"));
    // Stamped earlier, said later: it must not be taken for a repetition.
    daemon.say(event("start", now + 15n));
    daemon.say(event("destroy", now + 30n));
    await until(() => run.actionsOf(CID).includes("destroy"));

    expect(run.actionsOf(CID)).toEqual(["create", "start", "die", "start", "destroy"]);
    expect(run.notices).toEqual(["reconnected"]);
    expect(run.events.map((one) => one.timeNano)).toContain(String(now + 10n));
  });

  it("gives once what it concluded from the list and the daemon only says afterwards", async () => {
    using folder = openFolder();
    const socket = join(folder.path, "docker.sock");
    const daemon = new Daemon();
    const soon = new Date(Number(NOW / 1_000_000n) + 1000).toISOString();
    daemon.state = { Created: soon, State: { Running: true, StartedAt: soon } };
    await using _ = await listen(createServer(daemon.answer), socket);
    const forgotten: Position = { ...atNow, seen: [`docker:${NOW}:container:start:${"d".repeat(64)}`] };
    await using run = collect(openDockerSource({ endpoint: { socket }, clock }), forgotten);
    await until(() => daemon.live.size > 0);
    expect(run.actionsOf(CID)).toEqual(["create*", "start*"]);

    const later = NOW + 1_100_000_000n;
    for (const [at, action] of ["create", "start"].entries()) daemon.say(event(action, later + BigInt(at)));
    daemon.hangUp();
    await until(() => daemon.live.size > 0);
    for (const [at, action] of ["die", "start", "destroy"].entries())
      daemon.say(event(action, later + 2n + BigInt(at)));
    await until(() => run.actionsOf(CID).includes("destroy"));

    expect(run.actionsOf(CID)).toEqual(["create*", "start*", "die", "start", "destroy"]);

    // A restart has forgotten what was concluded, and the container is gone: the daemon repeats its last second.
    await using after = collect(openDockerSource({ endpoint: { socket }, clock }), run.position);
    daemon.say(event("create", later + 10n));
    await until(() => after.events.length > 0);

    expect(after.actionsOf(CID)).toEqual(["create"]);
  });

  it("concludes nothing of what was destroyed while it asked", async () => {
    using folder = openFolder();
    const socket = join(folder.path, "docker.sock");
    const daemon = new Daemon();
    const soon = new Date(Number(NOW / 1_000_000n) + 1).toISOString();
    daemon.state = { Created: soon, State: { Running: false, StartedAt: soon, FinishedAt: soon } };
    const life = ["create", "start", "die", "destroy"];
    for (const [at, action] of life.entries()) daemon.say(event(action, NOW + 2_000_000n + BigInt(at)));
    await using _ = await listen(createServer(daemon.answer), socket);
    const forgotten: Position = { ...atNow, seen: [`docker:${NOW}:container:start:${"d".repeat(64)}`] };
    await using run = collect(openDockerSource({ endpoint: { socket }, clock }), forgotten);
    await until(() => run.actionsOf(CID).includes("destroy"));

    expect(run.actionsOf(CID)).toEqual(life);
  });

  it("keeps the order, and gives an event without facts when inspect does not answer", async () => {
    using folder = openFolder();
    const socket = join(folder.path, "docker.sock");
    const daemon = new Daemon();
    daemon.containers = [];
    daemon.silentInspect = true;
    await using _ = await listen(createServer(daemon.answer), socket);
    await using run = collect(openDockerSource({ endpoint: { socket }, clock }), atNow);
    await until(() => daemon.live.size > 0);

    for (let i = 0n; i < 40n; i += 1n) daemon.say(event(i % 2n === 0n ? "create" : "kill", NOW + i));
    await until(() => run.events.length === 40);

    expect(run.events.map((one) => one.timeNano)).toEqual(
      Array.from({ length: 40 }, (_0, i) => String(NOW + BigInt(i))),
    );
    expect(run.events.every((one) => one.inspect === null)).toBe(true);
    expect(run.notices.filter((kind) => kind === "fault")).toHaveLength(20);
  });

  it("keeps what is no event verbatim, and goes on", async () => {
    using folder = openFolder();
    const socket = join(folder.path, "docker.sock");
    const daemon = new Daemon();
    await using _ = await listen(createServer(daemon.answer), socket);
    await using run = collect(openDockerSource({ endpoint: { socket }, clock }), atNow);
    await until(() => daemon.live.size > 0);

    daemon.say('{"broken":\n');
    daemon.say(`${"[".repeat(100_000)}\n`);
    daemon.say('{"no":"time"}\n');
    daemon.say(event("die", NOW + 5n));
    await until(() => run.actionsOf(CID).includes("die"));

    const lines = Buffer.concat(run.batches.map((batch) => batch.bytes))
      .toString()
      .split("\n");
    expect(lines[0]).toBe('{"event":"{\\"broken\\":","inspect":null,"inferred":false}');
    expect(lines[2]).toBe('{"event":{"no":"time"},"inspect":null,"inferred":false}');
  });

  it.each([
    ["1.24", "/v1.24/events"],
    ["1.99", "/v1.51/events"],
  ])("asks a daemon of API %s by %s", async (apiVersion, path) => {
    using folder = openFolder();
    const socket = join(folder.path, "docker.sock");
    const daemon = new Daemon();
    daemon.apiVersion = apiVersion;
    await using _ = await listen(createServer(daemon.answer), socket);
    await using run = collect(openDockerSource({ endpoint: { socket }, clock }), null);

    await until(() => daemon.live.size > 0);

    expect(daemon.requests.some((line) => line.startsWith(`GET ${path}`))).toBe(true);
    expect(run.batches.length).toBeGreaterThan(0);
  });
});

describe("a daemon out of reach", () => {
  const stateOf = async (endpoint: DockerEndpoint) => {
    const source = openDockerSource({ endpoint, clock });
    await using run = collect(source, null);
    await until(() => source.health().state === "down");
    expect(run.events).toEqual([]);
    return source.health();
  };

  it("is told with what mends it: no socket, nobody there", async () => {
    using folder = openFolder();
    const missing = join(folder.path, "docker.sock");
    const dead = join(folder.path, "dead.sock");
    // A socket that its server left behind.
    const script = `require("net").createServer().listen(${JSON.stringify(dead)}, () => process.kill(process.pid, 9))`;
    spawnSync(process.execPath, ["-e", script]);

    expect(await stateOf({ socket: missing })).toMatchObject({
      detail: `${missing} is missing`,
      mend: "apt-get install docker.io && systemctl enable --now docker",
    });
    expect(await stateOf({ socket: dead })).toMatchObject({
      detail: `nobody listens on ${dead}`,
      mend: "systemctl restart docker",
    });
  });

  it("is verified over TLS, both ways, and each failure is named", async () => {
    using folder = openFolder();
    const at = (name: string): string => join(folder.path, name);
    const openssl = (...args: string[]): unknown => execFileSync("openssl", args, { stdio: "pipe" });
    for (const ca of ["ca", "other"])
      openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        `/CN=${ca}`,
        "-keyout",
        at(`${ca}.key`),
        "-out",
        at(`${ca}.pem`),
      );
    writeFileSync(at("san"), "subjectAltName=IP:127.0.0.1\n");
    for (const name of ["server", "client"]) {
      openssl(
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        `/CN=${name}`,
        "-keyout",
        at(`${name}.key`),
        "-out",
        at(`${name}.csr`),
      );
      openssl(
        "x509",
        "-req",
        "-in",
        at(`${name}.csr`),
        "-CA",
        at("ca.pem"),
        "-CAkey",
        at("ca.key"),
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        at("san"),
        "-out",
        at(`${name}.pem`),
      );
    }
    const daemon = new Daemon();
    daemon.say(event("create", NOW));
    const server = createTlsServer(
      {
        key: readFileSync(at("server.key")),
        cert: readFileSync(at("server.pem")),
        ca: readFileSync(at("ca.pem")),
        requestCert: true,
        rejectUnauthorized: true,
      },
      daemon.answer,
    );
    await using listening = await listen(server);
    const { port } = listening;
    const endpoint = {
      host: "127.0.0.1",
      port,
      ca: at("ca.pem"),
      cert: at("client.pem"),
      key: at("client.key"),
    };

    await using run = collect(openDockerSource({ endpoint, clock }), null);
    await until(() => run.actionsOf(CID).includes("create"));

    expect(await stateOf({ ...endpoint, ca: at("other.pem") })).toMatchObject({
      detail: expect.stringMatching(/^127\.0\.0\.1:\d+: TLS failed: .*certificate/),
      mend: expect.stringContaining("openssl s_client"),
    });
    expect(await stateOf({ ...endpoint, host: "localhost" })).toMatchObject({
      detail: expect.stringContaining("altnames"),
    });
    expect(await stateOf({ ...endpoint, cert: at("other.pem"), key: at("other.key") })).toMatchObject({
      state: "down",
    });
    expect(await stateOf({ ...endpoint, ca: at("no-such.pem") })).toMatchObject({
      detail: expect.stringContaining(`${at("no-such.pem")}: expected a readable PEM file`),
    });
  });
});
