import { printable } from "../../lib/printable.ts";
import { type CliCommand, EXIT } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { optionsOf, runOptions } from "../options.ts";

interface Options {
  db?: string;
  config?: string;
}

/** `backup`: a consistent copy of the database, while the daemon runs. */
export const command: CliCommand = {
  async run(argv, terminal) {
    const options = optionsOf("backup", "copies the database, also while the daemon runs", terminal)
      .argument("<FILE>", "the copy; a file of that name is replaced")
      .option("--db <FILE>", "the database (default: the configuration's)")
      .option("--config <FILE>", "the configuration file")
      .action(async (file: string, given: Options) => {
        const { openStore } = await import("../../store/sqlite/store.ts");
        using store = openStore(await existingDatabase(given), { readonly: true });
        await store.backup(file);
        terminal.err.write(`${printable(file)}: the copy is complete\n`);
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? EXIT.done : exit;
  },
};
