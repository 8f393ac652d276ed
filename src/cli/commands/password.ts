import { type CliCommand, EXIT } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { optionsOf, runOptions } from "../options.ts";

interface Options {
  db?: string;
  config?: string;
}

/** `password forget`: for whoever forgot the page's. The one who may write the database may set a new one. */
export const command: CliCommand = {
  async run(argv, terminal) {
    const options = optionsOf("password", "the page's password", terminal);
    options
      .command("forget")
      .description("forgets it and who is signed in; the next start prints a one-time link to set a new one")
      .option("--db <FILE>", "the database (default: the configuration's)")
      .option("--config <FILE>", "the configuration file")
      .action(async (given: Options) => {
        const [{ openStore }, { forgetPassword }] = await Promise.all([
          import("../../store/sqlite/store.ts"),
          import("../../http/credentials.ts"),
        ]);
        using store = openStore(await existingDatabase(given));
        forgetPassword(store);
        terminal.err.write(
          "The page's password is forgotten. Restart the daemon (systemctl restart dockwarden): it signs everybody out and prints a link to set a new one.\n",
        );
      });
    return (await runOptions(options, argv)) === EXIT.done ? EXIT.done : EXIT.misuse;
  },
};
