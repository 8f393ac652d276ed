import { type CliCommand, EXIT } from "../command.ts";
import type { AddOptions } from "../exception/add.ts";
import type { ListOptions } from "../exception/list.ts";
import type { RemoveOptions } from "../exception/remove.ts";
import { optionsOf, runOptions } from "../options.ts";

/** `exception`: keeps rules from matching what is known to be harmless. A silence keeps the alert and tells nobody. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const command = optionsOf(
      "exception",
      "keeps rules from matching what is known to be harmless: no alert is raised ('silence' keeps the alert and tells nobody)",
      terminal,
    );
    command
      .command("add")
      .description(
        "writes a Sigma filter from what an alert's events have, after showing what it would have taken out",
      )
      .requiredOption("--from-alert <ID>", "the alert, by its id or the beginning of it")
      .option("--expires <TIME>", "when it ends by itself: 30d (from now) or 2027-01-31 (default: never)")
      .option("--field <NAME...>", "ask for these fields and no others ('rules explain EVENT' shows fields)")
      .option("--comment <TEXT>", "why", "")
      .option("--since <TIME>", "try it on the stored events from this time on", "30d")
      .option(
        "--dir <DIRECTORY>",
        "where to save it (default: the configuration's own, else /etc/dockwarden/rules)",
      )
      .option("--yes", "save it without asking")
      .option("--json", "one JSON object")
      .option("--db <FILE>", "the database (default: the configuration's)")
      .option("--config <FILE>", "the configuration file")
      .action(async (options: AddOptions) => {
        code = await (await import("../exception/add.ts")).addException(options, terminal);
      });
    command
      .command("list", { isDefault: true })
      .description("all filters among the configured rules, and until when they hold")
      .option("--json", "one JSON object a line")
      .option("--config <FILE>", "the configuration file")
      .action(async (options: ListOptions) => {
        code = await (await import("../exception/list.ts")).listExceptions(options, terminal);
      });
    command
      .command("remove <ID...>")
      .description("deletes exceptions that 'exception add' wrote")
      .option("--dir <DIRECTORY>", "look there only (default: the configuration's rules)")
      .option("--config <FILE>", "the configuration file")
      .action(async (ids: string[], options: RemoveOptions) => {
        code = await (await import("../exception/remove.ts")).removeExceptions(ids, options, terminal);
      });
    const exit = await runOptions(command, argv);
    return exit === EXIT.done ? code : exit;
  },
};
