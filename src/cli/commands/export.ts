import { once } from "node:events";
import { type CliCommand, EXIT } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { optionsOf, parseMoment, runOptions } from "../options.ts";

interface Options {
  db?: string;
  config?: string;
  since?: string;
  until?: string;
}

/** `export`: the stored audit lines, verbatim, in the order in which they were read. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const options = optionsOf(
      "export",
      "writes the stored audit lines to standard output, byte for byte as they were read",
      terminal,
    )
      .option("--since <TIME>", "only events from this time on (30m, 7d, 2026-11-24T10:00)")
      .option("--until <TIME>", "only events before this time")
      .option("--db <FILE>", "the database (default: the configuration's)")
      .option("--config <FILE>", "the configuration file")
      .action(async (given: Options) => {
        const { openStore } = await import("../../store/sqlite/store.ts");
        using store = openStore(await existingDatabase(given), { readonly: true });
        const now = Date.now();
        let isEmpty = true;
        for (const bytes of store.export({
          ...(given.since === undefined ? {} : { sinceMs: parseMoment(given.since, now) }),
          ...(given.until === undefined ? {} : { untilMs: parseMoment(given.until, now) }),
        })) {
          isEmpty = false;
          if (!terminal.out.write(bytes)) await once(terminal.out, "drain");
        }
        if (isEmpty) code = EXIT.nothing;
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? code : exit;
  },
};
