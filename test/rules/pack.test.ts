import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRuleFiles } from "../../src/app/rules.ts";
import { runTestFiles } from "../../src/cli/commands/rules/test.ts";
import { compileRules } from "../../src/findings/index.ts";

const RULES = join(import.meta.dirname, "../../config/rules");
const files = readRuleFiles([RULES]);
const { ruleset, errors, warnings } = compileRules(files, { placeholders: {} });
const outcomes = runTestFiles([RULES], files, {});
const rules = [...ruleset.rules, ...ruleset.correlations];

it("has neither errors nor warnings", () => {
  expect([...errors, ...warnings]).toEqual([]);
  expect(rules.length).toBeGreaterThan(50);
});

describe("every rule file", () => {
  it.each(files.map(({ path }) => path))("%s has cases beside it, of which one raises nothing", (path) => {
    const tests = path.replace(/\.yml$/, ".test.yml");

    expect(existsSync(tests)).toBe(true);
    expect(outcomes.filter((outcome) => outcome.path === tests && outcome.expected === 0)).not.toEqual([]);
  });
});

it.each(outcomes.map(({ path, name, faults }) => [path.slice(RULES.length + 1), name, faults] as const))(
  "%s: %s",
  (_path, _name, faults) => {
    expect(faults).toEqual([]);
  },
);

it.each(rules.filter(({ isSilent }) => !isSilent).map(({ rule }) => [rule.meta.title, rule.meta] as const))(
  "%s says how sure it is, what is wrong with it and what to do",
  (_title, meta) => {
    expect(meta.tags.some((tag) => tag.startsWith("attack."))).toBe(true);
    expect(meta.falsePositives).not.toEqual([]);
    expect(meta.words.nextSteps).not.toBeNull();
    expect(meta.words.action).not.toBeNull();
    expect(meta.description).not.toBeNull();
  },
);
