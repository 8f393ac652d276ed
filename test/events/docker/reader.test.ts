import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dockerLinesOf, openDockerReader } from "../../../src/events/docker/index.ts";
import type { DockerEvent } from "../../../src/model/event.ts";
import { epochMs } from "../../../src/model/ids.ts";
import type { LineBatch } from "../../../src/model/line.ts";

const FIXTURE = join(import.meta.dirname, "fixtures/dockerd-20.10");
const CID = "c".repeat(64);

const batch = (bytes: Buffer): LineBatch => ({
  source: "docker",
  bytes,
  position: { kind: "docker", sinceNano: "0", seen: [] },
  backfill: false,
  notices: [],
  readMs: epochMs(0),
});
const read = (text: string | Buffer) => openDockerReader().push(batch(Buffer.from(text)));
const lineOf = (event: object | string, inspect: object | null = null): string =>
  `{"event":${typeof event === "string" ? event : JSON.stringify(event)},"inspect":${JSON.stringify(inspect)},"inferred":false}\n`;
function one(text: string): DockerEvent {
  const { events, faults } = read(text);
  expect(faults).toEqual([]);
  if (events[0] === undefined) throw new Error("no event");
  return events[0];
}

describe("a capture of dockerd 20.10", () => {
  const { events, faults } = read(readFileSync(join(FIXTURE, "input.log")));
  const find = (name: string, action: string): DockerEvent => {
    const found = events.find((event) => event.name === name && event.action === action);
    if (found === undefined) throw new Error(`${name} ${action} is not there`);
    return found;
  };

  it("is understood as a whole", async () => {
    expect(faults).toEqual([]);
    await expect(`${JSON.stringify(events, null, 1)}\n`).toMatchFileSnapshot(join(FIXTURE, "expected.json"));
  });

  it("shows what is risky about a container", () => {
    expect(find("priv", "create").facts?.privileged).toBe(true);
    expect(find("risky", "create").facts).toMatchObject({
      privileged: false,
      capAdd: ["CAP_SYS_ADMIN"],
      capDrop: ["ALL"],
      pidMode: "host",
      ipcMode: "host",
      utsMode: "host",
      networkMode: "host",
      securityOpt: ["seccomp=unconfined", "apparmor=unconfined", "label=disable"],
      user: "1000:1000",
      readonlyRootfs: true,
      devices: ["/dev/null"],
      memoryBytes: 64 * 1024 * 1024,
      pidsLimit: 50,
      restartPolicy: "on-failure",
      image: "bb:1",
      command: ["/bin/sleep", "60"],
      labels: { team: "Zürich", "com.docker.compose.project": "shop" },
    });
    expect(find("risky", "create").facts?.mounts).toEqual(
      expect.arrayContaining([
        { type: "bind", source: "/", destination: "/host", rw: false },
        { type: "bind", source: "/etc", destination: "/etc-host", rw: true },
      ]),
    );
    expect(find("ported", "create").facts?.ports).toEqual(["0.0.0.0:53->53/udp", "127.0.0.1:8080->80/tcp"]);
    expect(find("healthy", "create").facts?.healthcheck).toEqual(["CMD-SHELL", "/bin/true"]);
    expect(find("quick", "create").facts).toMatchObject({ autoRemove: true, tty: true });
  });

  it("shows what an exec runs, and as whom", () => {
    expect(find("risky", "exec_create")).toMatchObject({
      execCommand: "/bin/ls a b",
      exec: { privileged: true, user: "root", command: ["/bin/ls", "a b"] },
    });
    expect(events.filter((event) => event.execCommand === "/bin/true").map((event) => event.action)).toEqual([
      "exec_create",
      "exec_start",
    ]);
  });

  it("shows the end of a container, and the container of a network or volume event", () => {
    const die = find("quick", "die");
    const joined = events.find((event) => event.type === "network" && event.container === die.container);

    expect(die.exitCode).toBe(3);
    expect(joined).toMatchObject({ action: "connect", name: "none" });
    expect(events.find((event) => event.type === "volume" && event.action === "mount")?.container).toBe(
      die.container,
    );
  });

  it("keeps times exact and the daemon's text as it is", () => {
    const event = find("priv", "create");

    expect(event.raw).toContain(`"timeNano":${event.timeNano}`);
    expect(event.ref).toBe(`docker:${event.timeNano}:container:create:${event.container}`);
    expect(Math.round(event.timeMs * 1000)).toBe(Math.round(Number(event.timeNano) / 1000));
  });
});

describe("other daemons", () => {
  it("reads an event of an API before 1.22, which has no Type", () => {
    expect(one(lineOf({ status: "start", id: CID, from: "busybox", time: 1_400_000_000 }))).toMatchObject({
      type: "container",
      action: "start",
      container: CID,
      image: "busybox",
      timeNano: "1400000000000000000",
    });
    expect(one(lineOf({ status: "pull", id: "busybox:latest", time: 1_400_000_000 }))).toMatchObject({
      type: "image",
      action: "pull",
      container: null,
    });
  });

  it("reads an event without the old names, as new daemons send it", () => {
    const event = {
      Type: "container",
      Action: "die",
      Actor: { ID: CID, Attributes: { exitCode: "137", name: "a", image: "b" } },
    };

    expect(one(lineOf({ ...event, time: 1 }))).toMatchObject({
      action: "die",
      exitCode: 137,
      name: "a",
      image: "b",
    });
  });

  it("reads Podman's words as Docker's", () => {
    const event = {
      Type: "container",
      Action: "died",
      Actor: { ID: CID, Attributes: { containerExitCode: 1 } },
      time: 1,
    };

    expect(one(lineOf(event))).toMatchObject({ action: "die", exitCode: 1 });
  });

  it("reads the mounts of an inspect answer that has only HostConfig.Binds", () => {
    const inspect = { Config: {}, HostConfig: { Binds: ["/run/docker.sock:/s", "vol:/v:ro"] } };

    expect(one(lineOf({ Type: "container", Action: "create", time: 1 }, inspect)).facts?.mounts).toEqual([
      { type: "bind", source: "/run/docker.sock", destination: "/s", rw: true },
      { type: "volume", source: "vol", destination: "/v", rw: false },
    ]);
  });
});

describe("hostile input", () => {
  it("takes the names of labels as they are", () => {
    const event =
      '{"Type":"container","Action":"create","Actor":{"ID":"x","Attributes":{"__proto__":"p","constructor":"c","timeNano":"9"}},"timeNano":5}';

    const { attributes, timeNano } = one(lineOf(event));

    expect(Object.getPrototypeOf(attributes)).toBe(null);
    expect({ ...attributes, proto: attributes["__proto__"] }).toMatchObject({ proto: "p", constructor: "c" });
    expect(timeNano).toBe("5");
  });

  it.each([
    ["not JSON at all", "hello", "DW_DOCKER_JSON"],
    ["a broken event", '{"event":{"a":,"inspect":null}', "DW_DOCKER_JSON"],
    ["a broken member", '{"event":{"a"},"inspect":null}', "DW_DOCKER_EVENT"],
    [
      "an event that is a text",
      '{"event":"what the daemon said","inspect":null,"inferred":false}',
      "DW_DOCKER_EVENT",
    ],
    ["an event without a time", '{"event":{"Type":"container"},"inspect":null}', "DW_DOCKER_TIME"],
    ["a broken inspect", '{"event":{"time":1},"inspect":{"a"},"inferred":false}', "DW_DOCKER_INSPECT"],
    ["nesting without end", `{"event":${"[".repeat(200_000)}`, "DW_DOCKER_JSON"],
    ["deep nesting", `{"event":${'{"a":'.repeat(100)}1${"}".repeat(100)}}`, "DW_DOCKER_JSON"],
    ["a line of 5 MiB", `{"event":{"time":1,"a":"${"x".repeat(5 * 1024 * 1024)}"}}`, "DW_DOCKER_LONG"],
  ])("makes a fault of %s, and reads on", (_, text, code) => {
    const { events, faults } = read(`${text}\n${lineOf({ Type: "container", Action: "die", time: 1 })}`);

    expect(faults.map(({ fault }) => fault.code)).toEqual([code]);
    expect(faults[0]?.excerpt).toBe(text.slice(0, 200));
    expect(events.map((event) => event.action)).toEqual(["die"]);
  });

  it("never throws, and gives each line as one event or one fault", () => {
    const lines = readFileSync(join(FIXTURE, "input.log"), "latin1")
      .split("\n")
      .filter((line) => line !== "");
    const mutated = fc
      .tuple(
        fc.constantFrom(...lines),
        fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
        fc.nat(60_000),
      )
      .map(([line, flips, length]) => {
        const bytes = Buffer.from(line, "latin1").subarray(0, length);
        for (const [at, value] of flips) if (bytes.length > 0) bytes[at % bytes.length] = value;
        return bytes;
      })
      .filter((bytes) => bytes.length > 0 && !bytes.includes(10));
    fc.assert(
      fc.property(fc.array(mutated, { maxLength: 5 }), (some) => {
        const { events, faults } = openDockerReader().push(
          batch(Buffer.concat(some.flatMap((bytes) => [bytes, Buffer.from("\n")]))),
        );

        expect(events.length + faults.length).toBe(some.length);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps any attribute that JSON can carry", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })),
        (attributes) => {
          const event = one(
            lineOf({
              Type: "container",
              Action: "create",
              Actor: { ID: CID, Attributes: attributes },
              time: 1,
            }),
          );

          expect(new Map(Object.entries(event.attributes))).toEqual(new Map(Object.entries(attributes)));
        },
      ),
    );
  });
});

describe("a recorded incident", () => {
  it("becomes the lines that would have been read live", () => {
    const inspect = { Id: CID, HostConfig: { Privileged: true }, Config: {} };
    const events = ["create", "start", "die"].map((Action) => ({
      Type: "container",
      Action,
      Actor: { ID: CID },
      time: 1,
    }));
    const recorded = events.map((event) => JSON.stringify(event)).join("\n");

    const lines = dockerLinesOf(`${recorded}\nnot an event\n`, (id) =>
      id === CID ? { create: inspect, start: null } : null,
    );
    const seen = read(lines);

    expect(seen.events.map((event) => [event.action, event.facts?.privileged ?? null])).toEqual([
      ["create", true],
      ["start", null],
      ["die", null],
    ]);
    expect(seen.events.map((event) => event.raw)).toEqual(recorded.split("\n"));
    expect(seen.faults).toHaveLength(1);
  });
});
