import { describe, expect, it } from "vitest";
import { type AlerterParts, openAlerter } from "../../src/alerts/alerter.ts";
import type { Alert, Delivery, Silence } from "../../src/model/alert.ts";
import type { Finding } from "../../src/model/finding.ts";
import { eventRef } from "../../src/model/ids.ts";
import { ALL, at, attributionOf, CHANNELS, dockerRef, findingAt } from "./findings.ts";

function open(changes: Partial<AlerterParts> = {}) {
  const alerter = openAlerter({ routes: ALL, channels: CHANNELS, silences: [], state: [], ...changes });
  const alerts = new Map<string, Alert>();
  const deliveries: Delivery[] = [];
  const take = ({ alerts: rows, deliveries: more }: ReturnType<typeof alerter.tick>) => {
    for (const row of rows) alerts.set(row.id, row);
    deliveries.push(...more);
  };
  return {
    alerter,
    push: (
      offsetMs: number,
      findings: readonly Finding[],
      ...attributions: Parameters<typeof alerter.push>[1]
    ) => take(alerter.push(findings, attributions, at(offsetMs))),
    tick: (offsetMs: number) => take(alerter.tick(at(offsetMs))),
    alerts: () => [...alerts.values()],
    deliveries,
    told: (channel: string) => deliveries.filter((delivery) => delivery.channel === channel),
  };
}

const MINUTE = 60_000;

describe("grouping", () => {
  it("makes one alert of repeats about one group, told once", () => {
    const { push, alerts, told } = open();

    push(0, [findingAt(0)]);
    push(9 * MINUTE, [findingAt(9 * MINUTE)]);
    push(18 * MINUTE, [findingAt(18 * MINUTE)]);

    expect(alerts()).toMatchObject([{ count: 3, firstMs: at(0), lastMs: at(18 * MINUTE) }]);
    expect(told("mail")).toHaveLength(1);
  });

  it("opens another alert after ten quiet minutes, for another group and for another rule", () => {
    const { push, alerts, told } = open();

    push(0, [findingAt(0), findingAt(1, { group: { container: "b" } }), findingAt(2, { ruleId: "other" })]);
    push(11 * MINUTE, [findingAt(11 * MINUTE)]);

    expect(alerts()).toHaveLength(4);
    expect(new Set(told("mail").map(({ id }) => id)).size).toBe(4);
  });

  it("counts a finding that is given twice once", () => {
    const { push, alerts } = open();

    push(0, [findingAt(0)]);
    push(10, [findingAt(0)]);

    expect(alerts()).toMatchObject([{ count: 1 }]);
  });

  it("takes a correlation's count as it stands and its episode as the alert's identity", () => {
    const { push, alerts, told } = open();
    const burst = (offsetMs: number, count: number) =>
      findingAt(offsetMs, { id: "burst", episode: "e1", count, group: { address: "127.0.0.9" } });

    push(0, [burst(0, 8)]);
    push(1000, [burst(1000, 9)]);
    push(20 * MINUTE, [burst(20 * MINUTE, 40)]);

    expect(alerts()).toMatchObject([{ count: 40 }]);
    expect(told("hook")).toHaveLength(1);
  });

  it("tells of a steady drip once a day", () => {
    const { push, told } = open();

    for (let minute = 0; minute < 48 * 60; minute += 5) push(minute * MINUTE, [findingAt(minute * MINUTE)]);

    expect(told("mail")).toHaveLength(2);
  });

  it("tells again when the level rises", () => {
    const { push, told, alerts } = open();

    push(0, [findingAt(0)]);
    push(1000, [findingAt(1000, { level: "critical" })]);

    expect(alerts()).toMatchObject([{ level: "critical", count: 2 }]);
    expect(new Set(told("mail").map(({ id }) => id)).size).toBe(2);
  });

  it("tells again when another person does the same to the same container", () => {
    const { push, told, alerts } = open();
    const ref = dockerRef(1000);

    push(0, [findingAt(0)]);
    push(1000, [findingAt(1000, { attribution: attributionOf(ref, "bob") })]);
    push(2000, [findingAt(2000)]);

    expect(told("mail")).toHaveLength(2);
    expect(alerts()[0]?.sentence).toContain("bob");
  });

  it("does not take the names that a guesser tries for so many people", () => {
    const { push, told, alerts } = open();
    const claims = ["root", "oracle", "backup", "test"].map((user, second) => {
      const attribution = attributionOf(dockerRef(second * 1000), user, {
        confidence: null,
        end: "not logged in: the name is only claimed",
      });
      return findingAt(second * 1000, { episode: "spray", count: second + 5, firstMs: at(0), attribution });
    });

    for (const claim of claims) push(claim.timeMs - at(0), [claim]);

    expect(told("mail")).toHaveLength(1);
    expect(alerts()).toMatchObject([{ count: 8, firstMs: at(0), lastMs: at(3000) }]);
    expect(alerts()[0]?.sentence).toContain("somebody claiming to be root");
  });

  it("finds out later that a repeat was another person's", () => {
    const { push, told } = open();
    const ref = dockerRef(1000);

    push(0, [findingAt(0)]);
    push(1000, [findingAt(1000, { attribution: attributionOf(ref, null) })]);
    push(5000, [], attributionOf(ref, "bob"));

    expect(told("mail").map(({ createdMs }) => createdMs)).toEqual([at(0), at(5000)]);
  });

  it("lets go of what is over", () => {
    const { alerter, push } = open();

    push(0, [findingAt(0)]);
    alerter.drainState();
    push(2 * 60 * MINUTE, [findingAt(2 * 60 * MINUTE, { group: { container: "b" } })]);

    expect(alerter.drainState()).toContainEqual(
      expect.objectContaining({ key: expect.stringMatching(/^episode:.*\\"a\\"/s), json: null }),
    );
    expect(alerter.live()).toHaveLength(1);
  });
});

describe("an actor that is still to come", () => {
  const unresolved = findingAt(0, { attribution: attributionOf(dockerRef(0), null) });

  it("is waited for half a second, then the alert goes out saying so", () => {
    const { push, tick, told, alerts } = open();

    push(10, [unresolved]);
    tick(509);
    expect(told("mail")).toEqual([]);
    tick(510);

    expect(told("mail")).toHaveLength(1);
    expect(alerts()).toMatchObject([
      { notifyAtMs: at(510), sentence: expect.stringMatching(/^actor: resolving…/) },
    ]);
  });

  it("goes into the telling when it comes in time", () => {
    const { push, told, alerts } = open();

    push(10, [unresolved]);
    push(200, [], attributionOf(dockerRef(0), "alice"));

    expect(told("mail")).toMatchObject([{ createdMs: at(200) }]);
    expect(alerts()[0]?.sentence).toMatch(/^alice/);
  });

  it("completes the row and tells webhooks again, not mailboxes, when it comes later", () => {
    const { push, tick, told, alerts } = open();

    push(10, [unresolved]);
    tick(600);
    push(3000, [], attributionOf(dockerRef(0), "alice"));
    push(4000, [], attributionOf(dockerRef(0), "alice"));

    expect(alerts()[0]).toMatchObject({
      attribution: { actor: { user: "alice" } },
      notifyAtMs: at(510 + 90),
    });
    expect(told("mail")).toHaveLength(1);
    expect(told("hook").map(({ createdMs }) => createdMs)).toEqual([at(600), at(3000)]);
    expect(new Set(told("hook").map(({ id }) => id)).size).toBe(2);
  });

  it("is not waited for when it is known well enough, though not finally", () => {
    const { push, told } = open();
    const known = attributionOf(dockerRef(0), "alice", { confidence: "strong", final: false });

    push(10, [findingAt(0, { attribution: known })]);

    expect(told("mail")).toHaveLength(1);
  });

  it("is unknown after a minute, and the alert no longer promises it", () => {
    const { push, tick, alerts } = open();

    push(10, [unresolved]);
    tick(600);
    tick(61_000);

    expect(alerts()[0]?.sentence).toMatch(/^an unknown actor started a shell/);
  });

  it("is told as it stands when the next episode begins before the wait is over", () => {
    const { push, told } = open();

    push(10, [unresolved, findingAt(11 * MINUTE)]);

    expect(told("mail")).toHaveLength(2);
  });
});

describe("states", () => {
  it("reopens a resolved alert at the next event and tells again", () => {
    const { alerter, push, told, alerts } = open();

    push(0, [findingAt(0)]);
    alerter.setStates(alerter.live().map((id) => ({ id, state: "resolved" })));
    push(1000, [findingAt(1000)]);

    expect(alerts()).toMatchObject([{ state: "open", count: 2 }]);
    expect(told("mail")).toHaveLength(2);
  });

  it("keeps an acknowledged alert acknowledged, and quiet", () => {
    const { alerter, push, told, alerts } = open();

    push(0, [findingAt(0)]);
    alerter.setStates(alerter.live().map((id) => ({ id, state: "acknowledged" })));
    push(1000, [findingAt(1000)]);

    expect(alerts()).toMatchObject([{ state: "acknowledged", count: 2 }]);
    expect(told("mail")).toHaveLength(1);
  });
});

describe("routes", () => {
  it("sends by level and by matcher, to each channel once", () => {
    const routes = [
      { minLevel: "high" as const, channels: ["mail"], match: {} },
      { minLevel: "low" as const, channels: ["hook", "mail"], match: { user: "al*" } },
      { minLevel: "low" as const, channels: ["gone"], match: {} },
    ];
    const { push, deliveries } = open({ routes });
    const byBob = attributionOf(dockerRef(1, "b"), "bob");

    push(0, [
      findingAt(0, { level: "high" }),
      findingAt(1, { group: { container: "b" }, attribution: byBob }),
      findingAt(2, { group: { container: "c" }, attribution: byBob, level: "critical" }),
    ]);

    expect(deliveries.map(({ channel }) => channel)).toEqual(["mail", "hook", "mail"]);
  });
});

describe("mutes", () => {
  const silence: Silence = {
    id: "s1",
    matchers: { container: "a" },
    startMs: at(0),
    endMs: at(5 * MINUTE),
    comment: "",
    author: "",
  };

  it("silences by matcher and time, and tells when the silence is over and it goes on", () => {
    const { push, alerts, told } = open({ silences: [silence] });

    push(0, [findingAt(0), findingAt(1, { group: { container: "b" } })]);
    expect(alerts().map(({ mutedBy, notifyAtMs }) => [mutedBy, notifyAtMs])).toEqual([
      ["s1", null],
      [null, at(0)],
    ]);
    push(6 * MINUTE, [findingAt(6 * MINUTE)]);

    expect(alerts()[0]).toMatchObject({ mutedBy: null, notifyAtMs: at(6 * MINUTE) });
    expect(told("mail").map(({ createdMs }) => createdMs)).toEqual([at(0), at(6 * MINUTE)]);
  });

  it("does not mute what several may have done for the sake of one of them", () => {
    const { push, told } = open({ silences: [{ ...silence, matchers: { user: "alice" } }] });
    const unsure = attributionOf(dockerRef(0), null, {
      confidence: "window",
      final: true,
      candidates: ["alice", "bob"]
        .map((user) => attributionOf(dockerRef(0), user).actor)
        .filter((one) => one !== null),
    });

    push(0, [findingAt(0, { attribution: unsure })]);

    expect(told("mail")).toHaveLength(1);
  });

  it("does not tell of password guessing any more once the guesser got in", () => {
    const { push, alerts, told } = open({
      inhibitions: [{ by: "got-in", mutes: "guessing", equal: ["address"] }],
    });
    const ssh = (ruleId: string, offsetMs: number, episode: string, address = "127.0.0.9") =>
      findingAt(offsetMs, {
        refs: [eventRef(`sshd:${at(offsetMs)}:99:${episode}`)],
        ruleId,
        id: `${ruleId}${offsetMs}`,
        group: { address },
        episode,
        attribution: null,
      });

    push(0, [ssh("guessing", 0, "e1")]);
    push(1000, [ssh("got-in", 1000, "e2")]);
    push(2000, [ssh("guessing", 2000, "e3"), ssh("guessing", 2000, "e4", "127.0.0.10")]);

    expect(told("mail")).toHaveLength(3);
    expect(alerts().map(({ mutedBy }) => mutedBy !== null)).toEqual([false, false, true, false]);
  });
});

describe("floods", () => {
  const flood = (count: number, from = 0, changes: Partial<Finding> = {}) =>
    Array.from({ length: count }, (_, index) =>
      findingAt(from + index, { group: { container: `c${from}-${index}` }, ...changes }),
    );

  it("sends 20 in a minute one by one and all others in one digest", () => {
    const { push, tick, told } = open();

    push(0, flood(50));
    push(MINUTE / 2, flood(10, 100));
    tick(MINUTE);

    const kinds = told("mail").map(({ kind }) => kind);
    expect(kinds).toEqual([...Array.from({ length: 20 }, () => "alert"), "digest"]);
    expect(told("mail").at(-1)?.alerts).toHaveLength(40);
    expect(new Set(told("mail").flatMap(({ alerts }) => alerts)).size).toBe(60);
  });

  it("gives out a minute's digest when the next minute's first alert comes", () => {
    const { push, told } = open();

    push(0, flood(21));
    push(MINUTE, flood(1, 100));

    expect(told("mail").slice(-2)).toMatchObject([{ kind: "digest" }, { kind: "alert" }]);
  });

  it("does not let a flood delay what is critical", () => {
    const { push, told } = open();

    push(0, [...flood(50), ...flood(1, 100, { level: "critical" })]);

    expect(told("mail")).toHaveLength(21);
  });

  it("tells what the logs already held in one digest", () => {
    const { push, tick, told, alerts } = open();

    push(0, flood(70, 0, { backfill: true }));
    push(3000, flood(70, 1000, { backfill: true }));
    tick(7000);
    expect(told("mail")).toEqual([]);
    tick(8000);

    expect(told("mail")).toMatchObject([{ kind: "digest", alerts: { length: 140 } }]);
    expect(alerts().every(({ backfill, notifyAtMs }) => backfill && notifyAtMs === null)).toBe(true);
  });

  it("tells at once when what the logs held goes on", () => {
    const { push, told, alerts } = open();

    push(0, [findingAt(0, { backfill: true })]);
    push(1000, [findingAt(1000)]);

    expect(told("mail")).toMatchObject([{ kind: "alert" }]);
    expect(alerts()).toMatchObject([{ backfill: false, count: 2 }]);
  });
});
