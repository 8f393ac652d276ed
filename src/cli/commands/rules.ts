import { type CliCommand, EXIT, type Terminal } from "../command.ts";
import { optionsOf, runOptions } from "../options.ts";
import type { RulesOptions } from "./rules/load.ts";

type Action = (options: RulesOptions, terminal: Terminal, words: readonly string[]) => Promise<number>;

interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly words?: string;
  readonly load: () => Promise<Action>;
}

const VERBS: readonly Verb[] = [
  {
    name: "check",
    summary: "all that is wrong in the rule files, with line and column",
    load: async () => (await import("./rules/check.ts")).checkRules,
  },
  {
    name: "list",
    summary: "the rules, their levels and where their events come from",
    load: async () => (await import("./rules/list.ts")).listRules,
  },
  {
    name: "test",
    summary: "runs the cases in the .test.yml beside each rule file",
    load: async () => (await import("./rules/test.ts")).testRules,
  },
];

/** `rules`: what can be done with rule files; none of it needs a database or the daemon. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const options = optionsOf("rules", "checks, lists and tests detection rules (Sigma)", terminal);
    for (const { name, summary, words, load } of VERBS) {
      const verb = options
        .command(name)
        .description(summary)
        .option("--rules <path...>", "rule files or directories (default: the configuration's)")
        .option("--config <file>", "the configuration file")
        .option("--json", "JSON instead of a table");
      if (words !== undefined) verb.argument(words);
      verb.action(async (...given: readonly unknown[]) => {
        const word = words === undefined ? [] : [given[0]].flat().map(String);
        code = await (await load())(verb.opts<RulesOptions>(), terminal, word);
      });
    }
    const failure = await runOptions(options, argv);
    return failure === EXIT.done ? code : failure;
  },
};
