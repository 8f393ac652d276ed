import { ruleErrorLine } from "../../../findings/index.ts";
import { printable } from "../../../lib/printable.ts";
import { EXIT, type Terminal } from "../../command.ts";
import { loadRules, type RulesOptions } from "./load.ts";

/** `rules check`: all that is wrong in the rule files; 1 where something is. */
export async function checkRules(options: RulesOptions, terminal: Terminal): Promise<number> {
  const { ruleset, errors, warnings, files } = await loadRules(options);
  const rules = ruleset.rules.length + ruleset.correlations.length + ruleset.filters.length;
  if (options.json === true) terminal.out.write(`${JSON.stringify({ files, rules, errors, warnings })}\n`);
  else {
    for (const error of [...errors, ...warnings]) terminal.err.write(`${printable(ruleErrorLine(error))}\n`);
    const count = (list: readonly unknown[], noun: string): string =>
      `${list.length} ${noun}${list.length === 1 ? "" : "s"}`;
    terminal.out.write(
      `${rules} rules from ${files} files: ${count(errors, "error")}, ${count(warnings, "warning")}\n`,
    );
  }
  return errors.length > 0 || files === 0 ? EXIT.nothing : EXIT.done;
}
