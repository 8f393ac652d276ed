import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { openStore } from "../../src/store/sqlite/store.ts";
import { Random } from "../bench/random.ts";
import { AuditLines, type AuditPerson } from "./audit-lines.ts";
import {
  DOCKWARDEN,
  type Dockerd,
  dockwarden,
  eventually,
  type LabHost,
  openHost,
  type Program,
  type Receiver,
  requireLab,
  runProgram,
  sourceUp,
  startDockerd,
  startDockwarden,
  startReceiver,
} from "./harness/index.ts";
import { RotatingLog } from "./rotating-log.ts";

const RECORDS = 50_000;
const KILLS = 20;
const ROTATIONS = 10;
const EDITS = 30;
const SEED = Number(process.env["DOCKWARDEN_SEED"] ?? Date.now() % 1_000_000);

const CAROL: AuditPerson = { user: "carol", uid: 1003, ses: 17 };
const ALICE: AuditPerson = { user: "alice", uid: 1001, ses: 18 };

/** One alert as a webhook told it. */
interface Told {
  readonly hookId: string;
  readonly kind: string;
  readonly alert: string;
}

function tellings(receiver: Receiver): Told[] {
  return receiver.hooks.flatMap(({ id, json }) => {
    const { type, data } = json as { type: string; data: { alerts: { id: string }[] } };
    return data.alerts.map((alert) => ({ hookId: id, kind: type, alert: alert.id }));
  });
}

async function jsonLines<T>(host: LabHost, ...argv: string[]): Promise<T[]> {
  const { stdout } = await dockwarden(host, ...argv, "--json", "--limit", "100000");
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

interface AlertRow {
  readonly id: string;
  readonly title: string;
  readonly count: number;
}
const alertsOf = (host: LabHost, ...argv: string[]): Promise<AlertRow[]> =>
  jsonLines<AlertRow>(host, "alerts", ...argv);
/** The alerts about Docker's configuration: one each. */
const isEdit = ({ title }: AlertRow): boolean => title === "Docker configuration changed";

/** What Docker said, as it was stored, for a replay. */
async function dockerLines(host: LabHost): Promise<string> {
  const copy = join(host.dir, "copy.db");
  await dockwarden(host, "backup", copy);
  using store = openStore(copy, { readonly: true });
  return store
    .docker({ oldestFirst: true, limit: 100_000 })
    .map(({ raw }) => `${raw}\n`)
    .join("");
}

/** 50,000 records with one edit of Docker's configuration in each of `EDITS` parts, cut anywhere into writes. */
async function writeLog(log: RotatingLog, random: Random, isWritten: (share: number) => void): Promise<void> {
  const lines = new AuditLines();
  const events = RECORDS / 4;
  let rest = Buffer.alloc(0);
  for (let event = 0; event < events; event += 1) {
    const isEdit = event % Math.floor(events / EDITS) === 100;
    const text = isEdit
      ? lines.configEdit(CAROL, `/etc/docker/certs.d/host${event}/ca.crt`)
      : lines.noise(ALICE);
    rest = Buffer.concat([rest, Buffer.from(text, "latin1")]);
    const cut = random.below(rest.length + 1);
    log.write(rest.subarray(0, cut));
    rest = rest.subarray(cut);
    const isDue = event > ((log.rotations + 1) * events) / (ROTATIONS + 1);
    if (isDue && log.rotations < ROTATIONS) {
      // auditd rotates between records, never within one.
      log.write(rest);
      rest = Buffer.alloc(0);
      log.rotate();
    }
    isWritten(event / events);
    if (event % 10 === 0) await sleep(25);
  }
  log.write(rest);
  isWritten(1);
}

/** Containers that come and go, one after another, until told to pause or stop. */
class Traffic {
  readonly names: string[] = [];
  #isWanted = true;
  #isPaused = false;
  #isBusy = false;

  async run(docker: Dockerd): Promise<void> {
    while (this.#isWanted) {
      if (this.#isPaused) {
        await sleep(20);
        continue;
      }
      this.#isBusy = true;
      const name = `job${this.names.length}`;
      const { status } = await docker.call("POST", `/containers/create?name=${name}`, {
        Image: "bb:1",
        Cmd: ["true"],
        HostConfig: { NetworkMode: "none" },
      });
      if (status !== 201) throw new Error(`create: ${status}`);
      this.names.push(name);
      await docker.call("POST", `/containers/${name}/start`);
      await docker.call("POST", `/containers/${name}/wait`);
      await docker.call("DELETE", `/containers/${name}`);
      this.#isBusy = false;
      await sleep(300);
    }
  }
  async pause(): Promise<void> {
    this.#isPaused = true;
    await eventually("the last container to be gone", () => !this.#isBusy);
  }
  resume(): void {
    this.#isPaused = false;
  }
  stop(): void {
    this.#isWanted = false;
  }
}

requireLab(
  "root",
  "namespaces",
  "dockerd",
)("under fire", () => {
  it(`keeps every record, event and alert over ${KILLS} kills, ${ROTATIONS} rotations and a restart of dockerd (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    await using host = await openHost();
    await using docker = await startDockerd(host);
    await using receiver = await startReceiver();
    using log = new RotatingLog(host.path("/var/log/audit/audit.log"));
    host.write("/etc/dockwarden/hook.key", receiver.secret, 0o600);
    host.write("/var/log/auth.log", "");
    const config = {
      database: "/var/lib/dockwarden/dockwarden.db",
      http: { listen: "127.0.0.1:0" },
      channels: [
        { name: "hook", type: "webhook", url: receiver.url, secretFile: "/etc/dockwarden/hook.key" },
      ],
      routes: [{ minLevel: "informational", channels: ["hook"] }],
    };
    // Now and then the receiver is unwell, so that deliveries are tried again.
    receiver.answer((count) => (count % 7 === 3 ? 503 : 204));

    let daemon: Program = startDockwarden(host, config);
    const outputs: string[] = [];
    const kill = async (): Promise<void> => {
      daemon.kill("SIGKILL");
      await daemon.ended;
      outputs.push(daemon.output());
    };
    // Follows from the very beginning: nothing is backfill.
    for (const source of ["audit", "docker"] as const) await sourceUp(daemon, source);
    let share = 0;
    const writing = writeLog(log, random, (done) => {
      share = done;
    });
    const traffic = new Traffic();
    const running = traffic.run(docker);

    for (let round = 0; round < KILLS; round += 1) {
      const moment = (round + random.next()) / KILLS;
      await eventually("the writer to go on", () => share >= moment, 120_000);
      if (round === KILLS / 2) {
        await traffic.pause();
        // Docker forgets its events when it restarts: what it still has must have been read before.
        await eventually("the last job's end to be stored", async () => {
          const [last] = traffic.names.slice(-1);
          const events = await jsonLines<{ name: string; action: string }>(
            host,
            "events",
            "--source",
            "docker",
          );
          return events.some(({ name, action }) => name === last && action === "destroy");
        });
        await kill();
        await docker.call("POST", "/containers/create?name=keeper", {
          Image: "bb:1",
          Cmd: ["sleep", "3600"],
          HostConfig: { NetworkMode: "none" },
        });
        await docker.call("POST", "/containers/keeper/start");
        await docker.restart();
        traffic.resume();
      } else await kill();
      daemon = startDockwarden(host, config);
    }
    await writing;
    traffic.stop();
    await running;

    const input = log.bytes();
    const copy = join(host.dir, "export.log");
    await eventually(
      "all of the log to be stored",
      async () => {
        writeFileSync(join(host.dir, "outputs.txt"), [...outputs, daemon.output()].join("\n--- killed\n"));
        await host.run(["sh", "-c", `${DOCKWARDEN} export >${copy}`], { check: false });
        const { stdout } = await runProgram(["stat", "-c", "%s", copy]);
        return Number(stdout) >= input.length;
      },
      120_000,
    );
    const alerts = await eventually("every edit to be an alert", async () => {
      const found = await alertsOf(host);
      return found.filter(isEdit).length >= EDITS && found;
    });
    await eventually(
      "every alert to have been told",
      () => {
        const accepted = new Set(
          tellings({ ...receiver, hooks: receiver.hooks.filter(({ status }) => status < 300) }).map(
            ({ alert }) => alert,
          ),
        );
        return alerts.every(({ id }) => accepted.has(id));
      },
      180_000,
    );
    await daemon[Symbol.asyncDispose]();

    // The log: byte for byte.
    await host.run(["sh", "-c", `${DOCKWARDEN} export >${copy}`]);
    const expected = join(host.dir, "input.log");
    writeFileSync(expected, input);
    expect(await runProgram(["cmp", expected, copy], { check: false })).toMatchObject({
      code: 0,
      stdout: "",
    });
    rmSync(copy);
    expect(daemon.exit()).toEqual({ code: 0, signal: null });
    // The alerts: each once, and the same as a run without a kill has.
    const replayed = join(host.dir, "replay");
    await host.run(["mkdir", "-p", replayed]);
    writeFileSync(join(replayed, "audit.log"), input);
    writeFileSync(join(replayed, "docker-events.jsonl"), await dockerLines(host));
    await dockwarden(host, "replay", replayed, "--db", join(host.dir, "replay.db"));
    const calm = await alertsOf(host, "--db", join(host.dir, "replay.db"));
    const facts = (list: readonly AlertRow[]) =>
      list.map(({ id, title, count }) => `${title} ${id} ×${count}`).sort();
    expect(calm.filter(isEdit)).toHaveLength(EDITS);
    expect(facts(alerts)).toEqual(facts(calm));
    // The tellings: every alert's idempotency key is the same however often it was sent.
    const told = tellings(receiver);
    const sent = Map.groupBy(told, ({ alert, kind }) => `${kind} ${alert}`);
    for (const { id } of alerts) {
      const keys = ["alert", "digest"].map(
        (kind) => new Set(sent.get(`${kind} ${id}`)?.map(({ hookId }) => hookId)).size,
      );
      expect([id, Math.max(...keys)]).toEqual([id, 1]);
    }
    expect(receiver.hooks.every(({ signed }) => signed)).toBe(true);
    // Docker: every container's life, each step once.
    const events = await jsonLines<{ name: string; action: string; type: string }>(
      host,
      "events",
      "--source",
      "docker",
    );
    const lives = Map.groupBy(
      events.filter(
        ({ type, action }) => type === "container" && /^(create|start|die|destroy)$/.test(action),
      ),
      ({ name }) => name,
    );
    for (const name of traffic.names)
      expect([name, (lives.get(name) ?? []).map(({ action }) => action).sort()]).toEqual([
        name,
        ["create", "destroy", "die", "start"],
      ]);
    expect((lives.get("keeper") ?? []).map(({ action }) => action).sort()).toEqual([
      "create",
      "die",
      "start",
    ]);
  });
});
