import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CorrelationRule } from "../../../src/findings/ast.ts";
import {
  addHit,
  emptyGroup,
  episodeCount,
  type GroupState,
  pruneGroup,
} from "../../../src/findings/correlate/group.ts";
import type { Hit } from "../../../src/findings/correlate/window.ts";
import { rulesetOf } from "../events.ts";
import { rule } from "../rule-text.ts";

const TIMESPAN_MS = 100;

function correlation(body: string): CorrelationRule {
  const members = ["a", "b", "c"]
    .map((name) => rule(`selection:\n  x: ${name}`).replace("title:", `name: ${name}\ntitle: ${name}`))
    .join("---\n");
  const { correlations } = rulesetOf(
    `${members}---\ntitle: Corr\ncorrelation:\n  timespan: 1m\n${body.replaceAll(/^/gm, "  ")}`,
  );
  const [only] = correlations;
  if (only === undefined) throw new Error("no correlation");
  return { ...only.rule, timespanMs: TIMESPAN_MS };
}

const KINDS: readonly [string, CorrelationRule][] = [
  ["event_count", correlation("type: event_count\nrules: [a]\ncondition: { gte: 3 }")],
  ["value_count", correlation("type: value_count\nrules: [a]\ncondition: { field: f, gte: 3 }")],
  ["value_sum", correlation("type: value_sum\nrules: [a]\ncondition: { field: f, gt: 5 }")],
  ["temporal", correlation("type: temporal\nrules: [a, b, c]")],
  ["temporal_ordered", correlation("type: temporal_ordered\nrules: [a, b, c]")],
];

let sequence = 0;
const hitAt = (timeMs: number, member = 0, value = "1"): Hit => ({
  key: `${timeMs}/${sequence}`,
  member,
  timeMs,
  lastMs: timeMs,
  source: 0,
  sequence: sequence++,
  refs: [`ref:${timeMs}/${sequence}`],
  weight: 1,
  value,
  isEpisode: false,
  backfill: false,
});

function episodesOf(rule: CorrelationRule, hits: readonly Hit[]): readonly object[] {
  const state = emptyGroup({});
  for (const hit of hits) addHit(rule, state, hit);
  return describeEpisodes(rule, state);
}

function describeEpisodes(rule: CorrelationRule, state: GroupState): readonly object[] {
  return state.episodes
    .map((episode) => ({
      firstMs: episode.firstMs,
      openedMs: episode.openedMs,
      lastMs: episode.lastMs,
      count: episodeCount(rule, state, episode),
      refs: episode.refs.toSorted(),
    }))
    .toSorted((a, b) => a.firstMs - b.firstMs);
}

/** The definition itself, slowly: the first window that qualifies opens, a quiet timespan closes. */
function expectedEpisodes(
  rule: CorrelationRule,
  hits: readonly Hit[],
  qualifies: (w: readonly Hit[]) => boolean,
) {
  const sorted = hits.toSorted((a, b) => a.timeMs - b.timeMs || a.sequence - b.sequence);
  const episodes: { firstMs: number; openedMs: number; lastMs: number; count: number; refs: string[] }[] = [];
  for (let at = 0; at < sorted.length; at++) {
    const endMs = sorted[at]?.timeMs ?? 0;
    const open = episodes.at(-1);
    if (open !== undefined && endMs <= open.lastMs + rule.timespanMs) {
      open.lastMs = endMs;
      open.count++;
      open.refs.push(...(sorted[at]?.refs ?? []));
      continue;
    }
    const window = sorted.filter(({ timeMs }) => timeMs <= endMs && timeMs >= endMs - rule.timespanMs);
    if (!qualifies(window)) continue;
    episodes.push({
      firstMs: window[0]?.timeMs ?? 0,
      openedMs: endMs,
      lastMs: endMs,
      count: window.length,
      refs: window.flatMap(({ refs }) => refs),
    });
    at = sorted.findLastIndex(({ timeMs }) => timeMs <= endMs);
  }
  return episodes.map((episode) => ({ ...episode, refs: episode.refs.toSorted() }));
}

const anyHits = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.nat(2), fc.nat(3)), { maxLength: 25 })
  .map((rows) => rows.map(([timeMs, member, value]) => hitAt(timeMs, member, String(value))));

describe.each(KINDS)("%s", (_, correlation) => {
  it("gives the same episodes whatever order the events come in", () => {
    fc.assert(
      fc.property(
        anyHits.chain((hits) =>
          fc.tuple(fc.constant(hits), fc.shuffledSubarray(hits, { minLength: hits.length })),
        ),
        ([hits, shuffled]) => {
          const ordered = hits.toSorted((a, b) => a.timeMs - b.timeMs || a.sequence - b.sequence);

          expect(episodesOf(correlation, shuffled)).toEqual(episodesOf(correlation, ordered));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("gives the same after its state went through JSON at any moment", () => {
    fc.assert(
      fc.property(anyHits, fc.nat(25), (hits, at) => {
        let state = emptyGroup({});
        for (const [index, hit] of hits.entries()) {
          if (index === at) state = JSON.parse(JSON.stringify(state)) as GroupState;
          addHit(correlation, state, hit);
        }

        expect(describeEpisodes(correlation, state)).toEqual(episodesOf(correlation, hits));
      }),
    );
  });
});

describe("event_count", () => {
  const [, count] = KINDS[0] ?? ["", correlation("")];

  it("agrees with its definition", () => {
    fc.assert(
      fc.property(anyHits, (hits) => {
        expect(episodesOf(count, hits)).toEqual(
          expectedEpisodes(count, hits, (window) => window.length >= 3),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("counts the window's ends in, and no further", () => {
    expect(
      episodesOf(
        count,
        [0, 50, 100].map((at) => hitAt(at)),
      ),
    ).toHaveLength(1);
    expect(
      episodesOf(
        count,
        [0, 50, 101].map((at) => hitAt(at)),
      ),
    ).toHaveLength(0);
  });

  it("closes after one quiet timespan and opens anew", () => {
    const times = [0, 1, 2, 102, 202, 303, 304, 305];

    expect(
      episodesOf(
        count,
        times.map((at) => hitAt(at)),
      ),
    ).toMatchObject([
      { firstMs: 0, lastMs: 202, count: 5 },
      { firstMs: 303, lastMs: 305, count: 3 },
    ]);
  });

  it("keeps an episode's count when what led to it is forgotten", () => {
    const state = emptyGroup({});
    for (let at = 0; at <= 3000; at += 50) {
      addHit(count, state, hitAt(at));
      pruneGroup(count, state, at - 10);
    }

    expect(describeEpisodes(count, state)).toMatchObject([{ firstMs: 0, lastMs: 3000, count: 61 }]);
    expect(state.hits).toEqual([]);
    expect(pruneGroup(count, state, 4000)).toBe(true);
  });

  it("stays bounded", () => {
    const state = emptyGroup({});
    for (let at = 0; at < 5000; at++) addHit(count, state, hitAt(at * 60));

    expect(state.hits.length).toBeLessThanOrEqual(512);
  });
});
