import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DockwardenError } from "../model/fault.ts";

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
