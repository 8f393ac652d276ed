import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  freePort,
  makeUsers,
  openHost,
  REPOSITORY,
  recordDocker,
  startAuditd,
  startDockerd,
  startRsyslog,
  startSshd,
} from "../harness/index.ts";
import { Driver } from "./operations.ts";
import { startOracle } from "./oracle.ts";
import { CALL_SCRIPT, mixed, type People } from "./scenario.ts";
import { type RawEvent, type Truth, truthOf } from "./truth.ts";

/** People who do things, and what else there is to do them with. */
export type Scenario = (driver: Driver, people: People, tcp: string) => Promise<void>;

/** Everything that can stand between a person and a container, `rounds` times over. Five minutes for ten rounds. */
export const captureMixed = (directory: string, rounds: number): Promise<Truth> =>
  capture(directory, (driver, people) => mixed(driver, people, rounds));

/**
 * Drives a scenario with the real daemons and writes `audit.log`, `auth.log`, `docker-events.jsonl`, `inspect/` and
 * `truth.json` into a directory. As root, with the lab's packages.
 */
export async function capture(directory: string, scenario: Scenario): Promise<Truth> {
  mkdirSync(directory, { recursive: true });
  const tcp = `tcp://127.0.0.1:${await freePort()}`;
  await using host = await openHost("mixed-1");
  await using rsyslog = await startRsyslog(host);
  await using oracle = await startOracle(host);
  await using docker = await startDockerd(host, ["-H", tcp]);
  await using sshd = await startSshd(host);
  const people = await makeUsers(host, {
    alice: { groups: ["docker"] },
    bob: { groups: ["docker"] },
    carol: { groups: ["docker"] },
    dave: { sudo: true },
  });
  host.write("/etc/sudoers.d/markers", 'Defaults env_keep += "DOCKER_CUSTOM_HEADERS"\n', 0o440);
  host.write("/run/ops/call.mjs", CALL_SCRIPT);
  const driver = new Driver({ host, sshd });
  await using auditd = await startAuditd(host, {
    rules: readFileSync(join(REPOSITORY, "config/audit/dockwarden.rules"), "utf8"),
  });
  {
    await using _recorder = await recordDocker(docker, directory);
    await scenario(driver, people, tcp);
    await sleep(2000);
  }
  for (const log of [auditd.log, rsyslog.authLog]) {
    copyFileSync(log, join(directory, basename(log)));
    chmodSync(join(directory, basename(log)), 0o644);
  }
  if (driver.failures.length > 0) console.error(driver.failures.join("\n"));
  const events = readFileSync(join(directory, "docker-events.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as RawEvent);
  const truth = truthOf(events, oracle.calls, driver.sessions, driver.operations);
  writeFileSync(join(directory, "truth.json"), `${JSON.stringify(truth, null, 1)}\n`);
  return truth;
}

if (import.meta.main) {
  const [directory, rounds = "10"] = process.argv.slice(2);
  if (directory === undefined) throw new Error("usage: node test/lab/driver/capture.ts DIR [ROUNDS]");
  const { sessions, operations, events } = await captureMixed(directory, Number(rounds));
  console.log(
    `${operations.length} operations in ${sessions.length} sessions, ${events.length} Docker events`,
  );
}
