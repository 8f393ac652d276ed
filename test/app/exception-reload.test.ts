import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { command as exception } from "../../src/cli/commands/exception.ts";
import { openStore } from "../../src/store/sqlite/store.ts";
import { objectsIn, runCommand } from "../cli/commands/run-command.ts";
import { eventually } from "../lab/harness/eventually.ts";

const BIN = join(import.meta.dirname, "../../bin/dockwarden");
const dir = mkdtempSync(join(tmpdir(), "dw-reload-"));
const [db, config, log, own] = ["dockwarden.db", "dockwarden.yml", "auth.log", "own"].map((name) =>
  join(dir, name),
) as [string, string, string, string];
let daemon: ChildProcess | null = null;
afterEach(async () => {
  if (daemon !== null && daemon.exitCode === null) {
    const exit = once(daemon, "exit");
    daemon.kill("SIGTERM");
    await exit;
  }
  rmSync(dir, { recursive: true });
});

/** root logs in by SSH, now. */
function login(port: number): void {
  appendFileSync(
    log,
    `${new Date().toISOString()} host sshd[${port}]: Accepted publickey for root from 192.0.2.9 port ${port} ssh2: ED25519 SHA256:abc\n`,
  );
}

function state(): { readonly logins: number; readonly alerts: readonly { id: string; count: number }[] } {
  using store = openStore(db, { readonly: true });
  return {
    logins: store.sshd({ limit: 1000 }).length,
    alerts: store
      .alerts({ limit: 1000 })
      .filter(({ title }) => title === "Root logged in by SSH")
      .map(({ id, count }) => ({ id, count })),
  };
}

it("the running daemon takes an exception up by SIGHUP, and lets it end without one", async () => {
  mkdirSync(own);
  writeFileSync(log, "");
  writeFileSync(join(dir, "audit.log"), "");
  writeFileSync(
    config,
    `database: ${db}\nsources:\n  audit: { path: ${dir}/audit.log }\n  docker: { socket: ${dir}/docker.sock }\n  sshd: { path: ${log} }\nrules: [config/rules, ${own}]\nhttp: { listen: "127.0.0.1:0" }\n`,
  );
  daemon = spawn(BIN, ["run", "--config", config], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [daemon.stdout, daemon.stderr])
    stream?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  const ups = (): number =>
    said.split('"source":"sshd"').filter((part) => part.includes("a source is up")).length;
  const times = (text: string): number => said.split(text).length - 1;
  await eventually("the daemon to follow", () => times("the page is served") === 1 && ups() > 0);

  login(1001);
  await eventually("an alert", () => state().alerts.length === 1);
  const [{ id } = { id: "" }] = state().alerts;

  const added = await runCommand(
    exception,
    `add --from-alert ${id} --expires 6s --yes --json --db ${db} --config ${config}`.split(" "),
  );
  const [{ expires } = { expires: "" }] = objectsIn<{ expires: string }>(added.out);
  expect(added.code).toBe(0);
  daemon.kill("SIGHUP");
  await eventually("the reload", () => times("the page is served") === 2);

  login(1002);
  await eventually("the login to be stored", () => state().logins === 2);
  expect(Date.now()).toBeLessThan(Date.parse(expires));
  expect(state().alerts).toEqual([{ id, count: 1 }]);

  await sleep(Date.parse(expires) - Date.now() + 50);
  login(1003);
  await eventually(
    "the rule to match again",
    () => state().alerts.some(({ count }) => count > 1) || state().alerts.length > 1,
  );
  expect(times("the page is served")).toBe(2);
}, 60_000);
