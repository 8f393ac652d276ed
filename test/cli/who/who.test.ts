import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replayInto } from "../../../src/app/replay-into.ts";
import type { CliCommand } from "../../../src/cli/command.ts";
import { command as sessions } from "../../../src/cli/commands/sessions.ts";
import { command as who } from "../../../src/cli/commands/who.ts";
import type { DockerAnswer } from "../../../src/cli/who/answers.ts";
import type { Moment } from "../../../src/cli/who/timeline.ts";
import type { Session } from "../../../src/model/session.ts";
import { openStore } from "../../../src/store/sqlite/store.ts";
import type { Truth } from "../../lab/driver/truth.ts";

const INCIDENT = join(import.meta.dirname, "../../fixtures/incident-mixed");
const truth = JSON.parse(readFileSync(join(INCIDENT, "truth.json"), "utf8")) as Truth;
const directory = mkdtempSync(join(tmpdir(), "dockwarden-who-"));
const db = join(directory, "dockwarden.db");

beforeAll(async () => {
  using store = openStore(db);
  await replayInto(store, INCIDENT, null, () => {});
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function run(command: CliCommand, ...argv: string[]) {
  const texts = { out: "", err: "" };
  const into = (name: "out" | "err") =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString();
        done();
      },
    });
  const terminal = { out: into("out"), err: into("err"), isTerminal: false, columns: 80 };
  const code = await command.run([...argv, "--db", db], terminal);
  return { code, ...texts };
}
const objects = <T>(text: string): T[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);

describe("who", () => {
  it("says in one sentence who made a container, and shows the proof", async () => {
    const { code, out } = await run(who, "host0");

    expect(code).toBe(0);
    expect(out).toMatch(
      /^dave \(key SHA256:.{4}… from 127\.0\.0\.5:\d+, session \d+\) ran "sudo docker run -d --name host0 --network none -v \/:\/host:ro bb:1 sleep 900" → container host0 \(.{4}…\)$/m,
    );
    expect(out).toMatch(/^ {2}confidence {2}exact/m);
    expect(out).toMatch(/^ {2}proof {7}audit \d+ {2}type=SYSCALL .*ses=/m);
    expect(out).toMatch(/^ {2}proof {7}sshd {3}.*Accepted publickey for dave/m);
  });

  it("prints every Docker event as one object with the names of the contract", async () => {
    const { code, out } = await run(who, "--all", "--json");
    const answers = objects<DockerAnswer>(out);

    expect(code).toBe(0);
    expect(answers).toHaveLength(truth.events.length);
    expect(answers.map(({ timeNano }) => timeNano)).toEqual(answers.map(({ timeNano }) => timeNano).sort());
    for (const answer of answers) {
      expect(Object.keys(answer).slice(0, 9)).toEqual(
        "timeNano type action container actor origin confidence candidates evidence".split(" "),
      );
      expect(answer.timeNano).toMatch(/^\d{19}$/);
      expect(answer.container).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(answers.find(({ name, action }) => name === "inner0" && action === "create")).toMatchObject({
      actor: {
        user: "alice",
        address: "127.0.0.2",
        method: "publickey",
        via: ["sshd", "docker", "container tools", "docker"],
      },
      origin: null,
    });
  });

  it("takes the beginning of a container's id, an event's reference and an audit serial", async () => {
    const [first] = objects<DockerAnswer>((await run(who, "web0", "--json")).out);
    const audit = first?.evidence.find(({ source }) => source === "audit");
    const serial = audit?.source === "audit" ? String(audit.serial) : "";

    const byId = await run(who, (first?.container ?? "").slice(0, 12), "--json");
    const byRef = await run(who, first?.ref ?? "", "--json");
    const bySerial = await run(who, serial, "--json");

    expect(objects<DockerAnswer>(byId.out)[0]).toEqual(first);
    expect(objects<DockerAnswer>(byRef.out)[0]?.actor).toEqual(first?.actor);
    expect(objects<DockerAnswer>(bySerial.out)[0]?.actor).toMatchObject({
      user: "alice",
      ses: first?.actor?.ses,
    });
  });

  it("finds nothing with exit code 1, and asks for something with 2", async () => {
    expect(await run(who, "no-such-container")).toMatchObject({ code: 1, out: "" });
    await expect(run(who)).rejects.toThrow("DW_CLI_OPTION");
  });
});

describe("sessions", () => {
  it("lists logins and jobs, filtered", async () => {
    const all = objects<Session>((await run(sessions, "--json")).out);
    const daves = objects<Session>((await run(sessions, "--json", "--user", "dave")).out);

    // Those of the people, and cron's.
    expect(all).toHaveLength(truth.sessions.length + 1);
    expect(all.filter(({ kind }) => kind === "cron")).toMatchObject([{ user: "bob" }]);
    expect(new Set(daves.map(({ user }) => user))).toEqual(new Set(["dave"]));
    expect(await run(sessions, "--user", "nobody-here")).toMatchObject({ code: 1 });
    // Everybody had logged out by the end of the capture.
    const open = objects<Session>((await run(sessions, "--json", "--open")).out);
    expect(open.filter(({ kind, endMs }) => kind === "ssh" || endMs !== null)).toEqual([]);
  });

  it("tells one from login to logout, with sudo, commands and what came of them", async () => {
    const [dave] = objects<Session>((await run(sessions, "--json", "--user", "dave")).out).slice(-1);
    const { code, out } = await run(sessions, "show", String(dave?.ses), "--json");
    const { timeline } = JSON.parse(out) as { timeline: Moment[] };

    expect(code).toBe(0);
    expect(timeline.map(({ kind }) => kind)).toEqual(
      "login sudo command docker alert docker docker sudo command docker sudo command docker logout".split(
        " ",
      ),
    );
    expect(timeline[1]?.text).toBe(
      "sudo docker run -d --name host0 --network none -v /:/host:ro bb:1 sleep 900",
    );
    expect(timeline[3]?.text).toBe("container create: host0");
    expect((await run(sessions, "show", "4294967294")).code).toBe(1);
    expect((await run(sessions, "tell", "3")).code).toBe(2);
  });
});
