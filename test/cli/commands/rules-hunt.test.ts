import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replayInto } from "../../../src/app/replay-into.ts";
import { command as rules } from "../../../src/cli/commands/rules.ts";
import type { Finding } from "../../../src/model/finding.ts";
import { openStore } from "../../../src/store/sqlite/store.ts";
import { objectsIn, runCommand } from "./run-command.ts";

const ROOT = join(import.meta.dirname, "../../..");
const dir = mkdtempSync(join(tmpdir(), "dw-rules-hunt-"));
const db = join(dir, "dockwarden.db");
let stored: readonly Finding[] = [];

beforeAll(async () => {
  using store = openStore(db);
  await replayInto(store, join(ROOT, "demo/incident"), null, () => {});
  stored = store.findings({ limit: 100_000 });
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

const hunt = (...argv: readonly string[]) =>
  runCommand(rules, ["hunt", "--since", "2026-11-24", "--db", db, ...argv]);
const huntJson = async (...argv: readonly string[]) =>
  objectsIn<Finding & { readonly time: string }>((await hunt(...argv, "--json")).out);

const countsOf = (findings: readonly Finding[]) => new Map(findings.map(({ id, count }) => [id, count]));

describe("rules hunt", () => {
  it("finds what detection found, for every rule that found something", async () => {
    const titles = [...new Set(stored.map(({ title }) => title))];

    for (const title of titles) {
      const before = stored.filter((finding) => finding.title === title);
      const found = await huntJson(title);

      expect([title, found.map(({ id }) => id).toSorted()]).toEqual([
        title,
        before.map(({ id }) => id).toSorted(),
      ]);
      expect(countsOf(found)).toEqual(countsOf(before));
    }

    expect(titles.length).toBeGreaterThan(6);
  });

  it("names the person behind an audit event, found out after the event", async () => {
    const [finding] = await huntJson("docker_configuration_changed");

    expect(finding?.attribution?.actor).toMatchObject({ user: "carol", address: "127.0.0.9" });
  });

  it("lets rules ask for that person", async () => {
    const file = join(dir, "person.yml");
    writeFileSync(
      file,
      "title: Carol's files\nlogsource: { product: linux, category: file_change }\ndetection:\n  a: { Actor.User: carol }\n  condition: a\n",
    );

    expect((await huntJson(file)).map(({ object }) => object)).toContain("/etc/docker/daemon.json");
  });

  it("finds with parts of correlations too, which raise nothing by themselves", async () => {
    expect(stored.some(({ title }) => title === "SSH login succeeded")).toBe(false);

    expect((await huntJson("ssh_login_succeeded")).length).toBeGreaterThan(5);
  });

  it("opens a correlation's window before the span", async () => {
    const [whole] = await huntJson("SSH brute force");
    const { code, out } = await hunt("SSH brute force", "--since", whole?.time ?? "");

    expect(whole?.count).toBeGreaterThan(8);
    expect(code).toBe(0);
    expect(out).toContain(`(${whole?.count} attempts)`);
  });

  it("keeps to the span", async () => {
    const [whole] = await huntJson("privileged_container");

    expect((await hunt("privileged_container", "--until", whole?.time ?? "")).code).toBe(1);
    expect((await hunt("privileged_container", "--since", whole?.time ?? "")).code).toBe(0);

    const logins = await huntJson("ssh_login_succeeded");
    const [late] = logins.slice(-1);
    expect(await huntJson("ssh_login_succeeded", "--since", late?.time ?? "")).toHaveLength(1);
  });

  it("shows the last ones, and says how many there are", async () => {
    const all = await huntJson("ssh_login_succeeded");
    const { out, err } = await hunt("ssh_login_succeeded", "--limit", "2");

    expect(out.trimEnd().split("\n")).toHaveLength(3);
    expect(err).toMatch(new RegExp(`^SSH login succeeded: ${all.length} findings \\(the last 2 are shown`));
    expect(err).toMatch(/Nothing was raised\.\n$/);
  });

  it("takes a file, also a changed copy of a configured rule, and its correlations", async () => {
    const copy = join(dir, "copy.yml");
    const text = readFileSync(join(ROOT, "config/rules/docker/privileged_container.yml"), "utf8");
    writeFileSync(copy, text.replace(/HostConfig\.Privileged: .*/, "Image: 'bb:1'"));
    const chain = join(dir, "chain.yml");
    writeFileSync(
      chain,
      `title: Many logins\ncorrelation:\n  type: event_count\n  rules: [ssh_login_succeeded]\n  group-by: [address]\n  timespan: 1h\n  condition: { gte: 2 }\n`,
    );

    expect((await huntJson(copy)).length).toBeGreaterThan((await huntJson("privileged_container")).length);
    expect((await huntJson(chain)).every(({ title, count }) => title === "Many logins" && count >= 2)).toBe(
      true,
    );
    expect((await huntJson(chain)).length).toBeGreaterThan(0);
  });

  it.each([
    [
      "programs alone",
      "category: process_creation",
      "{ Image|endswith: /docker }",
      9,
      /^type=SYSCALL .*syscall=59 /,
    ],
    [
      "records of a type",
      "service: auditd",
      "{ type: CONFIG_CHANGE, op: remove_rule }",
      110,
      /^type=CONFIG_CHANGE /,
    ],
    ["any audit event", "service: auditd", "{ exe|endswith: /docker }", 33, /^type=/],
    ["no audit event", "service: sshd", "{ outcome: accepted }", 9, /^never/],
  ])("reads only what the rule looks at: %s", async (_, source, selection, matches, lookedAt) => {
    const file = join(dir, "one.yml");
    writeFileSync(
      file,
      `title: One\nlogsource: { product: linux, ${source} }\ndetection:\n  a: ${selection}\n  condition: a\n`,
    );
    const lines = readFileSync(join(ROOT, "demo/incident/audit.log"), "latin1").split("\n");
    const stamps = lines
      .filter((line) => lookedAt.test(line))
      .map((line) => /audit\(([\d.:]+)\)/.exec(line)?.[1]);
    using store = openStore(db, { readonly: true });
    const { docker, sshd } = store.counts().events;

    const { err } = await hunt(file);

    const [, found, events] = /^One: (\d+) findings? .*in (\d+) events/.exec(err) ?? [];
    expect(Number(found)).toBe(matches);
    // A call's number means another call on another machine: a few more are read.
    const more = Number(events) - docker - sshd - new Set(stamps).size;
    expect(more).toBeGreaterThanOrEqual(0);
    expect(more).toBeLessThan(10);
  });

  it("refuses a wrong file with its place, and a name that is none", async () => {
    const wrong = join(dir, "wrong.yml");
    writeFileSync(
      wrong,
      "title: x\nlogsource: { product: docker }\ndetection:\n  a: { Image|endwith: x }\n  condition: a\n",
    );

    await expect(hunt(wrong)).rejects.toThrow(/wrong\.yml:4:8 .*endswith/);
    await expect(hunt("nothing")).rejects.toThrow(/no rule has the id, name or title 'nothing'/);
  });

  it("writes nothing", async () => {
    const before = readFileSync(db);

    await hunt("SSH brute force");

    expect(readFileSync(db).equals(before)).toBe(true);
    using store = openStore(db, { readonly: true });
    expect(store.findings({ limit: 100_000 })).toEqual(stored);
  });

  it("tells a terminal how far it is only where it takes long", async () => {
    const { err, out } = await runCommand(
      rules,
      ["hunt", "privileged_container", "--since", "2026-11-24", "--db", db],
      true,
    );

    expect(err).not.toContain("hunting");
    expect(out).toMatch(/started a privilege/);
  });
});
