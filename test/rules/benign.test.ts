import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readRuleFiles } from "../../src/app/rules.ts";
import { readRawLines } from "../../src/cli/commands/rules/raw-events.ts";
import { compileRules, openDetector } from "../../src/findings/index.ts";
import { compareLevels } from "../../src/model/finding.ts";
import { epochMs } from "../../src/model/ids.ts";

const FIXTURE = join(import.meta.dirname, "../fixtures/benign");
const file = (name: string) => readFileSync(join(FIXTURE, name), "utf8");

it("raises nothing at medium or above on an ordinary day", () => {
  const { ruleset } = compileRules(readRuleFiles([join(import.meta.dirname, "../../config/rules")]), {
    placeholders: {},
  });
  const { events, faults } = readRawLines(
    { audit: file("audit.log"), sshd: file("auth.log"), docker: file("docker.jsonl") },
    Date.UTC(2026, 10, 24),
  );

  const findings = openDetector({ ruleset, state: [] }).push(
    events.map((event) => ({ event, attribution: null })),
    epochMs(0),
  );

  expect(faults).toEqual([]);
  expect(events.length).toBeGreaterThan(250);
  expect(
    findings
      .filter(({ level }) => compareLevels(level, "medium") >= 0)
      .map(({ title, object }) => [title, object]),
  ).toEqual([]);
});
