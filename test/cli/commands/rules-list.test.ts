import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replayInto } from "../../../src/app/replay-into.ts";
import { command as rules } from "../../../src/cli/commands/rules.ts";
import { openStore } from "../../../src/store/sqlite/store.ts";
import { objectsIn, runCommand } from "./run-command.ts";

const ROOT = join(import.meta.dirname, "../../..");
const AUDIT_RULES = join(ROOT, "config/audit/dockwarden.rules");
const dir = mkdtempSync(join(tmpdir(), "dw-rules-list-"));
const db = join(dir, "dockwarden.db");
const config = join(dir, "dockwarden.yml");

interface Row {
  readonly name: string;
  readonly data: { readonly state: string; readonly missing: string | null; readonly auditRules: string[] };
  readonly matches: number;
  readonly last: string | null;
}

beforeAll(async () => {
  for (const name of ["audit.log", "auth.log"]) writeFileSync(join(dir, name), "");
  writeFileSync(
    config,
    `sources:\n  audit: { path: ${dir}/audit.log }\n  docker: { socket: ${dir}/docker.sock }\n  sshd: { path: ${dir}/auth.log }\n`,
  );
  using store = openStore(db);
  await replayInto(store, join(ROOT, "demo/incident"), null, () => {});
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

async function list(auditRules = AUDIT_RULES): Promise<ReadonlyMap<string, Row>> {
  const { code, out } = await runCommand(rules, [
    "list",
    "--json",
    "--config",
    config,
    "--db",
    db,
    "--audit-rules",
    auditRules,
  ]);
  expect(code).toBe(0);
  return new Map(objectsIn<Row>(out).map((row) => [row.name, row]));
}

describe("rules list", () => {
  it("counts what each rule matched, as the database's alerts and findings say", async () => {
    const rows = await list();
    using store = openStore(db, { readonly: true });
    const found = store.findings({ limit: 100_000 });

    for (const name of ["privileged_container", "docker_socket_mounted", "ssh_brute_force"]) {
      const titles = found.filter(({ title }) => title === TITLES[name]);
      expect(rows.get(name)?.matches).toBe(titles.length);
      expect(rows.get(name)?.last).toBe(
        new Date(Math.max(...titles.map(({ timeMs }) => timeMs))).toISOString(),
      );
    }
    expect(rows.get("ssh_login_succeeded")?.matches).toBeGreaterThan(5);
    expect(rows.get("miner_run")).toMatchObject({ matches: 0, last: null });
  });

  it("says for each rule whether there is data, and names the audit rule to load", async () => {
    const rows = await list();

    expect(rows.get("sudoers_changed")?.data).toEqual({ state: "whole", missing: null, auditRules: [] });
    expect(rows.get("miner_run")?.data).toEqual({
      state: "none",
      missing: "needs audit rule",
      auditRules: ["-a always,exit -F arch=b64 -S execve,execveat -F key=dw-exec"],
    });
    expect(rows.get("privileged_container")?.data).toMatchObject({
      state: "none",
      missing: expect.stringContaining(`Docker's socket ${dir}/docker.sock is not there`),
    });
    // A chain lacks what its links lack.
    expect(rows.get("download_and_run")?.data).toMatchObject({
      state: "none",
      auditRules: ["-a always,exit -F arch=b64 -S execve,execveat -F key=dw-exec"],
    });
  });

  it("judges by the audit rules that it is given", async () => {
    const file = join(dir, "all.rules");
    writeFileSync(file, "-a always,exit -F arch=b64 -S execve -F key=all\n");

    const rows = await list(file);

    expect(rows.get("miner_run")?.data.state).toBe("whole");
    expect(rows.get("sudoers_changed")?.data).toMatchObject({
      state: "none",
      auditRules: expect.arrayContaining(["-a always,exit -F path=/etc/sudoers -F perm=wa -F key=dw-file"]),
    });
  });

  it("is a table in a pipe, with what is missing below it", async () => {
    const { out } = await runCommand(rules, [
      "list",
      "--config",
      config,
      "--db",
      db,
      "--audit-rules",
      AUDIT_RULES,
    ]);

    expect(out).toMatch(/^LEVEL +ALERTS +MATCHES +LAST +TIME +DATA +RULE +TITLE$/m);
    expect(out).toMatch(
      /^high +yes +1 +2026-\S+ \S+ .*docker: none +privileged_container +Privileged container$/m,
    );
    expect(out).toMatch(
      /^No data source: needs audit rule\n {4}-a always,exit -F arch=b64 -S execve,execveat -F key=dw-exec\n {2}scratch_program/m,
    );
    expect(out).not.toContain("\x1b");
  });

  it("refuses audit rules that cannot be read", async () => {
    await expect(list(join(dir, "none.rules"))).rejects.toThrow(/none\.rules: cannot read/);
  });
});

const TITLES: Readonly<Record<string, string>> = {
  privileged_container: "Privileged container",
  docker_socket_mounted: "Docker or containerd socket mounted",
  ssh_brute_force: "SSH brute force",
};
