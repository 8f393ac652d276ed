import { describe, expect, it } from "vitest";
import { standingsOf } from "../../src/findings/explain/standing.ts";
import { Memory } from "../../src/findings/views/memory.ts";
import type { DockerEvent } from "../../src/model/event.ts";
import { dockerEvent, rulesetOf, seen } from "./events.ts";
import { rule } from "./rule-text.ts";

const DOCKER = "{ product: docker }";
const RULES = [
  rule("selection: { Action: create }", DOCKER).replace("A rule", "Made\nname: made"),
  rule("selection: { Action: destroy }", DOCKER).replace("A rule", "Gone\nname: gone"),
];
const correlation = (type: string, more: string): string =>
  `title: Several\ncorrelation:\n  type: ${type}\n  rules: [made${type.startsWith("temporal") ? ", gone" : ""}]\n  group-by: [Image]\n  timespan: 1m\n${more}`;

/** Where a correlation stands, for the first event; the events are made in time order. */
function standing(text: string, events: readonly DockerEvent[], which = 0) {
  const ruleset = rulesetOf([...RULES, text].join("---\n"));
  const one = events[which];
  if (one === undefined) throw new Error("no event");
  const [found] = standingsOf(ruleset, new Set([0]), seen(one), events.map(seen), new Memory([]));
  return found;
}
const made = (second: number, more: Partial<DockerEvent> = {}) => dockerEvent("create", more, null, second);
const COUNT = correlation("event_count", "  condition: { gte: 3 }\n");

describe("where a correlation stands", () => {
  it("counts the events of the best window that holds the event, both ends included", () => {
    const events = [made(0), made(30), made(60), made(61), made(90), made(120)];

    // Windows that hold second 60: 0 to 60 has three, 30 to 90 four, 60 to 120 four.
    expect(standing(COUNT, events, 2)).toMatchObject({
      title: "Several",
      group: { Image: "web:1" },
      measure: { kind: "count", of: "events", count: 4, needs: "at least 3" },
    });
    expect(standing(COUNT, events)).toMatchObject({ measure: { count: 3 } });
  });

  it("counts only the event's own group", () => {
    const events = [made(0), made(1, { image: "db:1" }), made(2)];

    expect(standing(COUNT, events)).toMatchObject({ measure: { count: 2 } });
    expect(standing(COUNT, events, 1)).toMatchObject({ group: { Image: "db:1" }, measure: { count: 1 } });
  });

  it("counts different values where values are counted", () => {
    const values = correlation("value_count", "  condition: { gte: 3, field: ContainerName }\n");
    const events = ["a", "b", "a"].map((name, at) => made(at, { name }));

    expect(standing(values, events)).toMatchObject({
      measure: { of: "values of ContainerName", count: 2, needs: "at least 3" },
    });
  });

  it("names the rules of a chain that matched, and those that did not", () => {
    const chain = correlation("temporal_ordered", "");

    expect(standing(chain, [made(0)])?.measure).toEqual({
      kind: "members",
      seen: ["Made"],
      missing: ["Gone"],
    });
    expect(standing(chain, [made(0), dockerEvent("destroy", {}, null, 60)])?.measure).toMatchObject({
      missing: [],
    });
    expect(standing(chain, [made(0), dockerEvent("destroy", {}, null, 61)])?.measure).toMatchObject({
      missing: ["Gone"],
    });
  });

  it("says that an event without a group takes no part", () => {
    expect(standing(COUNT, [made(0, { image: null })])).toMatchObject({ group: null });
  });
});
