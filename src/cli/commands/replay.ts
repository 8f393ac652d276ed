import { once } from "node:events";
import type { Store } from "../../ports/store.ts";
import type { CliCommand } from "../command.ts";
import { EXIT } from "../command.ts";
import { databasePath } from "../database-path.ts";
import { optionsOf, runOptions } from "../options.ts";

interface Options {
  db?: string;
  config?: string;
  page?: string;
}

/** `replay`: a recorded incident through the whole pipeline in event time; no notification leaves. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const options = optionsOf(
      "replay",
      "plays a recorded incident (audit.log, auth.log, docker-events.jsonl, inspect/ID.json) through the whole pipeline, in event time; no notification leaves",
      terminal,
    )
      .argument("<directory>", "where the incident is")
      .option("--db <file>", "the database (default: the configuration's; with --page a temporary one)")
      .option("--page <address:port>", "serve the page over what was replayed, until Ctrl-C")
      .option("--config <file>", "the configuration file, for its rules")
      .action(async (directory: string, given: Options) => {
        const { replayInto } = await import("../../app/replay-into.ts");
        const { openStore } = await import("../../store/sqlite/store.ts");
        await using stack = new AsyncDisposableStack();
        const database =
          given.db === undefined && given.page !== undefined
            ? stack.use(await temporaryDatabase()).path
            : await databasePath(given);
        const store = stack.use(openStore(database));
        const { lines, ms, rules } = await replayInto(
          store,
          directory,
          given.config ?? null,
          progress(terminal),
        );
        if (lines === 0) {
          terminal.err.write(`${directory}: nothing new; it was replayed into ${database} before\n`);
          code = EXIT.nothing;
        }
        const { alerts, sessions } = counts(store);
        terminal.err.write(
          `${lines} lines replayed in ${(ms / 1000).toFixed(1)} s: ${sessions} sessions, ${alerts} alerts in ${database}\n`,
        );
        if (given.page === undefined) return;
        const { servePage } = await import("../../app/replay-page.ts");
        const page = stack.use(await servePage(store, given.page, { directory, database, rules }));
        terminal.out.write(`The page: ${page.url}\n`);
        if (page.setupLink !== null)
          terminal.out.write(`Set its password by this link, once: ${page.setupLink}\n`);
        terminal.out.write("Ctrl-C ends it.\n");
        await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? code : exit;
  },
};

function counts(store: Store): { alerts: number; sessions: number } {
  const limit = 100_000;
  return { alerts: store.alerts({ limit }).length, sessions: store.sessions({ limit }).length };
}

async function temporaryDatabase(): Promise<AsyncDisposable & { readonly path: string }> {
  const [{ mkdtemp, rm }, { tmpdir }, { join }] = await Promise.all([
    import("node:fs/promises"),
    import("node:os"),
    import("node:path"),
  ]);
  const directory = await mkdtemp(join(tmpdir(), "dockwarden-replay-"));
  return {
    path: join(directory, "dockwarden.db"),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A line that grows on a terminal; nothing in a pipe. */
function progress(terminal: {
  err: NodeJS.WritableStream;
  isTerminal: boolean;
}): (done: number, total: number) => void {
  let shown = -1;
  return (done, total) => {
    const percent = Math.floor((done / Math.max(1, total)) * 100);
    if (!terminal.isTerminal || percent === shown) return;
    shown = percent;
    terminal.err.write(`\rreplaying … ${percent} %${percent === 100 ? "\n" : ""}`);
  };
}
