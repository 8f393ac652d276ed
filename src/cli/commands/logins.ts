import type { Login } from "../../model/session.ts";
import { type CliCommand, EXIT } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { optionsOf, parseCount, parseMoment, runOptions } from "../options.ts";
import { writeTable } from "../table.ts";
import { localTime } from "../times.ts";

interface Options {
  db?: string;
  config?: string;
  user?: string;
  address?: string;
  failed?: boolean;
  success?: boolean;
  since?: string;
  until?: string;
  limit: number;
  json?: boolean;
}

/** What `--json` prints of a login, one object a line; a contract. */
const json = (login: Login): string =>
  JSON.stringify({ ...login, time: new Date(login.timeMs).toISOString() });

/** `logins`: who came in over SSH, or tried to. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const options = optionsOf("logins", "lists SSH logins and failed attempts, newest first", terminal)
      .option("--user <NAME>", "only this user")
      .option("--address <IP>", "only from this address")
      .option("--failed", "only attempts that failed")
      .option("--success", "only logins that were accepted")
      .option("--since <TIME>", "from this time on (30m, 7d, 2026-11-24T10:00)")
      .option("--until <TIME>", "before this time")
      .option("--limit <N>", "at most N rows", parseCount, 100)
      .option("--json", "one JSON object a line")
      .option("--db <FILE>", "the database (default: the configuration's)")
      .option("--config <FILE>", "the configuration file")
      .action(async (given: Options) => {
        const { openStore } = await import("../../store/sqlite/store.ts");
        using store = openStore(await existingDatabase(given), { readonly: true });
        const now = Date.now();
        const found = store.logins({
          limit: given.failed === true ? 100_000 : given.limit,
          ...(given.user === undefined ? {} : { user: given.user }),
          ...(given.address === undefined ? {} : { address: given.address }),
          ...(given.success === true ? { outcome: "accepted" as const } : {}),
          ...(given.since === undefined ? {} : { sinceMs: parseMoment(given.since, now) }),
          ...(given.until === undefined ? {} : { untilMs: parseMoment(given.until, now) }),
        });
        const rows = (
          given.failed === true ? found.filter(({ outcome }) => outcome !== "accepted") : found
        ).slice(0, given.limit);
        if (rows.length === 0) code = EXIT.nothing;
        if (given.json === true) for (const row of rows) terminal.out.write(`${json(row)}\n`);
        else if (rows.length === 0) terminal.err.write("no logins found\n");
        else
          writeTable<Login>(
            terminal,
            [
              { head: "TIME", cell: (row) => localTime(row.timeMs) },
              {
                head: "OUTCOME",
                cell: (row) => ({ text: row.outcome, style: row.outcome === "accepted" ? "green" : "red" }),
              },
              { head: "USER", cell: (row) => row.user ?? "?" },
              {
                head: "FROM",
                cell: (row) => (row.address === null ? "?" : `${row.address}:${row.port ?? "?"}`),
              },
              { head: "METHOD", cell: (row) => row.method ?? "?" },
              { head: "KEY", cell: (row) => row.key ?? "" },
            ],
            rows,
          );
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? code : exit;
  },
};
