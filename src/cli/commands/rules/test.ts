import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readRuleFiles } from "../../../app/rules.ts";
import { readSettings } from "../../../config/settings.ts";
import { compileRules, type RuleFile } from "../../../findings/index.ts";
import { printable } from "../../../lib/printable.ts";
import { EXIT, type Terminal } from "../../command.ts";
import type { RulesOptions } from "./load.ts";
import { parseTests } from "./test-file.ts";
import { runTest } from "./test-run.ts";

/** What became of one case. */
export interface TestOutcome {
  readonly path: string;
  readonly line: number;
  readonly name: string;
  /** How many findings the case expects. */
  readonly expected: number;
  readonly faults: readonly string[];
}

/** The test files below files and directories. */
function testFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? globSync("**/*.test.{yml,yaml}", { cwd: path })
          .toSorted()
          .map((file) => join(path, file))
      : [path.replace(/(\.test)?(\.ya?ml)$/, ".test$2")].filter((file) => existsSync(file)),
  );
}

/** Runs the cases of test files; a case is about the rules of the file beside it, with all the given rules loaded. */
export function runTestFiles(
  paths: readonly string[],
  rules: readonly RuleFile[],
  placeholders: Readonly<Record<string, readonly string[]>>,
): readonly TestOutcome[] {
  return testFiles(paths).flatMap((path): readonly TestOutcome[] => {
    const parsed = parseTests(readFileSync(path, "utf8"));
    if (!parsed.ok)
      return [{ path, line: parsed.line, name: "(the file)", expected: 0, faults: [parsed.reason] }];
    const beside = path.replace(/\.test(\.ya?ml)$/, "$1");
    return parsed.tests.map((test) => {
      const { ruleset } = compileRules(rules, { placeholders: { ...placeholders, ...test.placeholders } });
      const own = new Set(
        [...ruleset.rules, ...ruleset.correlations]
          .filter(({ rule }) => rule.meta.path === beside)
          .map(({ rule }) => rule.meta.id),
      );
      const faults = own.size === 0 ? [`no rules in ${beside}`] : runTest(test, ruleset, own);
      const expected = typeof test.expect === "number" ? test.expect : test.expect.length;
      return { path, line: test.line, name: test.name, expected, faults };
    });
  });
}

/** `rules test`: runs the `.test.yml` beside each rule file; 1 where a case fails or there is none. */
export async function testRules(options: RulesOptions, terminal: Terminal): Promise<number> {
  const settings = await readSettings(options.config ?? null);
  const paths = options.rules ?? settings.rules;
  const files = readRuleFiles(paths);
  const outcomes = runTestFiles(paths, files, settings.placeholders);
  const failed = outcomes.filter(({ faults }) => faults.length > 0);
  if (options.json === true)
    for (const outcome of outcomes) terminal.out.write(`${JSON.stringify(outcome)}\n`);
  else {
    for (const { path, line, name, faults } of failed)
      for (const fault of faults)
        terminal.err.write(`${printable(`${path}:${line}  ${name}: ${fault}`)} (DW_RULE_TEST)\n`);
    const tested = new Set(outcomes.map(({ path }) => path)).size;
    terminal.out.write(
      `${outcomes.length - failed.length} of ${outcomes.length} cases passed, in ${tested} files for ${files.length} rule files\n`,
    );
  }
  return failed.length > 0 || outcomes.length === 0 ? EXIT.nothing : EXIT.done;
}
