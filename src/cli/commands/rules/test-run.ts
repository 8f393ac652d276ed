import { openDetector, type Ruleset } from "../../../findings/index.ts";
import type { StateRow } from "../../../model/batch.ts";
import type { Event } from "../../../model/event.ts";
import type { Finding } from "../../../model/finding.ts";
import { epochMs } from "../../../model/ids.ts";
import { readRawLines } from "./raw-events.ts";
import type { RuleTest } from "./test-file.ts";

/** What one case found wrong; empty: it passed. */
export type CaseFaults = readonly string[];

/** Runs a case. Only findings of the rules in `own` (ids) count; the others are there for correlations. */
export function runTest(test: RuleTest, ruleset: Ruleset, own: ReadonlySet<string>): CaseFaults {
  const { events, faults } = readRawLines(test, Date.now());
  if (faults.length > 0) return faults.map((fault) => `not understood: ${fault}`);
  if (events.length === 0) return ["no events in the lines"];
  const findings = lastOfEach(runWithRestarts(ruleset, events, test.restartAt)).filter(({ ruleId }) =>
    own.has(ruleId),
  );
  const said = findings.map((finding) => `${finding.title} (${finding.count}): ${finding.object ?? ""}`);
  const list = said.length === 0 ? "none" : said.join("; ");
  const expected = typeof test.expect === "number" ? test.expect : test.expect.length;
  if (findings.length !== expected)
    return [`expected ${expected} finding${expected === 1 ? "" : "s"}, got ${findings.length}: ${list}`];
  if (typeof test.expect === "number") return [];
  return test.expect.flatMap((parts, at) => differences(parts, findings[at], at));
}

function runWithRestarts(
  ruleset: Ruleset,
  events: readonly Event[],
  restartAt: RuleTest["restartAt"],
): readonly Finding[] {
  const rows = new Map<string, StateRow>();
  let detector = openDetector({ ruleset, state: [] });
  const findings: Finding[] = [];
  for (const [at, event] of events.entries()) {
    if (restartAt === "every" || restartAt.includes(at))
      detector = openDetector({ ruleset, state: [...rows.values()] });
    findings.push(...detector.push([{ event, attribution: null }], epochMs(event.timeMs)));
    for (const row of detector.drainState())
      if (row.json === null) rows.delete(row.key);
      else rows.set(row.key, row);
  }
  return findings;
}

/** A correlation's finding is told anew while it grows: the last word counts. */
function lastOfEach(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [finding.id, finding])).values()];
}

function differences(
  parts: Readonly<Record<string, unknown>>,
  finding: Finding | undefined,
  at: number,
): CaseFaults {
  if (finding === undefined) return [];
  const known: Readonly<Record<string, unknown>> = { ...finding };
  return Object.entries(parts).flatMap(([key, wanted]) => {
    const found = Object.hasOwn(known, key) ? known[key] : undefined;
    return JSON.stringify(found) === JSON.stringify(wanted)
      ? []
      : [`finding ${at + 1}: ${key}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(found)}`];
  });
}
