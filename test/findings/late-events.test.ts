import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openAlerter } from "../../src/alerts/alerter.ts";
import { openDetector } from "../../src/findings/index.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { StateRow } from "../../src/model/batch.ts";
import type { Event } from "../../src/model/event.ts";
import { epochMs } from "../../src/model/ids.ts";
import { PARTS } from "./base-rules.ts";
import { auditEvents, dockerEvent, rulesetOf, seen, sshdEvents, sshdLine } from "./events.ts";

const START_MS = Date.UTC(2026, 10, 24, 10);

/** Correlations of every kind that looks at order or spans sources; one is made of another. */
const RULESET = rulesetOf(`${PARTS}---
title: Changed
name: changed
logsource: { product: linux, service: auditd }
detection: { selection: { type: USYS_CONFIG }, condition: selection }
---
title: Guessing
name: guessing
correlation: { type: event_count, rules: [failed], group-by: [address], timespan: 1m, condition: { gte: 3 } }
---
title: Spray
name: spray
correlation: { type: value_count, rules: [failed], group-by: [address], timespan: 2m, condition: { field: user, gte: 3 } }
---
title: Guessed
correlation: { type: temporal_ordered, rules: [guessing, accepted], group-by: [address], timespan: 5m }
---
title: Any three sources
correlation:
  type: temporal
  rules: [failed, created, changed]
  group-by: [who]
  timespan: 1m
  aliases: { who: { failed: address, created: ContainerName, changed: addr } }
---
title: One after the other
correlation:
  type: temporal_ordered
  rules: [accepted, created, changed]
  group-by: [who]
  timespan: 2m
  aliases: { who: { accepted: address, created: ContainerName, changed: addr } }
`);

const KINDS = ["failed", "accepted", "created", "changed"] as const;

function eventOf(kind: (typeof KINDS)[number], second: number, address: string, user: string): Event {
  switch (kind) {
    case "created":
      return dockerEvent("create", { name: address }, null, second);
    case "changed": {
      const text = `type=USYS_CONFIG msg=audit(${START_MS / 1000 + second}.000:${second + 1}): pid=1 uid=0 addr=${address}`;
      return auditEvents(text)[0] as Event;
    }
    case "failed":
    case "accepted": {
      const word = kind === "failed" ? "Failed" : "Accepted";
      return sshdEvents(
        sshdLine(second, `${word} password for ${user} from ${address} port ${second + 1024} ssh2`),
      )[0] as Event;
    }
    default:
      return kind satisfies never;
  }
}

/** Events of three sources within so many seconds, in order; no two at one second, because ties go by arrival. */
const eventsWithin = (seconds: number) =>
  fc
    .array(
      fc.record({
        gap: fc.constantFrom(1, 2, 5, 5, 15, 15, 30, 59, 60, 61, 125),
        kind: fc.constantFrom("failed", "failed", "failed", ...KINDS),
        address: fc.constantFrom("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        user: fc.constantFrom("a", "b", "c"),
      }),
      { minLength: 5, maxLength: 40, size: "max" },
    )
    .map((all) => {
      let second = 0;
      return all.flatMap(({ gap, kind, address, user }) => {
        second += gap;
        return second > seconds ? [] : [eventOf(kind, second, address, user)];
      });
    });
const lagMs = fc.constantFrom(0, 0, 3000, 60_000, 300_000);
const anyLags = fc.record({ audit: lagMs, docker: lagMs, sshd: lagMs });

/** Turns as the daemon cuts them: each in order of time, after which it may be killed. */
function alertsOf(turns: readonly (readonly Event[])[], isKilled = false): readonly Alert[] {
  const rows = new Map<string, StateRow>();
  const alerts = new Map<string, Alert>();
  const open = () => ({
    detector: openDetector({ ruleset: RULESET, state: [...rows.values()] }),
    alerter: openAlerter({ routes: [], channels: [], silences: [], state: [...rows.values()] }),
  });
  let { detector, alerter } = open();
  for (const [number, turn] of turns.entries()) {
    const nowMs = epochMs(START_MS + 3_600_000 + number * 1000);
    const findings = detector.push(turn.toSorted((a, b) => a.timeMs - b.timeMs).map(seen), nowMs);
    for (const alert of alerter.push(findings, [], nowMs).alerts) alerts.set(alert.id, alert);
    for (const row of [...detector.drainState(), ...alerter.drainState()])
      if (row.json === null) rows.delete(`${row.stage} ${row.key}`);
      else rows.set(`${row.stage} ${row.key}`, row);
    if (isKilled) ({ detector, alerter } = open());
  }
  return [...alerts.values()];
}

/**
 * What alerts say, whatever the moment at which they were told. What was told before a late event showed that it is
 * part of something longer stays, and the longer one's alert has its events too: it is left out here.
 */
function facts(alerts: readonly Alert[]) {
  const isPart = (one: Alert, other: Alert): boolean =>
    one !== other &&
    one.ruleId === other.ruleId &&
    one.groupKey === other.groupKey &&
    one.refs.length < other.refs.length &&
    one.refs.every((ref) => other.refs.includes(ref));
  return alerts
    .filter((one) => !alerts.some((other) => isPart(one, other)))
    .map(({ title, group, count, firstMs, lastMs, refs }) => ({
      title,
      group,
      count,
      seconds: [firstMs, lastMs].map((ms) => (ms - START_MS) / 1000),
      refs: refs.toSorted(),
    }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe("late and out-of-order events give the alerts that ordered ones give", () => {
  it("when each source is late by its own, in turns of any size, killed after each", () => {
    let raised = 0;
    fc.assert(
      fc.property(eventsWithin(900), anyLags, fc.integer({ min: 1, max: 8 }), (events, lags, size) => {
        const arriving = events.toSorted((a, b) => a.timeMs + lags[a.source] - (b.timeMs + lags[b.source]));
        const turns = Array.from({ length: Math.ceil(arriving.length / size) }, (_, at) =>
          arriving.slice(at * size, (at + 1) * size),
        );

        const ordered = facts(alertsOf([events]));
        raised += ordered.length;

        expect(facts(alertsOf(turns, true))).toEqual(ordered);
      }),
      { numRuns: 500 },
    );
    expect(raised).toBeGreaterThan(100);
  });

  it("in any order, up to ten minutes late", () => {
    fc.assert(
      fc.property(
        eventsWithin(600).chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray([...events], { minLength: events.length })),
        ),
        ([events, shuffled]) => {
          expect(facts(alertsOf(shuffled.map((event) => [event])))).toEqual(facts(alertsOf([events])));
        },
      ),
      { numRuns: 400 },
    );
  });
});
