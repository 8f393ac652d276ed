import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadRules } from "../../src/app/rules.ts";
import type { Alert } from "../../src/model/alert.ts";
import { openStore } from "../../src/store/sqlite/store.ts";
import { CANNOT, DEEDS, type Deed, EARLY, pause } from "./detections.ts";
import {
  dockwarden,
  eventually,
  type LabHost,
  openHost,
  REPOSITORY,
  requireLab,
  sourceUp,
  startAuditd,
  startDockwarden,
  startRegistry,
} from "./harness/index.ts";
import { openStage } from "./incident.ts";

const { ruleset } = loadRules({ rules: [join(REPOSITORY, "config/rules")], placeholders: {} });
const RULES = [...ruleset.rules, ...ruleset.correlations].map(({ rule: { meta }, isSilent }) => ({
  name: meta.name ?? meta.id,
  id: meta.id,
  level: meta.level,
  alerts: meta.words.alert && !isSilent,
}));
const nameOf = (id: string): string => RULES.find((rule) => rule.id === id)?.name ?? id;
/** An event is dated up to so much before the deed that it comes from: the audit clock is late. */
const CLOCK_MS = 20;
/** No more alerts come when none came for so long. */
const QUIET_MS = 2500;

/** The rules whose matches a correlation counts, its inner correlations' included. */
function partsOf(name: string): readonly string[] {
  const found = ruleset.correlations.find(({ rule }) => rule.meta.name === name);
  return (found?.members ?? []).flatMap(({ of, index }) => {
    const part = of === "rule" ? ruleset.rules[index] : ruleset.correlations[index];
    const inner = part?.rule.meta.name ?? "";
    return [inner, ...partsOf(inner)];
  });
}

it("every built-in rule has a deed, or a reason why it has none", () => {
  const done = new Set(DEEDS.flatMap(({ raises, rests = [] }) => [...raises, ...rests]));

  expect(RULES.filter(({ name }) => !done.has(name) && !Object.hasOwn(CANNOT, name))).toEqual([]);
  expect(RULES.filter(({ name }) => done.has(name) && Object.hasOwn(CANNOT, name))).toEqual([]);
  expect(
    [...done, ...Object.keys(CANNOT)].filter((name) => RULES.every((rule) => rule.name !== name)),
  ).toEqual([]);
  for (const { raises, rests = [] } of DEEDS) {
    expect(raises.filter((name) => RULES.find((rule) => rule.name === name)?.alerts === false)).toEqual([]);
    expect(rests.filter((name) => !raises.flatMap(partsOf).includes(name))).toEqual([]);
  }
});

/** A deed as it was done: what is dated from `fromMs` until `untilMs` is its doing. */
interface Done {
  readonly deed: Deed;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly alerts: readonly Alert[];
}

/** In the directory that both sides see: SQLite follows no path through /proc. */
const databaseOf = (host: LabHost): string => join(host.dir, "dockwarden.db");

function alertsIn(host: LabHost): readonly Alert[] {
  using store = openStore(databaseOf(host), { readonly: true });
  return store.alerts({ limit: 10_000 });
}

/** Waits until every deed's alerts are there and no more come. */
async function settled(
  host: LabHost,
  isComplete: (alerts: readonly Alert[]) => boolean,
): Promise<readonly Alert[]> {
  await eventually("an alert for each deed", () => isComplete(alertsIn(host)), 20_000).catch(() => undefined);
  for (let before = -1; ; ) {
    const alerts = alertsIn(host);
    const sum = alerts.reduce((total, { count }) => total + count, 0);
    if (sum === before) return alerts;
    before = sum;
    await sleep(QUIET_MS);
  }
}

requireLab(
  "root",
  "namespaces",
  "auditd",
  "rsyslogd",
  "sshd",
  "sudo",
  "dockerd",
  "registry",
)("the built-in detections, live", () => {
  const lab = new AsyncDisposableStack();
  const done: Done[] = [];
  let strays: readonly Alert[] = [];
  afterAll(() => lab.disposeAsync());

  beforeAll(async () => {
    const host = lab.use(await openHost());
    const stage = lab.use(await openStage(host));
    await host.run(["useradd", "-m", "erin"]);
    await host.run(["sh", "-c", EARLY]);
    const registry = lab.use(await startRegistry(host));
    // Root has no home of its own in the lab.
    host.write("/etc/ssh/keys/root", readFileSync(`${stage.users.alice.keyFile}.pub`, "utf8"), 0o600);
    const { stdout: rules } = await dockwarden(host, "audit-rules", "--for-host", "--commands", "all");
    lab.use(await startAuditd(host, { rules }));
    const daemon = lab.use(
      startDockwarden(host, {
        database: databaseOf(host),
        http: { listen: "127.0.0.1:0" },
        placeholders: { ApprovedRegistries: ["docker.io/library/*"] },
      }),
    );
    for (const source of ["audit", "docker", "sshd"] as const) await sourceUp(daemon, source);

    const starts: number[] = [];
    for (const deed of DEEDS) {
      await pause();
      starts.push(Date.now() - CLOCK_MS);
      await deed.run({ ...stage, registry: registry.address });
    }
    const expected = DEEDS.flatMap(({ raises }) => raises).length;
    const alerts = await settled(host, ({ length }) => length >= expected);
    for (const [at, deed] of DEEDS.entries()) {
      const fromMs = starts[at] ?? 0;
      const untilMs = starts[at + 1] ?? Number.POSITIVE_INFINITY;
      const own = alerts.filter(({ firstMs, lastMs }) => firstMs >= fromMs && lastMs < untilMs);
      done.push({ deed, fromMs, untilMs, alerts: own });
    }
    // Before the first deed the lab made its image.
    const since = alerts.filter(({ lastMs }) => lastMs >= (starts[0] ?? 0));
    strays = since.filter((alert) => done.every(({ alerts: own }) => !own.includes(alert)));
    const fired = new Set(done.flatMap(({ alerts: own }) => own.map(({ ruleId }) => nameOf(ruleId))));
    console.log(
      [
        `${fired.size} rules raised their alerts, ${RULES.filter(({ alerts: loud }) => !loud).length} take part in correlations only`,
        ...Object.entries(CANNOT).map(([name, why]) => `${name} cannot be made to match here: ${why}`),
      ].join("\n"),
    );
  }, 240_000);

  it.each(DEEDS.map((deed, at) => [deed.raises.join(", ") || "nothing", deed.does, at] as const))(
    "%s: %s",
    (_raises, _does, at) => {
      const { deed, alerts } = done[at] as Done;

      expect(alerts.map(({ ruleId, level }) => `${nameOf(ruleId)} ${level}`).toSorted()).toEqual(
        deed.raises.map((name) => `${name} ${RULES.find((rule) => rule.name === name)?.level}`).toSorted(),
      );
    },
  );

  it("no alert is anything else's", () => {
    expect(strays.map(({ title, sentence, firstMs, lastMs }) => [title, sentence, firstMs, lastMs])).toEqual(
      [],
    );
  });
});
