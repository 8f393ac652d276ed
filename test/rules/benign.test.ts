import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadRules } from "../../src/app/rules.ts";
import { openStages } from "../../src/app/stages.ts";
import { compareLevels } from "../../src/model/finding.ts";
import { epochMs } from "../../src/model/ids.ts";
import type { LineBatch } from "../../src/model/line.ts";
import { openStore } from "../../src/store/sqlite/store.ts";
import { benignDay, type Day } from "./benign-day.ts";

const READ_MS = epochMs(Date.UTC(2026, 10, 24, 23));
const directory = mkdtempSync(join(tmpdir(), "dw-benign-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The whole pipeline's store after a day. */
function stored(name: string, day: Day) {
  const { ruleset } = loadRules({
    rules: [join(import.meta.dirname, "../../config/rules")],
    placeholders: {},
  });
  using store = openStore(join(directory, `${name}.db`));
  const { pipeline } = openStages(store, ruleset, { routes: [], channels: [] }, READ_MS, false);
  const batches = (["audit", "docker", "sshd"] as const).map(
    (source): LineBatch => ({
      source,
      bytes: day[source],
      position: { kind: "journal", cursor: "" },
      backfill: false,
      notices: [],
      readMs: READ_MS,
    }),
  );
  pipeline.push(batches, READ_MS);
  pipeline.flush(READ_MS);
  return { alerts: store.alerts({ limit: 1000 }), counts: store.counts() };
}

/** How many lines of a log have this in them. */
const count = (log: Buffer, text: RegExp): number =>
  log
    .toString("latin1")
    .split("\n")
    .filter((line) => text.test(line)).length;

const DEEDS = [
  ["dpkg and package scripts", "audit", /key="dw-package"/, 50],
  ["sudoers set right by sudo's own package", "audit", /exe="\/usr\/bin\/chmod".*key="dw-sudoers"/, 1],
  ["dockerd ended and started again", "audit", /exe="\/usr\/sbin\/dockerd".*key="dw-daemon"/, 1],
  ["docker-compose", "audit", /comm="docker-compose".*key="dw-api"/, 20],
  ["compose's services taken down", "docker", /"Action":"destroy".*com\.docker\.compose\.project/, 3],
  ["logrotate", "sshd", /COMMAND=\S*logrotate/, 1],
] as const;

describe.each([
  [
    "benign",
    1900,
    [
      ["healthchecks by a shell, every 5 s for ten minutes", "docker", /"exec_start: \/bin\/sh -c ls/, 100],
      // cron was reinstalled while it ran: its file is "/usr/sbin/cron (deleted)" in hex.
      ["cron's sessions", "audit", /type=USER_START .*exe=2F7573722F7362696E2F63726F6E20/, 5],
    ],
  ],
  ["benign-programs", 1100, [["every program", "audit", /key="dw-exec"/, 400]]],
] as const)("the ordinary day of fixtures/%s", (name, auditEvents, more) => {
  const day = benignDay(name);
  const { alerts, counts } = stored(name, day);

  it("is understood to its last line", () => {
    expect(counts.faults).toBe(0);
    expect(counts.events.audit).toBeGreaterThan(auditEvents);
    expect(counts.events.docker).toBeGreaterThan(100);
    expect(counts.events.sshd).toBeGreaterThan(150);
  });

  it.each([...DEEDS, ...more])("has %s", (_what, source, text, atLeast) => {
    expect(count(day[source], text)).toBeGreaterThanOrEqual(atLeast);
  });

  it("raises nothing at medium or above", () => {
    expect(
      alerts
        .filter(({ level }) => compareLevels(level, "medium") >= 0)
        .map(({ title, sentence }) => [title, sentence]),
    ).toEqual([]);
    // The low ones show that rules do look at this day.
    expect(alerts.map(({ title }) => title)).toContain("Image used for the first time");
  });
});
