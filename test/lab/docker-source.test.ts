import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { containerId, epochMs } from "../../src/model/ids.ts";
import { openDockerSource } from "../../src/sources/docker.ts";
import { collect } from "../sources/docker/collect.ts";
import { type Dockerd, eventually, openHost, requireLab, startDockerd } from "./harness/index.ts";

const clock = { now: () => Date.now() };

async function make(docker: Dockerd, name: string, host: object = {}): Promise<string> {
  const { status, body } = await docker.call("POST", `/containers/create?name=${name}`, {
    Image: "bb:1",
    Cmd: ["sleep", "600"],
    Env: ["TOKEN=secret"],
    HostConfig: { NetworkMode: "none", ...host },
  });
  expect([status, body]).toMatchObject([201, {}]);
  return (body as { Id: string }).Id;
}
const start = (docker: Dockerd, id: string) => docker.call("POST", `/containers/${id}/start`);
const remove = (docker: Dockerd, id: string) => docker.call("DELETE", `/containers/${id}?force=1`);

requireLab(
  "root",
  "namespaces",
  "dockerd",
)("the Docker source", () => {
  it("gives each event of a real daemon once, with facts, over restarts of the daemon and of itself", async () => {
    await using host = await openHost();
    await using docker = await startDockerd(host);
    const source = () => openDockerSource({ endpoint: { socket: docker.socket }, clock });
    const before = await make(docker, "before", { CapAdd: ["NET_ADMIN"] });

    // A first start: what the daemon remembers is backfill.
    const first = collect(source(), null);
    await eventually(
      "the first start to be through",
      () => source().health().state && first.position !== null,
    );
    await eventually("the backfill", () => first.actionsOf(before).includes("create"));
    expect(first.events.every((event) => event.backfill)).toBe(true);

    // Live, with facts.
    const live = await make(docker, "live", { Privileged: true, Binds: ["/:/host:ro"] });
    await start(docker, before);
    const exec = await docker.call("POST", `/containers/${before}/exec`, {
      Cmd: ["id"],
      User: "0",
      Privileged: false,
    });
    const execId = (exec.body as { Id: string }).Id;
    await docker.call("POST", `/exec/${execId}/start`, { Detach: true });
    await eventually("the live events", () => first.actionsOf(before).includes("exec_die"));
    expect(first.actionsOf(before)).toEqual([
      "create",
      "start",
      "exec_create: id",
      "exec_start: id",
      "exec_die",
    ]);
    const created = first.events.find((event) => event.id === live && event.action === "create");
    expect(created?.inspect).toMatchObject({
      HostConfig: { Privileged: true },
      Config: { Env: ["TOKEN=…"] },
    });
    const asked = first.events.find((event) => event.action.startsWith("exec_create"));
    expect(asked?.inspect).toMatchObject({ ProcessConfig: { user: "0", entrypoint: "id" } });
    await first[Symbol.asyncDispose]();

    // Not followed for a while, and the daemon remembers: no gap.
    const missed = await make(docker, "missed");
    await remove(docker, missed);
    const second = collect(source(), first.position);
    await eventually("what was missed", () => second.actionsOf(missed).includes("destroy"));
    expect(second.actionsOf(missed)).toEqual(["create", "destroy"]);
    expect(second.events.some((event) => event.backfill || event.inferred)).toBe(false);
    expect(second.notices).toEqual([]);

    // The daemon is restarted under the reader: its containers end, its memory is gone.
    await docker.restart();
    const later = await make(docker, "later");
    await eventually("the new daemon's events", () => second.actionsOf(later).includes("create"));
    await eventually("the end of the container", () =>
      second.actionsOf(before).some((one) => one.startsWith("die")),
    );
    expect(second.notices).toContain("reconnected");
    expect(second.actionsOf(before).filter((action) => action.startsWith("die"))).toHaveLength(1);
    await second[Symbol.asyncDispose]();

    // More events than the daemon remembers: the containers tell.
    const started = await make(docker, "started");
    await start(docker, started);
    for (let i = 0; i < 90; i += 1) await remove(docker, await make(docker, `noise${i}`));
    for (let i = 0; i < 90; i += 1) await remove(docker, await make(docker, `more${i}`));
    const known = () =>
      [before, live, later].map((id) => ({
        id: containerId(id),
        name: null,
        image: null,
        createdMs: epochMs(0),
        startedMs: null,
        endedMs: epochMs(Date.now()),
        destroyedMs: null,
      }));
    await remove(docker, live);
    const third = collect(
      openDockerSource({ endpoint: { socket: docker.socket }, clock, known }),
      second.position,
    );
    await eventually("the gap to be told", () => third.notices.includes("gap"));
    expect(third.actionsOf(started)).toEqual(["create*", "start*"]);
    expect(third.actionsOf(live)).toEqual(["destroy"]);
    expect(third.notices).toContain("inferred");
    expect(third.events.find((event) => event.action === "start" && event.inferred)?.inspect).toMatchObject({
      Id: started,
    });
    await wait(500);
    const refs = third.events.map((event) => `${event.timeNano} ${event.type} ${event.action} ${event.id}`);
    expect(new Set(refs).size).toBe(refs.length);
    await third[Symbol.asyncDispose]();
  });
});
