import type { Command } from "commander";
import { type CliCommand, EXIT, type Terminal } from "../command.ts";
import { choiceOf, optionsOf, parseCount, runOptions } from "../options.ts";
import { SKELETON_NAMES } from "./rules/skeletons.ts";

/** A verb's action: its options, where it writes, its argument where it has one. */
type Action = (options: never, terminal: Terminal, word: string) => Promise<number>;

interface Verb {
  readonly name: string;
  readonly summary: string;
  /** What commander shows of the argument, and what it is. */
  readonly argument?: readonly [string, string];
  /** It writes rules, and does not read any. */
  readonly isWriting?: boolean;
  readonly options?: (verb: Command) => Command;
  readonly load: () => Promise<Action>;
}

const withDatabase = (verb: Command): Command =>
  verb.option("--db <file>", "the database (default: the configuration's)");

const withDirectory = (verb: Command): Command =>
  verb.option(
    "--dir <directory>",
    "the directory (default: the configuration's own, else /etc/dockwarden/rules)",
  );

const VERBS: readonly Verb[] = [
  {
    name: "check",
    summary: "all that is wrong in the rule files, with line and column",
    load: async () => (await import("./rules/check.ts")).checkRules,
  },
  {
    name: "list",
    summary: "the rules: whether there is data for them on this host, what they matched and what they cost",
    options: (verb) =>
      withDatabase(verb).option(
        "--audit-rules <file>",
        "judge by these audit rules, as auditctl -R takes them (default: those that the kernel has)",
      ),
    load: async () => (await import("./rules/list.ts")).listRules,
  },
  {
    name: "test",
    summary: "runs the cases in the .test.yml beside each rule file",
    load: async () => (await import("./rules/test.ts")).testRules,
  },
  {
    name: "new",
    summary: "writes a rule to begin with, and cases for it, into your rules directory",
    argument: ["<name>", "the rule's and the file's name, such as backup_changed"],
    isWriting: true,
    options: (verb) =>
      withDirectory(verb).option(
        "--kind <kind>",
        `what it looks at: ${SKELETON_NAMES.join(", ")}`,
        choiceOf(SKELETON_NAMES),
        "docker",
      ),
    load: async () => (await import("./rules/new.ts")).newRule,
  },
  {
    name: "explain",
    summary: "which part of which rule a stored event matched or not, with what the event has there",
    argument: ["<event>", "an event's reference ('alerts show ID', 'events --json'), or an audit serial"],
    options: (verb) =>
      withDatabase(verb)
        .option("--rule <id>", "only this rule, matched or not: its id, name or title")
        .option("--all", "all rules of the event's log sources (default: those that matched or nearly did)"),
    load: async () => (await import("./rules/explain.ts")).explainRules,
  },
  {
    name: "hunt",
    summary: "what a rule would have found in the stored events; raises no alert and writes nothing",
    argument: ["<rule>", "a rule's or correlation's id, name or title, or a rule file"],
    options: (verb) =>
      withDatabase(verb)
        .option("--since <time>", "from this time on (30m, 7d, 2026-11-24T10:00)", "30d")
        .option("--until <time>", "before this time (default: now)")
        .option("--limit <n>", "at most the last n findings", parseCount, 1000),
    load: async () => (await import("./rules/hunt.ts")).huntRule,
  },
];

/** `rules`: what can be done with detection rules. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const options = optionsOf(
      "rules",
      "checks, lists, tests, explains and hunts with detection rules (Sigma)",
      terminal,
    );
    for (const { name, summary, argument, isWriting, options: own, load } of VERBS) {
      const verb = options
        .command(name)
        .description(summary)
        .option("--config <file>", "the configuration file");
      if (isWriting !== true)
        verb
          .option("--rules <path...>", "rule files or directories (default: the configuration's)")
          .option("--json", "JSON instead of a table");
      own?.(verb);
      if (argument !== undefined) verb.argument(...argument);
      verb.action(async (...given: readonly unknown[]) => {
        const word = argument === undefined ? "" : String(given[0]);
        code = await (await load())(verb.opts<never>(), terminal, word);
      });
    }
    const failure = await runOptions(options, argv);
    return failure === EXIT.done ? code : failure;
  },
};
