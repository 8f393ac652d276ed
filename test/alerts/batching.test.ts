import fc from "fast-check";
import { expect, it } from "vitest";
import { openAlerter } from "../../src/alerts/alerter.ts";
import type { Alert, Delivery } from "../../src/model/alert.ts";
import type { StateRow } from "../../src/model/batch.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { Attribution } from "../../src/model/session.ts";
import { ALL, at, attributionOf, CHANNELS, dockerRef, findingAt } from "./findings.ts";

/** What reaches the alerter at one moment. */
type Arrival = { readonly ms: number } & (
  | { readonly kind: "finding"; readonly finding: Finding }
  | { readonly kind: "attribution"; readonly attribution: Attribution }
  | { readonly kind: "tick" }
);

const event = fc.record({
  gapMs: fc.constantFrom(0, 1, 40, 300, 700, 20_000, 70_000, 11 * 60_000, 90 * 60_000),
  container: fc.constantFrom("a", "b", "c"),
  user: fc.constantFrom("alice", "bob"),
  rule: fc.constantFrom("shell", "socket"),
  level: fc.constantFrom("medium" as const, "critical" as const),
  /** How long its attribution takes; null where none ever comes. */
  delayMs: fc.constantFrom(0, 0, 0, 120, 2000, null),
  episode: fc.constantFrom(null, null, "e1"),
  backfill: fc.constantFrom(false, false, false, true),
});

/** Findings, their late attributions and the clock's ticks, in the order of time. */
function arrivalsOf(events: readonly (typeof event extends fc.Arbitrary<infer T> ? T : never)[]): Arrival[] {
  const arrivals: Arrival[] = [];
  let ms = 0;
  for (const [index, one] of events.entries()) {
    ms += one.gapMs;
    const ref = dockerRef(ms * 100 + index, one.container);
    const attribution = attributionOf(ref, one.delayMs === 0 ? one.user : null);
    const changes = { ruleId: one.rule, level: one.level, group: { container: one.container } };
    const finding = findingAt(ms, {
      ...changes,
      refs: [ref],
      attribution,
      id: `finding-${index}`,
      episode: one.episode,
      count: one.episode === null ? 1 : index + 1,
      backfill: one.backfill,
    });
    arrivals.push({ ms, kind: "finding", finding });
    if (one.delayMs !== null && one.delayMs > 0)
      arrivals.push({ ms: ms + one.delayMs, kind: "attribution", attribution: attributionOf(ref, one.user) });
    for (const later of [500, 5000, 60_000]) arrivals.push({ ms: ms + later, kind: "tick" });
  }
  return arrivals.sort((a, b) => a.ms - b.ms);
}

interface Seen {
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly deliveries: readonly Delivery[];
}

/** @param ends after which arrivals a batch ends, and whether the daemon is restarted there. */
function run(
  arrivals: readonly Arrival[],
  endsAt: (index: number) => { readonly restart: boolean } | null,
): Seen {
  const rows = new Map<string, StateRow>();
  const alerts = new Map<string, Alert>();
  const deliveries: Delivery[] = [];
  const open = () =>
    openAlerter({
      routes: ALL,
      channels: CHANNELS,
      silences: [],
      state: [...rows.values()],
      singlesPerMinute: 2,
      inhibitions: [{ by: "socket", mutes: "shell", equal: ["container"] }],
    });
  let alerter = open();
  let batch: Arrival[] = [];
  for (const [index, arrival] of arrivals.entries()) {
    batch.push(arrival);
    const end = endsAt(index);
    if (end === null && index < arrivals.length - 1) continue;
    const findings = batch.flatMap((one) => (one.kind === "finding" ? [one.finding] : []));
    const attributions = batch.flatMap((one) => (one.kind === "attribution" ? [one.attribution] : []));
    const output = alerter.push(findings, attributions, at(arrival.ms));
    for (const alert of output.alerts) alerts.set(alert.id, alert);
    deliveries.push(...output.deliveries);
    for (const row of alerter.drainState()) {
      if (row.json === null) rows.delete(row.key);
      else rows.set(row.key, row);
    }
    if (end?.restart === true) alerter = open();
    batch = [];
  }
  return { alerts, deliveries };
}

const everyEvent = fc.array(event, { maxLength: 25 });

it("yields the same alerts and deliveries however often it is restarted and cut into batches of one moment", () => {
  const choices = fc.array(fc.constantFrom("go on", "end", "restart"), { minLength: 200, maxLength: 200 });

  fc.assert(
    fc.property(everyEvent, choices, (events, choice) => {
      const arrivals = arrivalsOf(events);
      const plain = run(arrivals, () => ({ restart: false }));
      const cut = run(arrivals, (index) => {
        const isMoment =
          arrivals[index]?.ms === arrivals[index + 1]?.ms &&
          // A later finding does not overtake an attribution inside one batch.
          arrivals[index]?.kind === "finding";
        if (isMoment && choice[index % 200] === "go on") return null;
        return { restart: choice[index % 200] === "restart" };
      });

      expect(cut.deliveries).toEqual(plain.deliveries);
      expect(cut.alerts).toEqual(plain.alerts);
    }),
    { numRuns: 500 },
  );
});

it("yields the same alerts, with the same counts, when it reads hours late and in any batches", () => {
  fc.assert(
    fc.property(everyEvent, fc.integer({ min: 1, max: 40 }), (events, size) => {
      const arrivals = arrivalsOf(events);
      const facts = (seen: Seen) =>
        new Map(
          [...seen.alerts].map(([id, { count, firstMs, lastMs, level, refs, group }]) => [
            id,
            { count, firstMs, lastMs, level, refs, group },
          ]),
        );

      const plain = run(arrivals, () => ({ restart: false }));
      const late = run(arrivals, (index) => (index % size === 0 ? { restart: index % 2 === 0 } : null));

      expect(facts(late)).toEqual(facts(plain));
    }),
    { numRuns: 500 },
  );
});

it("tells every channel of every alert, one by one or in a digest", () => {
  fc.assert(
    fc.property(everyEvent, (events) => {
      const arrivals = arrivalsOf(events);

      const { alerts, deliveries } = run(arrivals, () => ({ restart: true }));

      for (const { name } of CHANNELS) {
        const told = new Set(
          deliveries.filter(({ channel }) => channel === name).flatMap((one) => one.alerts),
        );
        const untold = [...alerts.values()].filter(({ id, mutedBy }) => mutedBy === null && !told.has(id));
        expect(untold).toEqual([]);
      }
      expect(new Set(deliveries.map(({ id }) => id)).size).toBe(deliveries.length);
    }),
    { numRuns: 500 },
  );
});
