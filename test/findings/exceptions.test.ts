import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chosenFields, evidenceOf } from "../../src/findings/exceptions/choice.ts";
import { filterText } from "../../src/findings/exceptions/filter-text.ts";
import { Matcher } from "../../src/findings/match/matcher.ts";
import { Memory } from "../../src/findings/views/memory.ts";
import { looksOf } from "../../src/findings/views/views.ts";
import type { Event } from "../../src/model/event.ts";
import { auditEvent, dockerEvent, findingsOf, rulesetOf, seen } from "./events.ts";
import { rule } from "./rule-text.ts";

const DOCKER = rule("selection: { Action: create }", "{ product: docker, service: events }");
const FILES = rule("selection: { TargetFilename|contains: / }", "{ product: linux, category: file_change }");
const FACTS = {
  id: "exception-1",
  title: "Exception",
  description: "x",
  author: "x",
  date: "2026-11-24",
  expires: null,
};

/** The evidence of a rule's matches. */
function evidence(ruleText: string, events: readonly Event[], asked: readonly string[] = []) {
  const ruleset = rulesetOf(ruleText);
  const matcher = new Matcher(ruleset);
  const memory = new Memory([]);
  const found: ReturnType<typeof evidenceOf>[] = [];
  for (const event of events)
    for (const { kind, channels, subject } of looksOf(seen(event), memory)) {
      const view = matcher.turn(kind, subject, event.timeMs);
      for (const channel of channels)
        matcher.match(channel, view, (number) => {
          const own = ruleset.rules[number]?.rule;
          if (own !== undefined) found.push(evidenceOf(own, kind, view, asked));
        });
    }
  return found;
}

/** The rule with the exception that its matches make. */
function excepting(ruleText: string, events: readonly Event[]): string {
  const all = evidence(ruleText, events);
  const [first] = all;
  if (first === undefined) throw new Error("the rule does not match");
  return `${ruleText}---\n${filterText(FACTS, [{ rules: [first.rule], fields: chosenFields(all, null) }])}`;
}

const changed = (path: string) =>
  auditEvent(
    'SYSCALL arch=c000003e syscall=87 success=yes pid=5 ppid=4 auid=1000 exe="/usr/bin/rm" comm="rm"',
    `PATH item=0 name=${Buffer.from(path).toString("hex").toUpperCase()} nametype=DELETE`,
  );

describe("an exception", () => {
  const anyName = fc.string({
    unit: fc.constantFrom("a", "b", "B", "*", "?", "\\", "/", "é", "'", '"', ":", "#", " ", "\n", "%"),
    minLength: 1,
    maxLength: 8,
  });

  it("takes out exactly what it was made from, whatever the names", () => {
    fc.assert(
      fc.property(anyName, anyName, (one, other) => {
        const rules = rulesetOf(excepting(DOCKER, [dockerEvent("create", { name: one })]));

        expect(findingsOf(rules, [dockerEvent("create", { name: one })])).toEqual([]);
        expect(findingsOf(rules, [dockerEvent("create", { name: other })])).toHaveLength(
          one === other ? 0 : 1,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("takes out exactly the file, also one whose name is not ASCII or looks like a pattern", () => {
    fc.assert(
      fc.property(anyName, anyName, (one, other) => {
        const [path, another] = [`/etc/${one}x`, `/etc/${other}x`];
        const rules = rulesetOf(excepting(FILES, [changed(path)]));
        const same = path.replaceAll(/\/+/g, "/") === another.replaceAll(/\/+/g, "/");

        expect(findingsOf(rules, [changed(path)])).toEqual([]);
        expect(findingsOf(rules, [changed(another)])).toHaveLength(same ? 0 : 1);
      }),
    );
  });

  it("asks for what all the matches have, and lists a few values", () => {
    const events = ["a", "b"].map((name) => dockerEvent("create", { name }));

    expect(chosenFields(evidence(DOCKER, events), null)).toEqual([
      { field: "ContainerName", values: ["a", "b"] },
      { field: "ImageReference", values: ["docker.io/library/web"] },
    ]);
  });

  it("leaves out a field that has many values, and one that some match lacks", () => {
    const many = Array.from({ length: 6 }, (_, at) => dockerEvent("create", { name: `n${at}` }));
    const lacking = [dockerEvent("create"), dockerEvent("create", { image: null })];
    const names = (events: readonly Event[]) =>
      chosenFields(evidence(DOCKER, events), null).map(({ field }) => field);

    expect(names(many)).toEqual(["ImageReference"]);
    expect(names(lacking)).toEqual(["ContainerName"]);
  });

  it("asks for the fields that it is told to", () => {
    const one = dockerEvent("create", { attributes: { "com.example": "ci" } });
    const field = "attributes.com.example";

    expect(chosenFields(evidence(DOCKER, [one], [field]), [field])).toEqual([{ field, values: ["ci"] }]);
  });

  it("does not repeat bytes that are no text", () => {
    const event = auditEvent(
      'SYSCALL arch=c000003e syscall=87 success=yes pid=5 ppid=4 auid=1000 exe="/usr/bin/rm" comm="rm"',
      "PATH item=0 name=2F6574632FFF nametype=DELETE",
    );

    expect(chosenFields(evidence(FILES, [event]), null).map(({ field }) => field)).toEqual([
      "Image",
      "LoginUser",
    ]);
  });

  it("ends by itself, in the events' time", () => {
    const ends = new Date(dockerEvent("create", {}, null, 60).timeMs).toISOString();
    const [first] = evidence(DOCKER, [dockerEvent("create")]);
    if (first === undefined) throw new Error("no evidence");
    const text = filterText({ ...FACTS, expires: ends }, [
      { rules: [first.rule], fields: chosenFields([first], null) },
    ]);
    const rules = rulesetOf(`${DOCKER}---\n${text}`);

    expect(findingsOf(rules, [dockerEvent("create", {}, null, 59)])).toEqual([]);
    expect(findingsOf(rules, [dockerEvent("create", {}, null, 61)])).toHaveLength(1);
  });
});
