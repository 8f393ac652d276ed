import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { compileRules, type Ruleset, ruleErrorLine } from "../findings/index.ts";
import { DockwardenError } from "../model/fault.ts";
import type { Settings } from "../model/settings.ts";

const IS_RULE = /\.ya?ml$/;
const IS_TEST = /\.test\.ya?ml$/;

/**
 * The rule files below the given files and directories, in a stable order; `*.test.yml` are left out.
 * @throws DockwardenError DW_RULES_UNREADABLE with the path that cannot be read.
 */
export function readRuleFiles(
  paths: readonly string[],
): readonly { readonly path: string; readonly text: string }[] {
  const files: string[] = [];
  const visit = (path: string): void => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(join(path, name));
    } else if (IS_RULE.test(path) && !IS_TEST.test(path)) files.push(path);
  };
  try {
    for (const path of paths) visit(path);
    return files.map((path) => ({ path, text: readFileSync(path, "utf8") }));
  } catch (cause) {
    throw new DockwardenError("DW_RULES_UNREADABLE", `cannot read the rules: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The configured rules, compiled; what is refused is said as `file:line:column  …` lines. */
export function loadRules(settings: Pick<Settings, "rules" | "placeholders">): {
  readonly ruleset: Ruleset;
  readonly errors: readonly string[];
} {
  const { ruleset, errors } = compileRules(readRuleFiles(settings.rules), {
    placeholders: settings.placeholders,
  });
  return { ruleset, errors: errors.map(ruleErrorLine) };
}
