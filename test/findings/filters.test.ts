import { describe, expect, it } from "vitest";
import { auditEvent, findingsOf, rulesetOf } from "./events.ts";
import { faults, rule } from "./rule-text.ts";

const RULE = rule("selection:\n  exe|startswith: /usr/").replace("title: A rule", "title: A rule\nid: r1");
const filter = (body: string, more = ""): string =>
  `---\ntitle: Exception\nid: f1\nlogsource: { product: linux, service: auditd }\nfilter:\n${body.replaceAll(/^/gm, "  ")}\n${more}`;
const known = auditEvent('SYSCALL exe="/usr/bin/known" auid=1');
const other = auditEvent('SYSCALL exe="/usr/bin/other" auid=1');
const found = (text: string) => findingsOf(rulesetOf(text), [known, other]).map(({ refs }) => refs[0]);
const NOT_KNOWN = "rules: [r1]\nselection: { exe|endswith: /known }\ncondition: not selection";

describe("a filter", () => {
  it("is ANDed to the rules that it names", () => {
    expect(found(RULE)).toEqual([known.ref, other.ref]);
    expect(found(RULE + filter(NOT_KNOWN))).toEqual([other.ref]);
  });

  it("for any rule holds for those of its log source", () => {
    expect(found(RULE + filter(NOT_KNOWN.replace("[r1]", "any")))).toEqual([other.ref]);
    expect(
      found(RULE + filter(NOT_KNOWN.replace("[r1]", "any")).replace("service: auditd", "service: sshd")),
    ).toEqual([known.ref, other.ref]);
  });

  it("ends when it expires, in the events' time", () => {
    expect(found(RULE + filter(NOT_KNOWN, "dockwarden: { expires: 2026-01-01 }"))).toHaveLength(2);
    expect(found(RULE + filter(NOT_KNOWN, "dockwarden: { expires: 2027-01-01 }"))).toHaveLength(1);
  });

  it.each([
    [NOT_KNOWN.replace("not ", ""), 'an exclusion reads "not selection"'],
    [NOT_KNOWN.replace("r1", "r2"), 'no rule has the id or name "r2"; did you mean "r1"?'],
    [NOT_KNOWN.replace("rules: [r1]\n", ""), "rules: expected a list of rule ids or names"],
  ])("%j is refused", (body, expected) => {
    expect(faults(RULE + filter(body)).join("\n")).toContain(expected);
  });

  it("of another log source than its rule is refused", () => {
    expect(faults(RULE + filter(NOT_KNOWN).replace("service: auditd", "service: sshd"))[0]).toContain(
      "has another logsource",
    );
  });
});

describe("rule files", () => {
  it("with one id twice keep the first", () => {
    expect(faults(`${RULE}---\n${RULE}`)).toEqual(['9:1 id "r1" is already that of a.yml:1']);
  });

  it("say where a key stands twice, and what is no YAML", () => {
    expect(faults(rule("selection:\n  exe: a\n  exe: b"))[0]).toMatch(/^6:5 this key stands twice/);
    expect(faults("title: [")[0]).toMatch(/not YAML/);
    expect(faults("- a\n- b")[0]).toMatch(/expected a rule/);
  });

  it("do not unfold anchors without end", () => {
    const bomb = `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 8 }, (_, at) => `a${at + 1}: &a${at + 1} [${Array(10).fill(`*a${at}`).join(", ")}]`).join("\n")}\n`;

    expect(faults(bomb).join()).toContain("anchors unfolded");
  });

  it.each([
    [
      "title: x\ndetection: { s: { a: b }, condition: s }",
      "1:1 expected a logsource with product, service or category",
    ],
    [
      "title: x\nlogsource: { product: linux }",
      "1:1 expected one of detection, correlation, filter, got none",
    ],
    [
      "titel: x\nlogsource: { product: linux }\ndetection: { s: { a: b }, condition: s }",
      '1:1 expected a title; is "titel" meant?',
    ],
    [
      "title: x\nlevel: hihg\nlogsource: { product: linux }\ndetection: { s: { a: b }, condition: s }",
      '2:8 level: expected informational, low, medium, high, critical, got "hihg"; did you mean "high"?',
    ],
    [
      "title: x\nlogsource: { product: linux }\ndetection: { s: { a: { b: c } }, condition: s }",
      "3:22 a: expected a value or a list of values, got a map",
    ],
    [
      "title: x\nlogsource: { product: linux }\ndetection: { s: { a|lt: x }, condition: s }",
      '3:25 lt: expected a number, got "x"',
    ],
    [
      "title: x\nlogsource: { product: linux }\ndetection: { s: { a|re|contains: x }, condition: s }",
      "3:19 modifiers contains and re do not go together",
    ],
    [
      "title: x\nlogsource: { product: linux }\ndetection: { s: [], condition: s }",
      "3:17 expected at least one value, got an empty list",
    ],
  ])("%j", (text, expected) => {
    expect(faults(text)[0]).toBe(expected);
  });
});
