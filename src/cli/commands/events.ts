import type { DockerEvent, SshdEvent } from "../../model/event.ts";
import type { Attribution } from "../../model/session.ts";
import { type CliCommand, EXIT } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { optionsOf, parseCount, parseMoment, runOptions } from "../options.ts";
import { writeTable } from "../table.ts";
import { localTime } from "../times.ts";

interface Options {
  db?: string;
  config?: string;
  source?: string;
  container?: string;
  action?: string;
  since?: string;
  until?: string;
  limit: number;
  json?: boolean;
}

type Row = (DockerEvent | SshdEvent) & { readonly attribution: Attribution | null };

function what(row: Row): string {
  if (row.source === "sshd") return row.message;
  const object = row.name ?? row.actorId.slice(0, 12);
  return row.execCommand === null ? object : `${object}: ${row.execCommand}`;
}

function who({ attribution, source }: Row): string {
  if (source === "sshd") return "";
  const actor = attribution?.actor ?? null;
  if (actor === null)
    return attribution?.end ?? (attribution?.origin?.user ? `(after ${attribution.origin.user})` : "?");
  return `${actor.user ?? "?"}${actor.address === null ? "" : ` from ${actor.address}`} [${attribution?.confidence}]`;
}

/** `events`: what happened to Docker and sshd, with who did it. Audit events are `ausearch`'s. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const options = optionsOf(
      "events",
      "lists Docker and sshd events with who caused them, newest first",
      terminal,
    )
      .option("--source <NAME>", "only docker or only sshd")
      .option("--container <NAME>", "only this container: its name or the beginning of its id")
      .option("--action <NAME>", "only this Docker action (create, exec_start, …)")
      .option("--since <TIME>", "from this time on (30m, 7d, 2026-11-24T10:00)")
      .option("--until <TIME>", "before this time")
      .option("--limit <N>", "at most N rows", parseCount, 100)
      .option("--json", "one JSON object a line")
      .option("--db <FILE>", "the database (default: the configuration's)")
      .option("--config <FILE>", "the configuration file")
      .action(async (given: Options) => {
        if (given.source !== undefined && given.source !== "docker" && given.source !== "sshd") {
          terminal.err.write(
            `error: --source: expected docker or sshd, got "${given.source}" (DW_CLI_OPTION)\n`,
          );
          code = EXIT.misuse;
          return;
        }
        const { openStore } = await import("../../store/sqlite/store.ts");
        using store = openStore(await existingDatabase(given), { readonly: true });
        const now = Date.now();
        const span = {
          limit: given.limit,
          ...(given.since === undefined ? {} : { sinceMs: parseMoment(given.since, now) }),
          ...(given.until === undefined ? {} : { untilMs: parseMoment(given.until, now) }),
        };
        const isDockerOnly = given.container !== undefined || given.action !== undefined;
        const docker =
          given.source === "sshd"
            ? []
            : store.docker({
                ...span,
                ...(given.container === undefined ? {} : { containerLike: given.container }),
                ...(given.action === undefined ? {} : { action: given.action }),
              });
        const sshd = given.source === "docker" || isDockerOnly ? [] : store.sshd(span);
        const known = store.attributions(docker.map(({ ref }) => ref));
        const rows = [...docker, ...sshd]
          .sort((a, b) => b.timeMs - a.timeMs)
          .slice(0, given.limit)
          .map((event): Row => ({ ...event, attribution: known.get(event.ref) ?? null }));
        if (rows.length === 0) code = EXIT.nothing;
        if (given.json === true)
          for (const { raw: _raw, ...row } of rows)
            terminal.out.write(`${JSON.stringify({ ...row, time: new Date(row.timeMs).toISOString() })}\n`);
        else if (rows.length === 0) terminal.err.write("no events found\n");
        else
          writeTable<Row>(
            terminal,
            [
              { head: "TIME", cell: (row) => localTime(row.timeMs) },
              {
                head: "EVENT",
                cell: (row) =>
                  row.source === "docker" ? `${row.type} ${row.action}` : `${row.program} ${row.outcome}`,
              },
              { head: "WHO", cell: who },
              { head: "WHAT", cell: what },
            ],
            rows,
          );
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? code : exit;
  },
};
