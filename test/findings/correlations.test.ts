import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRules, openDetector } from "../../src/findings/index.ts";
import type { Ruleset } from "../../src/findings/ruleset.ts";
import type { StateRow } from "../../src/model/batch.ts";
import type { Event } from "../../src/model/event.ts";
import type { Finding } from "../../src/model/finding.ts";
import { epochMs } from "../../src/model/ids.ts";
import type { Attribution } from "../../src/model/session.ts";
import { PARTS } from "./base-rules.ts";
import { auditEvent, dockerEvent, findingsOf, rulesetOf, seen, sshdEvents, sshdLine } from "./events.ts";
import { faults } from "./rule-text.ts";

const correlation = (body: string, name = "corr"): string =>
  `---\ntitle: ${name}\nname: ${name}\nlevel: high\ncorrelation:\n${body.trim().replaceAll(/^/gm, "  ")}\n`;
const COUNT = correlation(
  "type: event_count\nrules: [failed]\ngroup-by: [address]\ntimespan: 1m\ncondition: { gte: 3 }",
  "count",
);
const AFTER = correlation(
  "type: temporal_ordered\nrules: [count, accepted]\ngroup-by: [address]\ntimespan: 10m",
  "after",
);

const failed = (second: number, { user = "root", address = "192.0.2.9" } = {}) =>
  sshdLine(second, `Failed password for ${user} from ${address} port ${4000 + second} ssh2`);
const accepted = (second: number, { user = "root", address = "192.0.2.9" } = {}) =>
  sshdLine(second, `Accepted password for ${user} from ${address} port ${4000 + second} ssh2`);
const lines = (...all: readonly string[]) => sshdEvents(all.join("\n"));
const brief = (findings: readonly Finding[]) =>
  findings.map(({ title, count, group }) => [title, count, group]);

/** What is known in the end: the last finding of each id. */
function outcome(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [finding.id, finding])).values()].toSorted((a, b) =>
    a.id < b.id ? -1 : 1,
  );
}

/** Runs the events in the given batches; the detector is thrown away and made anew from its rows before each of `restarts`. */
function run(
  ruleset: Ruleset,
  batches: readonly (readonly Event[])[],
  restarts: ReadonlySet<number>,
): readonly Finding[] {
  const rows = new Map<string, StateRow>();
  let detector = openDetector({ ruleset, state: [] });
  const findings: Finding[] = [];
  for (const [at, batch] of batches.entries()) {
    if (restarts.has(at)) detector = openDetector({ ruleset, state: [...rows.values()] });
    findings.push(...detector.push(batch.map(seen), epochMs(0)));
    for (const row of detector.drainState()) {
      if (row.json === null) rows.delete(row.key);
      else rows.set(row.key, JSON.parse(JSON.stringify(row)) as StateRow);
    }
  }
  return findings;
}

describe("an episode", () => {
  const ruleset = rulesetOf(PARTS + COUNT);

  it("opens at the threshold, keeps its id while its count grows, and says so once a batch", () => {
    const detector = openDetector({ ruleset, state: [] });
    const push = (...given: readonly string[]) => detector.push(lines(...given).map(seen), epochMs(0));

    const opened = push(failed(0), failed(1), failed(2), failed(3));
    const grown = push(failed(50), failed(70));
    const anew = push(failed(131), failed(132), failed(133));

    expect(brief(opened)).toEqual([["count", 4, { address: "192.0.2.9" }]]);
    expect(brief(grown)).toEqual([["count", 6, { address: "192.0.2.9" }]]);
    expect(grown[0]?.id).toBe(opened[0]?.id);
    expect(grown[0]?.episode).toBe(opened[0]?.refs[0]);
    expect(brief(anew)).toEqual([["count", 3, { address: "192.0.2.9" }]]);
    expect(anew[0]?.id).not.toBe(opened[0]?.id);
  });

  it("of a chain counts the inner one's events, also those that come later", () => {
    const detector = openDetector({
      ruleset: rulesetOf(PARTS + COUNT + AFTER.replace("10m", "10m\n  generate: true")),
      state: [],
    });
    const push = (...given: readonly string[]) => detector.push(lines(...given).map(seen), epochMs(0));

    const first = push(accepted(0), failed(1), failed(2), failed(3), accepted(20)).filter(
      ({ title }) => title !== "Accepted",
    );
    const later = push(failed(30), failed(40));

    expect(brief(first).map(([title, count]) => [title, count])).toEqual([
      ["count", 3],
      ["after", 4],
    ]);
    expect(brief(later).map(([title, count]) => [title, count])).toEqual([
      ["count", 5],
      ["after", 6],
    ]);
  });

  it("is backfill only while all of it is", () => {
    const detector = openDetector({ ruleset, state: [] });
    const old = sshdEvents([failed(0), failed(1), failed(2)].join("\n"), true);

    expect(detector.push(old.map(seen), epochMs(0))).toMatchObject([{ backfill: true, count: 3 }]);
    expect(detector.push(lines(failed(3)).map(seen), epochMs(0))).toMatchObject([
      { backfill: false, count: 4 },
    ]);
  });

  it("names at most 100 events", () => {
    const many = Array.from({ length: 150 }, (_, at) => failed(at));

    expect(findingsOf(ruleset, lines(...many))).toMatchObject([{ count: 150, refs: { length: 100 } }]);
  });
});

describe("a correlation", () => {
  it("keeps groups apart, and leaves out events without a group field", () => {
    const nameless = sshdLine(3, "Failed password for root from UNKNOWN port 65535 ssh2");

    const findings = findingsOf(
      rulesetOf(PARTS + COUNT),
      lines(failed(0), failed(1), failed(2, { address: "::1" }), nameless, nameless, nameless),
    );

    expect(findings).toEqual([]);
  });

  it("counts distinct values", () => {
    const spray = rulesetOf(
      PARTS +
        correlation(
          "type: value_count\nrules: [failed]\ngroup-by: [address]\ntimespan: 1m\ncondition: { field: user, gte: 3 }",
        ),
    );
    const users = ["a", "b", "a", "b", "b"];

    expect(findingsOf(spray, lines(...users.map((user, at) => failed(at, { user }))))).toEqual([]);
    expect(
      brief(findingsOf(spray, lines(...[...users, "c"].map((user, at) => failed(at, { user }))))),
    ).toEqual([["corr", 6, { address: "192.0.2.9" }]]);
  });

  it("joins sources by aliases, in order or not", () => {
    const across = (type: string) =>
      rulesetOf(
        PARTS +
          correlation(
            `type: ${type}\nrules: [accepted, created]\ngroup-by: [who]\ntimespan: 1m\naliases:\n  who: { accepted: user, created: ContainerName }`,
          ),
      );
    const container = (second: number) => dockerEvent("create", { name: "root" }, null, second);
    const forwards = [...lines(accepted(0)), container(60)];
    const backwards = [container(0), ...lines(accepted(1))];

    expect(brief(findingsOf(across("temporal_ordered"), forwards))).toEqual([["corr", 2, { who: "root" }]]);
    expect(findingsOf(across("temporal_ordered"), backwards)).toEqual([]);
    expect(findingsOf(across("temporal"), backwards)).toHaveLength(1);
    expect(findingsOf(across("temporal"), [...lines(accepted(0)), container(61)])).toEqual([]);
  });

  it("takes a condition over its rules", () => {
    const ruleset = rulesetOf(
      PARTS +
        correlation(
          "type: temporal\nrules: [accepted, failed, created]\ntimespan: 1m\ncondition: created and (accepted or failed)",
        ),
    );

    expect(findingsOf(ruleset, lines(failed(0), accepted(1)))).toEqual([]);
    expect(findingsOf(ruleset, [...lines(failed(0)), dockerEvent("create", {}, null, 2)])).toHaveLength(1);
  });

  it.each([
    ["value_sum", "{ field: port, gt: 8005 }", 3],
    ["value_avg", "{ field: port, gte: 4002 }", 5],
    ["value_percentile", "{ field: port, percentile: 50, gte: 4002 }", 5],
  ])("computes %s", (type, condition, opensAt) => {
    const ruleset = rulesetOf(
      PARTS + correlation(`type: ${type}\nrules: [failed]\ntimespan: 1m\ncondition: ${condition}`),
    );
    const events = lines(...[0, 1, 2, 3, 4].map((second) => failed(second)));

    expect(findingsOf(ruleset, events.slice(0, opensAt - 1))).toEqual([]);
    expect(findingsOf(ruleset, events.slice(0, opensAt))).toHaveLength(1);
  });

  it("silences the rules that it is made of, unless it says generate: true", () => {
    const titles = (text: string) =>
      findingsOf(rulesetOf(text), lines(failed(0), accepted(1))).map(({ title }) => title);

    expect(titles(PARTS + COUNT)).toEqual(["Accepted"]);
    expect(titles(PARTS + COUNT.replace("condition:", "generate: true\n  condition:"))).toEqual([
      "Failed",
      "Accepted",
    ]);
  });

  it("breaks ties in time by arrival", () => {
    const ruleset = rulesetOf(
      PARTS + correlation("type: temporal_ordered\nrules: [failed, accepted]\ntimespan: 1m"),
    );

    expect(findingsOf(ruleset, lines(failed(5), accepted(5)))).toHaveLength(1);
    expect(findingsOf(ruleset, lines(accepted(5), failed(5)))).toEqual([]);
  });
});

describe("state", () => {
  const ruleset = rulesetOf(PARTS + COUNT + AFTER.replace("10m", "10m\n  generate: true"));
  const anyLine = fc
    .tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom("192.0.2.1", "192.0.2.2"), fc.boolean())
    .map(([second, address, isFailure]) => (isFailure ? failed : accepted)(second, { address }));
  const anyLog = fc.array(anyLine, { minLength: 1, maxLength: 40 }).map((log) => log.toSorted());

  it("restarted at any events gives the same findings", () => {
    fc.assert(
      fc.property(anyLog, fc.array(fc.nat(40)), (log, restarts) => {
        const batches = lines(...log).map((event) => [event]);

        expect(run(ruleset, batches, new Set(restarts))).toEqual(run(ruleset, batches, new Set()));
      }),
      { numRuns: 300 },
    );
  });

  it("cut into any batches gives the same findings in the end", () => {
    fc.assert(
      fc.property(anyLog, fc.array(fc.nat(40)), (log, cuts) => {
        const events = lines(...log);
        const edges = [...new Set([0, ...cuts.filter((cut) => cut < events.length), events.length])].toSorted(
          (a, b) => a - b,
        );
        const batches = edges.slice(1).map((end, at) => events.slice(edges[at], end));

        expect(outcome(run(ruleset, batches, new Set()))).toEqual(outcome(run(ruleset, [events], new Set())));
      }),
    );
  });

  it("does not grow with time", () => {
    const rows = new Map<string, StateRow>();
    const detector = openDetector({ ruleset, state: [] });
    for (let at = 0; at < 300; at++) {
      const events = lines(failed(at * 120, { address: `192.0.2.${at % 250}` }));
      detector.push(events.map(seen), epochMs(0));
      for (const row of detector.drainState())
        if (row.json === null) rows.delete(row.key);
        else rows.set(row.key, row);
    }

    expect(rows.size).toBeLessThan(40);
  });
});

describe("one event", () => {
  it("fires a rule once, though several records match, and not again when records come late", () => {
    const ruleset = rulesetOf(
      "title: Path\nlogsource: { product: linux, service: auditd }\ndetection: { selection: { type: PATH, name|startswith: /etc/ }, condition: selection }",
    );
    const event = auditEvent(
      'SYSCALL exe="/bin/x" auid=0',
      'PATH item=0 name="/etc/a"',
      'PATH item=1 name="/etc/b"',
    );
    const rows = new Map<string, StateRow>();
    const detector = openDetector({ ruleset, state: [] });

    const found = detector.push([seen(event)], epochMs(0));
    for (const row of detector.drainState()) rows.set(row.key, row);
    const again = openDetector({ ruleset, state: [...rows.values()] }).push(
      [seen({ ...event, late: true })],
      epochMs(0),
    );

    expect(found).toHaveLength(1);
    expect(again).toEqual([]);
  });

  it("may serve two correlations", () => {
    const ruleset = rulesetOf(PARTS + COUNT + COUNT.replaceAll(": count\n", ": other\n"));

    expect(findingsOf(ruleset, lines(failed(0), failed(1), failed(2))).map(({ title }) => title)).toEqual([
      "count",
      "other",
    ]);
  });
});

describe("a wrong correlation", () => {
  const at = PARTS.split("\n").length + 1;
  it.each([
    [
      "type: event_count\nrules: [faild]\ntimespan: 1m\ncondition: { gte: 1 }",
      'no rule has the id or name "faild"; did you mean "failed"?',
    ],
    [
      "type: event_count\nrules: [corr]\ntimespan: 1m\ncondition: { gte: 1 }",
      '"corr" leads back to this correlation',
    ],
    ["type: event_count\nrules: [failed]\ntimespan: 1m\ncondition: { lt: 3 }", "nothing happens at all"],
    ["type: event_count\nrules: [failed]\ntimespan: 1m\ncondition: { eq: 0 }", "nothing happens at all"],
    ["type: event_count\nrules: [failed]\ntimespan: 1m", "event_count needs one"],
    [
      "type: value_count\nrules: [failed]\ntimespan: 1m\ncondition: { gte: 3 }",
      "needs the field whose values",
    ],
    ["type: event_count\nrules: [failed]\ntimespan: 1 minute\ncondition: { gte: 1 }", 'got "1 minute"'],
    [
      "type: temporal\nrules: [failed]\ntimespan: 1m\naliases: { x: { accepted: y } }",
      '"accepted" is not among the rules',
    ],
    ["type: temporal\nrules: [failed]\ntimespam: 1m", 'unknown key "timespam"; did you mean "timespan"?'],
  ])("%s", (body, expected) => {
    const found = faults(PARTS + correlation(body));

    expect(found.join("\n")).toContain(expected);
    expect(Number(found[0]?.split(":")[0])).toBeGreaterThanOrEqual(at);
  });

  it("M is a month, m a minute", () => {
    const spans = ["1m", "1M"].map(
      (timespan) => rulesetOf(PARTS + COUNT.replace("1m", timespan)).correlations[0]?.rule.timespanMs,
    );

    expect(spans).toEqual([60_000, 2_592_000_000]);
  });

  it("leaves the other rules loaded", () => {
    const { ruleset, errors } = compileRules(
      [{ path: "a.yml", text: PARTS + COUNT.replace("gte: 3", "lt: 3") }],
      { placeholders: {} },
    );

    expect(errors).toHaveLength(1);
    expect(ruleset.rules).toHaveLength(3);
  });
});

describe("a person who becomes known later", () => {
  const ruleset = rulesetOf(
    PARTS +
      correlation(
        "type: temporal_ordered\nrules: [accepted, created]\ngroup-by: [who]\ntimespan: 1m\naliases:\n  who: { accepted: user, created: Actor.User }",
      ),
  );
  const container = dockerEvent("create", {}, null, 30);
  const attribution = (user: string | null, final: boolean): Attribution => ({
    ref: container.ref,
    actor:
      user === null
        ? null
        : { user, address: null, port: null, method: null, key: null, ses: null, auid: null, via: [] },
    origin: null,
    confidence: "exact",
    candidates: [],
    evidence: [],
    command: null,
    end: null,
    final,
  });

  it("makes the event take part, over a restart too", () => {
    const first = openDetector({ ruleset, state: [] });
    first.push([...lines(accepted(0)), container].map(seen), epochMs(0));
    const second = openDetector({ ruleset, state: first.drainState() });

    expect(second.push([], epochMs(0), [attribution(null, false)])).toEqual([]);
    expect(second.push([], epochMs(0), [attribution("root", true)])).toMatchObject([
      { title: "corr", count: 2, group: { who: "root" }, attribution: { actor: { user: "root" } } },
    ]);
    expect(second.push([], epochMs(0), [attribution("root", true)])).toEqual([]);
  });

  it("or never, is forgotten", () => {
    const detector = openDetector({ ruleset, state: [] });
    detector.push([...lines(accepted(0)), container].map(seen), epochMs(0));
    detector.push([], epochMs(0), [attribution(null, true)]);

    expect(
      detector.drainState().filter(({ key, json }) => key.startsWith("waiting:") && json !== null),
    ).toEqual([]);
    expect(detector.push([], epochMs(0), [attribution("root", true)])).toEqual([]);
  });
});
