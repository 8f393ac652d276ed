import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRuleFiles } from "../../src/app/rules.ts";
import { readRawLines } from "../../src/cli/commands/rules/raw-events.ts";
import { Explainer } from "../../src/findings/explain/explainer.ts";
import { compileRules } from "../../src/findings/index.ts";
import { Matcher } from "../../src/findings/match/matcher.ts";
import type { Ruleset } from "../../src/findings/ruleset.ts";
import { Memory } from "../../src/findings/views/memory.ts";
import { looksOf } from "../../src/findings/views/views.ts";
import type { Event } from "../../src/model/event.ts";
import { auditEvent, dockerEvent, rulesetOf, seen } from "./events.ts";
import { rule } from "./rule-text.ts";

const ROOT = join(import.meta.dirname, "../..");
const DOCKER = "{ product: docker }";

function explain(ruleset: Ruleset, event: Event, memory = new Memory([])) {
  const looks = [...looksOf(seen(event), memory)];
  return { looks, rules: new Explainer(ruleset, {}).explain(looks, event.timeMs) };
}

/** The one rule's explanation for a container that was made. */
function of(detection: string, more = {}) {
  const [first] = explain(rulesetOf(rule(detection, DOCKER)), dockerEvent("create", more)).rules;
  if (first === undefined) throw new Error("nothing explained");
  return first;
}

describe("an explanation", () => {
  it("agrees with what matches, for each rule of the pack and each event of captured days", () => {
    const { ruleset } = compileRules(readRuleFiles([join(ROOT, "config/rules")]), { placeholders: {} });
    const explainer = new Explainer(ruleset, {});
    const matcher = new Matcher(ruleset);
    const [forExplainer, forMatcher] = [new Memory([]), new Memory([])];
    const read = (name: string) => readFileSync(join(ROOT, "demo/incident", name), "utf8");
    const { events } = readRawLines(
      { audit: read("audit.log"), sshd: read("auth.log"), docker: read("docker-events.jsonl") },
      0,
    );
    let matches = 0;

    for (const event of events) {
      const matched = new Set<string>();
      for (const { kind, channels, subject } of looksOf(seen(event), forMatcher)) {
        const view = matcher.turn(kind, subject, event.timeMs);
        for (const channel of channels)
          matcher.match(channel, view, (number) => matched.add(ruleset.rules[number]?.rule.meta.id ?? ""));
      }
      const explained = explainer.explain([...looksOf(seen(event), forExplainer)], event.timeMs);

      expect(new Set(explained.filter(({ isMatch }) => isMatch).map(({ ruleId }) => ruleId))).toEqual(
        matched,
      );
      for (const { isMatch, detection } of explained)
        expect(detection.deficit === 0).toBe(detection.isMatch || isMatch);
      matches += matched.size;
    }

    expect(matches).toBeGreaterThan(100);
  });

  it("says field by field what the event has, and which value it matches", () => {
    const explanation = of(
      "selection: { Action: create, Image|startswith: [db, web], ContainerName: other }",
    );

    expect(explanation).toMatchObject({ isMatch: false, isNearMiss: true, view: "docker" });
    expect(explanation.detection).toMatchObject({ condition: "selection", deficit: 1 });
    expect(explanation.detection.selections[0]?.part).toEqual({
      kind: "all",
      isMatch: false,
      parts: [
        {
          kind: "test",
          field: "Action",
          modifiers: [],
          isMatch: true,
          actual: "create",
          values: [{ text: "create", isMatch: true }],
        },
        {
          kind: "test",
          field: "Image",
          modifiers: ["startswith"],
          isMatch: true,
          actual: "web:1",
          values: [
            { text: "db", isMatch: false },
            { text: "web", isMatch: true },
          ],
        },
        {
          kind: "test",
          field: "ContainerName",
          modifiers: [],
          isMatch: false,
          actual: "web1",
          values: [{ text: "other", isMatch: false }],
        },
      ],
    });
  });

  it("says of a field that is not there that it is not", () => {
    const part = of("selection: { execCommand: sh }").detection.selections[0]?.part;

    expect(part).toMatchObject({ parts: [{ actual: null, isMatch: false }] });
  });

  it.each([
    ["one test fails of several", "selection: { Image: 'web:1', ContainerName: x }", true],
    ["two tests fail", "selection: { Image: 'web:1', ContainerName: x, execCommand: y }", false],
    [
      "only what all events have matches",
      "selection: { Type: container, Action: create, ContainerName: x }",
      false,
    ],
    [
      "an exclusion takes it out",
      "selection: { Action: create }\nfilter: { Image|startswith: web }\ncondition: selection and not filter",
      true,
    ],
    [
      "an exclusion of two parts that match takes it out",
      "selection: { Action: create }\nfilter: { Image|startswith: web, ContainerName: web1 }\ncondition: selection and not filter",
      true,
    ],
    [
      "one of two ways is near",
      "a: { Image: 'web:1', ContainerName: x }\nb: { Image: z, ContainerName: y, execCommand: q }\ncondition: 1 of *",
      true,
    ],
  ])("is a near miss or not where %s", (_, detection, isNearMiss) => {
    expect(of(detection)).toMatchObject({ isMatch: false, isNearMiss });
  });

  it("writes out the condition", () => {
    expect(
      of("a1: { Image: x }\na2: { Image: y }\nb: { Image: z }\ncondition: 1 of a* and not b").detection
        .condition,
    ).toBe("(a1 or a2) and not b");
  });

  it("tells of filters that take a match out, and of those that have expired", () => {
    const filter = (title: string, expires: string) =>
      `title: ${title}\nlogsource: { product: docker }\nfilter:\n  rules: any\n  selection: { Image: 'web:1' }\n  condition: not selection\ndockwarden: { expires: ${expires} }\n`;
    const ruleset = rulesetOf(
      [
        rule("selection: { Action: create }", DOCKER),
        filter("Old", "2020-01-01"),
        filter("New", "2099-01-01"),
      ].join("---\n"),
    );
    const [explanation] = explain(ruleset, dockerEvent("create")).rules;

    expect(explanation).toMatchObject({
      isMatch: false,
      isNearMiss: true,
      detection: { isMatch: true },
      filters: [
        { title: "Old", state: "expired" },
        { title: "New", state: "takes out" },
      ],
    });
  });

  it("takes the record that comes nearest", () => {
    const event = auditEvent('SYSCALL syscall=257 success=yes exe="/bin/a"', 'PATH item=0 name="/etc/x"');
    const { rules } = explain(
      rulesetOf(rule("selection: { type: PATH, name: /etc/x, nametype: CREATE }")),
      event,
    );

    expect(rules).toHaveLength(1);
    expect(rules[0]?.detection.deficit).toBe(1);
  });
});
