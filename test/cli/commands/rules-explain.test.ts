import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replayInto } from "../../../src/app/replay-into.ts";
import { command as rules } from "../../../src/cli/commands/rules.ts";
import { openStore } from "../../../src/store/sqlite/store.ts";
import { objectsIn, runCommand } from "./run-command.ts";

const ROOT = join(import.meta.dirname, "../../..");
const dir = mkdtempSync(join(tmpdir(), "dw-rules-explain-"));
const db = join(dir, "dockwarden.db");

beforeAll(async () => {
  using store = openStore(db);
  await replayInto(store, join(ROOT, "demo/incident"), null, () => {});
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

const explain = (...argv: readonly string[]) => runCommand(rules, ["explain", ...argv, "--db", db]);
/** An event of the first alert of a rule. */
function eventOf(title: string): string {
  using store = openStore(db, { readonly: true });
  const alert = store.alerts({ limit: 1000 }).find((one) => one.title === title);
  return alert?.refs.at(-1) ?? "";
}

describe("rules explain", () => {
  it("says why a Docker event matched, field by field, and what the rule is part of", async () => {
    const { code, out } = await explain(eventOf("Privileged container"));

    expect(code).toBe(0);
    expect(out).toMatch(/^\d+ rules look at such events: 1 matched, \d+ missed by one part\.$/m);
    expect(out).toMatch(
      /^MATCHED {2}Privileged container \(privileged_container\), high, .*privileged_container\.yml:1$/m,
    );
    expect(out).toMatch(/^ {7}yes {2}HostConfig\.Privileged: true\n {12}the event has: true$/m);
    expect(out).toContain("part of  Risky Docker act in a session");
    expect(out).not.toContain("\x1b");
  });

  it("knows the programs that ran before an audit event", async () => {
    const { out } = await explain(
      eventOf("Docker configuration changed"),
      "--rule",
      "Docker configuration changed",
    );

    expect(out).toMatch(/yes {2}TargetFilename\|startswith: \/etc\/docker\/ \(and 4 others\)/);
    expect(out).toMatch(/no {3}filter_package_manager does not match/);
  });

  it("shows a rule that did not match where it is asked for, by its title, and all with --all", async () => {
    const event = eventOf("Privileged container");

    const one = await explain(event, "--rule", "host network", "--rule", "Container uses the host's network");
    const all = objectsIn<{ ruleId: string; isMatch: boolean }>(
      (await explain(event, "--all", "--json")).out,
    );
    const few = objectsIn<{ isMatch: boolean; isNearMiss: boolean }>((await explain(event, "--json")).out);

    expect(one.out).toMatch(/^NO MATCH {2}Container uses the host's network/m);
    expect(all.length).toBeGreaterThan(15);
    expect(all.filter(({ isMatch }) => isMatch)).toHaveLength(1);
    expect(few.every(({ isMatch, isNearMiss }) => isMatch || isNearMiss)).toBe(true);
  });

  it("takes an audit serial, and an sshd line", async () => {
    const [, serial = ""] = /:(\d+)$/.exec(eventOf("Docker configuration changed")) ?? [];

    expect((await explain(serial)).out).toMatch(/MATCHED {2}Docker configuration changed/);
    expect((await explain(eventOf("SSH brute force"))).out).toMatch(/part of {2}SSH brute force/);
  });

  it("takes a reference whose end is left out, as hunts print it", async () => {
    const event = eventOf("Privileged container");

    const { out } = await explain(event.slice(0, -52));

    expect(out.startsWith(`${event}  `)).toBe(true);
  });

  it("explains the members of a correlation", async () => {
    const { out } = await explain(eventOf("SSH brute force"), "--rule", "ssh_brute_force");

    expect(out).toMatch(/^MATCHED {2}SSH login failed/m);
    expect(out).not.toMatch(/SSH login succeeded \(/);
    expect(out).toMatch(
      /^ {2}part of {2}SSH brute force: 9 events in 2m with address 127\.0\.0\.9; at least 8 needed$/m,
    );
    expect(out).toMatch(
      /^ {2}part of {2}SSH password spray: 1 values of user in 10m with address .*; at least 5 needed$/m,
    );
  });

  it("says so where there is no such event or rule", async () => {
    expect(await explain("audit:1.000:1")).toMatchObject({
      code: 1,
      err: expect.stringContaining("no stored event is"),
    });
    await expect(explain(eventOf("SSH brute force"), "--rule", "zz")).rejects.toThrow(
      /DW_RULE_UNKNOWN|no rule has/,
    );
  });
});
