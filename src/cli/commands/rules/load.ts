import { readRuleFiles } from "../../../app/rules.ts";
import { readSettings } from "../../../config/settings.ts";
import { type CompiledRules, compileRules } from "../../../findings/index.ts";
import type { Settings } from "../../../model/settings.ts";

export interface RulesOptions {
  rules?: string[];
  config?: string;
  json?: boolean;
}

/** The rule files that `--rules` names, else the configuration's, and what compiling them says. No database is needed. */
export async function loadRules(
  options: RulesOptions,
): Promise<
  CompiledRules & { readonly files: number; readonly paths: readonly string[]; readonly settings: Settings }
> {
  const settings = await readSettings(options.config ?? null);
  const paths = options.rules ?? settings.rules;
  const files = readRuleFiles(paths);
  return {
    ...compileRules(files, { placeholders: settings.placeholders }),
    files: files.length,
    paths,
    settings,
  };
}
