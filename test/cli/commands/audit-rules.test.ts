import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { command as auditRules } from "../../../src/cli/commands/audit-rules.ts";
import { command as importLogs } from "../../../src/cli/commands/import.ts";
import { objectsIn, runCommand } from "./run-command.ts";

const DAY_S = 86_400;
let dir: string;
let db: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dw-audit-rules-"));
  db = join(dir, "dockwarden.db");
});
afterEach(() => rmSync(dir, { recursive: true }));

interface Rate {
  readonly key: string;
  readonly rule: string | null;
  readonly eventsPerDay: number;
  readonly bytesPerDay: number;
  readonly days: number | null;
  readonly detections: readonly string[];
}

/** An event of an audit rule, some seconds ago. */
function event(serial: number, agoS: number, key: string, path: string, exe = "/usr/bin/x"): string {
  const stamp = `msg=audit(${(Date.now() / 1000 - agoS).toFixed(3)}:${serial}):`;
  return `type=SYSCALL ${stamp} arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=2 auid=1000 uid=0 ses=1 comm="x" exe="${exe}" key="${key}"\ntype=PATH ${stamp} item=0 name="${path}" nametype=NORMAL\n`;
}

/** Three days of them: the client four times, configuration twice, others' rules. */
async function fill(): Promise<void> {
  const lines = [
    event(1, 3 * DAY_S, "other", "/x"),
    event(2, 2.5 * DAY_S, "dw-cli", "/usr/bin/docker"),
    event(3, 2 * DAY_S, "dw-cli", "/usr/local/bin/docker"),
    event(4, 1.5 * DAY_S, "dw-cli", "/bin/docker"),
    event(5, DAY_S, "dw-config", "/etc/docker/daemon.json"),
    event(6, DAY_S, "dw-config", "/etc/default/docker"),
    event(7, DAY_S, "dw-cli-exit", "/x", "/usr/local/bin/docker"),
    event(8, 1, "dw-cli", "/usr/bin/docker"),
  ];
  const log = join(dir, "audit.log");
  writeFileSync(log, lines.join(""));
  expect((await runCommand(importLogs, [log, "--db", db])).code).toBe(0);
}

const run = (...argv: readonly string[]) => runCommand(auditRules, ["--arch", "x86_64", "--db", db, ...argv]);
const rates = async (...argv: readonly string[]) =>
  objectsIn<Rate>((await run("--rates", "--json", ...argv)).out);

describe("audit-rules", () => {
  it("counts stored events for each rule, by its key and path", async () => {
    await fill();

    const found = await rates();

    const perDay = (text: string) =>
      found.find(({ rule }) => rule === `-a always,exit -F ${text}`)?.eventsPerDay;
    expect(found[0]?.days).toBeCloseTo(3, 2);
    expect(perDay("path=/usr/bin/docker -F perm=x -F key=dw-cli")).toBeCloseTo(3 / 3, 2);
    expect(perDay("path=/usr/local/bin/docker -F perm=x -F key=dw-cli")).toBeCloseTo(1 / 3, 2);
    expect(perDay("dir=/etc/docker -F perm=wa -F key=dw-config")).toBeCloseTo(1 / 3, 2);
    expect(perDay("path=/etc/default/docker -F perm=wa -F key=dw-config")).toBeCloseTo(1 / 3, 2);
    expect(perDay("arch=b64 -S exit_group -F exe=/usr/local/bin/docker -F key=dw-cli-exit")).toBeCloseTo(
      1 / 3,
      2,
    );
    expect(perDay("path=/etc/sudoers -F perm=wa -F key=dw-sudoers")).toBe(0);
    expect(found.reduce((sum, { eventsPerDay }) => sum + eventsPerDay, 0)).toBeCloseTo(7 / 3, 2);
    expect(
      found.find(({ key, rule }) => key === "dw-config" && rule?.includes("dir=/etc/docker")),
    ).toMatchObject({
      detections: ["docker_configuration_changed"],
    });
  });

  it("counts from the time on that it is told", async () => {
    await fill();

    const found = await rates("--since", "36h");

    expect(found.reduce((sum, { eventsPerDay, days }) => sum + eventsPerDay * (days ?? 0), 0)).toBeCloseTo(
      4,
      5,
    );
  });

  it("says what a usual day would make where nothing is stored", async () => {
    const found = await rates();
    const { out, err } = await run("--rates");

    expect(found.find(({ key }) => key === "dw-runtime")).toMatchObject({
      rule: null,
      days: null,
      eventsPerDay: 8904,
    });
    expect(out).toMatch(/^ +8,904 +15\.1 MB +dw-runtime +attribution +all with key dw-runtime$/m);
    expect(out).toMatch(/^ +rare +dw-sudoers +sudoers_changed /m);
    expect(err).toMatch(/events and .* MB of log a day on a usual day/);
  });

  it("prints the estimate as a comment, and its rates only where they are asked for", async () => {
    const without = await run();
    await fill();
    const stored = await run();

    expect(without.out).toMatch(/^## They log about 9,345 events and 15\.6 MB of log a day on a usual day/m);
    expect(stored.out).toMatch(
      /^## They log about 2 events and \d+ B of log a day, as counted in 3\.0 days of stored events/m,
    );
    const withoutComments = (text: string) => text.split("\n").filter((line) => !line.startsWith("#"));
    expect(withoutComments(stored.out)).toEqual(withoutComments(without.out));
  });

  it("goes by the detections that are enabled", async () => {
    const rules = join(dir, "one.yml");
    writeFileSync(
      rules,
      "title: Shells\nname: shells\nlogsource: { product: linux, category: process_creation }\ndetection:\n  a: { CommandLine|contains: /dev/tcp }\n  condition: a\n",
    );

    const { out } = await run("--rules", rules);
    const all = await run("--rules", rules, "--commands", "all");

    expect(out).toMatch(/^# no enabled detection needs it: .*key=dw-cron$/m);
    expect(out).toMatch(/^## Without every program .*: shells\.$/m);
    expect(out).toMatch(/^#-a always,exit -F arch=b64 -S execve,execveat -F key=dw-exec$/m);
    expect(all.out).toMatch(/^-a always,exit -F arch=b64 -S execve,execveat -F key=dw-exec$/m);
  });
});
