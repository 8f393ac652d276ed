import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assign, costOf, settle } from "../../src/sessions/assignment.ts";

function cheapest(cost: readonly (readonly number[])[], row = 0, used = new Set<number>()): number {
  if (row === cost.length) return 0;
  let best = Infinity;
  for (const [column, value] of (cost[row] ?? []).entries()) {
    if (used.has(column)) continue;
    used.add(column);
    best = Math.min(best, value + cheapest(cost, row + 1, used));
    used.delete(column);
  }
  return best;
}

describe("assign", () => {
  it("finds what trying all finds", () => {
    const matrix = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 }))
      .chain(([rows, more]) =>
        fc.array(
          fc.array(fc.integer({ min: 0, max: 50 }), { minLength: rows + more, maxLength: rows + more }),
          {
            minLength: rows,
            maxLength: rows,
          },
        ),
      );

    fc.assert(
      fc.property(matrix, (cost) => {
        const assignment = assign(cost);

        expect(new Set(assignment).size).toBe(cost.length);
        expect(costOf(cost, assignment)).toBe(cheapest(cost));
      }),
    );
  });
});

describe("settle", () => {
  const option = (client: string, cost: number, once = true) => ({ client, actor: client, cost, once });

  it("gives a client that acts once to one event, and says by how much", () => {
    const choices = settle([
      { options: [option("a", 1), option("b", 30)] },
      { options: [option("a", 5), option("b", 9)] },
    ]);

    expect(choices).toEqual([
      { client: "a", marginMs: 25 },
      { client: "b", marginMs: 25 },
    ]);
  });

  it("is certain where nobody else can have done it", () => {
    const choices = settle([{ options: [option("a", 900)] }, { options: [option("a", 1), option("b", 3)] }]);

    expect(choices).toEqual([
      { client: "a", marginMs: Infinity },
      { client: "b", marginMs: Infinity },
    ]);
  });

  it("is certain of the person where both clients are hers", () => {
    const both = [
      { client: "a", actor: "alice", cost: 1, once: true },
      { client: "b", actor: "alice", cost: 2, once: true },
    ];

    expect(settle([{ options: both }, { options: both }]).map(({ marginMs }) => marginMs)).toEqual([
      Infinity,
      Infinity,
    ]);
  });

  it("lets a client that can act often serve all", () => {
    const often = { options: [option("curl", 4, false)] };

    expect(settle([often, often, often]).map(({ client }) => client)).toEqual(["curl", "curl", "curl"]);
  });

  it("leaves an event without a client where none fits", () => {
    expect(settle([{ options: [] }])).toEqual([{ client: null, marginMs: 0 }]);
  });
});
