import { printable } from "../../lib/printable.ts";
import { addressPhrase } from "../../lib/sentence.ts";
import { ses as sesOf } from "../../model/ids.ts";
import type { Session } from "../../model/session.ts";
import type { Store } from "../../ports/store.ts";
import { type CliCommand, EXIT } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { optionsOf, parseCount, parseMoment, runOptions } from "../options.ts";
import { writeTable } from "../table.ts";
import { localTime } from "../times.ts";
import { type Moment, timelineOf } from "../who/timeline.ts";

interface Options {
  db?: string;
  config?: string;
  user?: string;
  since?: string;
  until?: string;
  open?: boolean;
  limit: number;
  json?: boolean;
}

/** `sessions`: logins and jobs; `sessions show N`: one of them from login to logout. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const options = optionsOf(
      "sessions",
      "lists logins and jobs, newest first; 'sessions show N' tells one from login to logout",
      terminal,
    )
      .argument("[show]", "the word show")
      .argument("[session]", "a session's number, or its id (NUMBER:TIME) where a number came twice")
      .option("--user <name>", "only this user")
      .option("--since <time>", "begun from this time on (30m, 7d, 2026-11-24T10:00)")
      .option("--until <time>", "begun before this time")
      .option("--open", "only those that have not ended")
      .option("--limit <n>", "at most n rows", parseCount, 100)
      .option("--json", "one JSON object a line")
      .option("--db <file>", "the database (default: the configuration's)")
      .option("--config <file>", "the configuration file")
      .action(async (show: string | undefined, which: string | undefined, given: Options) => {
        if (show !== undefined && (show !== "show" || which === undefined)) {
          terminal.err.write("error: expected 'sessions' or 'sessions show N' (DW_CLI_OPTION)\n");
          code = EXIT.misuse;
          return;
        }
        const { openStore } = await import("../../store/sqlite/store.ts");
        using store = openStore(await existingDatabase(given), { readonly: true });
        if (which === undefined) {
          code = list(store, given);
          return;
        }
        const session = find(store, which);
        if (session === null) {
          terminal.err.write(`no session '${printable(which)}'\n`);
          code = EXIT.nothing;
          return;
        }
        tell(timelineOf(store, session, Date.now()), session, given);
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? code : exit;

    function list(store: Store, given: Options): number {
      const now = Date.now();
      const rows = store.sessions({
        limit: given.limit,
        ...(given.user === undefined ? {} : { user: given.user }),
        ...(given.open === true ? { open: true } : {}),
        ...(given.since === undefined ? {} : { sinceMs: parseMoment(given.since, now) }),
        ...(given.until === undefined ? {} : { untilMs: parseMoment(given.until, now) }),
      });
      if (given.json === true) for (const row of rows) terminal.out.write(`${JSON.stringify(row)}\n`);
      else if (rows.length === 0) terminal.err.write("no sessions found\n");
      else writeTable<Session>(terminal, COLUMNS, rows);
      return rows.length === 0 ? EXIT.nothing : EXIT.done;
    }

    function tell(moments: readonly Moment[], session: Session, given: Options): void {
      if (given.json === true) {
        const timeline = moments.map((moment) => ({
          time: new Date(moment.timeMs).toISOString(),
          ...moment,
        }));
        terminal.out.write(`${JSON.stringify({ ...session, timeline })}\n`);
        return;
      }
      writeTable<Moment>(
        terminal,
        [
          { head: "TIME", cell: ({ timeMs }) => localTime(timeMs) },
          { head: "WHAT", cell: ({ kind }) => kind },
          { head: "", cell: ({ text }) => text },
        ],
        moments,
      );
    }
  },
};

const COLUMNS: Parameters<typeof writeTable<Session>>[1] = [
  { head: "SESSION", cell: ({ ses, id }) => (ses === null ? id : String(ses)), align: "right" },
  { head: "KIND", cell: ({ kind }) => kind },
  { head: "USER", cell: ({ user }) => user ?? "?" },
  { head: "FROM", cell: ({ address, port }) => addressPhrase(address, port) ?? "-" },
  { head: "START", cell: ({ startMs }) => localTime(startMs) },
  { head: "END", cell: ({ endMs }) => (endMs === null ? "open" : localTime(endMs)) },
  { head: "LOGIN", cell: ({ method, key }) => [method, key].filter((part) => part !== null).join(" ") },
];

/** By id; else by number, the newest where several boots had it. */
function find(store: Store, which: string): Session | null {
  const number = Number(which.split(":")[0]);
  if (!Number.isInteger(number) || number < 0 || number > 4_294_967_295) return null;
  const found = store.sessions({ ses: sesOf(number), limit: 1000 });
  return found.find(({ id }) => id === which) ?? (which.includes(":") ? null : (found[0] ?? null));
}
