import { describe, expect, it } from "vitest";
import { auditEvent } from "./events.ts";
import { faults, matches, rule } from "./rule-text.ts";

/** Which of the selections a, b, c, _d match is in the event's fields. */
const event = (true_: string) =>
  auditEvent(
    `SYSCALL ${true_
      .split("")
      .map((name) => `${name}=1`)
      .join(" ")} x=1`,
  );
const SELECTIONS = "a:\n  a: 1\nb:\n  b: 1\nsel_1:\n  p: 1\nsel_2:\n  q: 1\n_d:\n  d: 1\n";
const holds = (condition: string, true_: string): boolean =>
  matches(`${SELECTIONS}condition: ${condition}`, event(true_));

describe("a condition", () => {
  it.each([
    ["a or b and not a", "a", true],
    ["(a or b) and not a", "a", false],
    ["not a or b", "b", true],
    ["not a and b", "b", true],
    ["not a and b", "ab", false],
    ["not not a", "a", true],
    ["A", "a", null],
    ["a AND NOT b", "a", true],
    ["1 of sel_*", "q", true],
    ["all of sel_*", "q", false],
    ["all of sel_*", "pq", true],
    ["any of sel_*", "p", true],
    ["not 1 of sel_*", "a", true],
    ["not 1 of sel_*", "p", false],
    ["a and not all of sel_*", "ap", true],
    ["1 of them", "d", false],
    ["1 of them", "b", true],
    ["all of them", "abpq", true],
    ["1 of _*", "d", true],
    ["not 1 of sel_* or a", "ap", true],
    ["a and\n    b", "ab", true],
  ])("%s with %s is %s", (condition, true_, expected) => {
    if (expected === null) expect(() => holds(condition, true_)).toThrow("no selection is called");
    else expect(holds(condition, true_)).toBe(expected);
  });

  it("is OR over a list", () => {
    expect(holds("[a, b]", "b")).toBe(true);
    expect(holds("[a, b]", "p")).toBe(false);
  });

  it("takes a missing field as empty, never as unknown", () => {
    const detection =
      "selection:\n  x: 1\nfilter:\n  exe|startswith: /usr/\ncondition: selection and not filter";

    expect(matches(detection, event("a"))).toBe(true);
  });

  it.each([
    ["a and selction_1", '6:20 condition: no selection is called "selction_1"'],
    ["1 of filter_*", '6:19 condition: no selection matches "filter_*"'],
    ["2 of sel_*", '6:14 condition: expected "1 of", "any of" or "all of", got "2"'],
    ["a and", "6:16 condition: expected a name, got the end"],
    ["(a or b", '6:20 condition: expected ")"'],
    ["a b", '6:16 condition: expected and, or or the end, got "b"'],
    ["a & b", '6:16 condition: expected a name, and, or, not or parentheses, got "&"'],
    [
      "a | count() by x > 5",
      '6:16 the aggregation after "|" is Sigma 1; write a correlation rule of type event_count (or value_count with a field) that names this rule',
    ],
    [
      "a | near b",
      '6:16 the aggregation after "|" is Sigma 1; write a correlation rule of type temporal that names this rule',
    ],
    [
      "a and not 1 of filter_*",
      '6:29 warning: condition: no selection matches "filter_*"; what is negated here is never true',
    ],
  ])("%s is told about with its place", (condition, expected) => {
    const text = rule(`a: {x: 1}\nb: {y: 1}\ncondition: ${condition}`);

    expect(faults(text)).toEqual([expected]);
  });
});

describe("a selection", () => {
  const syscall = auditEvent('SYSCALL a0=1 a1=2 exe="/usr/bin/id" comm="id"');

  it("is AND over a map and OR over a list of maps", () => {
    const list = "selection:\n  - a0: 1\n    a1: 3\n  - exe|endswith: /id\n    a1: 2";

    expect(matches(list, syscall)).toBe(true);
    expect(matches(list.replace("a1: 2", "a1: 9"), syscall)).toBe(false);
  });

  it("of texts is keywords, OR; with |all it is AND", () => {
    expect(matches("selection: [nothing, /usr/bin/ID]", syscall)).toBe(true);
    expect(matches("selection:\n  '|all': [/usr/bin/id, nothing]", syscall)).toBe(false);
    expect(matches("selection:\n  '|all': [/usr/bin/id, 'a?=1']", syscall)).toBe(true);
    expect(matches("selection:\n  '|re': ['exe=\".usr']", syscall)).toBe(true);
    expect(matches("selection:\n  - a0: 7\n  - syscall", syscall)).toBe(true);
  });

  it("takes a number as a keyword for a whole word", () => {
    const event = auditEvent("SYSCALL pid=4625 ppid=14625");

    expect(matches("selection: [4625]", event)).toBe(true);
    expect(matches("selection: [462]", event)).toBe(false);
    expect(matches("selection: ['462']", event)).toBe(true);
  });
});
