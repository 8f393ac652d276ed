import { describe, expect, it } from "vitest";
import { countersIn, SAMPLE_EVERY } from "../../src/findings/counters.ts";
import { openDetector } from "../../src/findings/index.ts";
import type { StateRow } from "../../src/model/batch.ts";
import { epochMs } from "../../src/model/ids.ts";
import { dockerEvent, rulesetOf, seen } from "./events.ts";
import { rule } from "./rule-text.ts";

const DOCKER = "{ product: docker }";
const text = [
  rule("selection: { Action: create }", DOCKER).replace("A rule", "Made\nname: made"),
  rule("selection: { Action: destroy }", DOCKER).replace("A rule", "Gone\nname: gone"),
  `title: Many\nname: many\ncorrelation:\n  type: event_count\n  rules: [made]\n  group-by: [Type]\n  timespan: 10m\n  condition: { gte: 3 }\n`,
].join("---\n");

/** A detector that keeps its committed rows. */
function keeping(ruleText: string, rows = new Map<string, StateRow>(), stopwatch?: () => number) {
  const detector = openDetector({
    ruleset: rulesetOf(ruleText),
    state: [...rows.values()],
    ...(stopwatch === undefined ? {} : { stopwatch }),
  });
  return {
    rows,
    detector,
    push: (count: number, nowMs = 0): void => {
      for (let at = 0; at < count; at++)
        detector.push([seen(dockerEvent("create", {}, null, at))], epochMs(nowMs));
      for (const row of detector.drainState())
        if (row.json === null) rows.delete(row.key);
        else rows.set(row.key, row);
    },
  };
}
const of = (rows: ReadonlyMap<string, StateRow>) => countersIn([...rows.values()]);

describe("a rule's counters", () => {
  it("count events, parts of correlations too, and an episode once however it grows", () => {
    const { push, rows } = keeping(text);

    push(5);

    const last = dockerEvent("create", {}, null, 4).timeMs;
    expect(of(rows).get("made")).toEqual({ matches: 5, lastMs: last, spentMs: 0 });
    expect(of(rows).get("many")).toMatchObject({ matches: 1 });
    expect(of(rows).get("gone")).toBeUndefined();
  });

  it("go on after a restart, and go when their rule goes", () => {
    const { push, rows } = keeping(text);
    push(2);

    keeping(text, rows).push(2);
    expect(of(rows).get("made")?.matches).toBe(4);

    keeping(rule("selection: { Action: destroy }", DOCKER), rows).push(1);
    expect(of(rows).get("made")).toBeUndefined();
  });

  it("estimate the time in a rule's tests from some of the events, and save it seldom", () => {
    const tried = rule(
      "selection: { Action: create }\nfilter: { Image: 'web*' }\ncondition: selection and not filter",
      DOCKER,
    );
    let now = 0;
    const { push, rows, detector } = keeping(tried, new Map(), () => (now += 2));

    push(SAMPLE_EVERY * 3, 0);
    const [counted] = detector.counters();
    push(1, 59_000);
    const early = of(rows).size;
    push(1, 61_000);

    // Three samples of 2 ms each stand for all, and one more of the two that came later.
    expect(counted).toMatchObject({ matches: 0, spentMs: 3 * 2 * SAMPLE_EVERY });
    expect(early).toBe(0);
    expect(of(rows).get("A rule")).toEqual({ matches: 0, lastMs: null, spentMs: 4 * 2 * SAMPLE_EVERY });
  });
});
