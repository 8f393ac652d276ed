import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { InvalidArgumentError } from "commander";
import { printable } from "../../lib/printable.ts";
import type { Silence } from "../../model/alert.ts";
import { LEVELS } from "../../model/finding.ts";
import { epochMs } from "../../model/ids.ts";
import { type CliCommand, EXIT, type Terminal } from "../command.ts";
import { databasePath, existingDatabase } from "../database-path.ts";
import { optionsOf, parseDuration, runOptions } from "../options.ts";
import { writeTable } from "../table.ts";
import { localTime } from "../times.ts";

interface Where {
  db?: string;
  config?: string;
  json?: boolean;
}
interface AddOptions {
  for: number;
  comment: string;
}

/** `key=value` pairs to matchers. @throws InvalidArgumentError for anything else. */
function parseMatchers(texts: readonly string[]): Readonly<Record<string, string>> {
  const matchers = Object.create(null) as Record<string, string>;
  for (const text of texts) {
    const at = text.indexOf("=");
    const key = text.slice(0, at);
    const value = text.slice(at + 1);
    if (at < 1 || value === "")
      throw new InvalidArgumentError(
        `expected key=value such as user=alice or container=web*, got "${text}".`,
      );
    if (key === "level" && !LEVELS.some((level) => level === value))
      throw new InvalidArgumentError(`expected one of ${LEVELS.join(", ")}, got "${value}".`);
    matchers[key] = value;
  }
  return matchers;
}

const shown = (matchers: Silence["matchers"]): string =>
  Object.entries(matchers)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");

function list(silences: readonly Silence[], given: Where, terminal: Terminal): number {
  if (given.json === true) for (const silence of silences) terminal.out.write(`${JSON.stringify(silence)}\n`);
  else if (silences.length === 0) terminal.err.write("no silences\n");
  else
    writeTable<Silence>(
      terminal,
      [
        { head: "ID", cell: ({ id }) => id },
        { head: "UNTIL", cell: ({ endMs }) => localTime(endMs) },
        { head: "MATCHES", cell: ({ matchers }) => shown(matchers) },
        { head: "BY", cell: ({ author }) => author },
        { head: "COMMENT", cell: ({ comment }) => comment },
      ],
      silences,
    );
  return silences.length === 0 ? EXIT.nothing : EXIT.done;
}

/** `silence`: mutes alerts by matcher for a time. Muted alerts are kept and listed, only nobody is told. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const { openStore } = await import("../../store/sqlite/store.ts");
    const command = optionsOf(
      "silence",
      "mutes alerts for a time; they are kept, but nobody is told ('exception' keeps a rule from matching at all)",
      terminal,
    )
      .option("--json", "one JSON object a line")
      .option("--db <FILE>", "the database (default: the configuration's)")
      .option("--config <FILE>", "the configuration file");
    command
      .command("add <MATCHER...>")
      .description(
        "key=value pairs that must all fit; keys: rule, level, user, address, container, image or a group field; * is a wildcard",
      )
      .requiredOption("--for <TIME>", "how long: 30m, 2h, 7d", parseDuration)
      .option("--comment <TEXT>", "why", "")
      .action(async (texts: string[], options: AddOptions) => {
        const matchers = parseMatchers(texts);
        using store = openStore(await databasePath(command.opts()));
        const startMs = epochMs(Date.now());
        const silence: Silence = {
          id: randomBytes(4).toString("hex"),
          matchers,
          startMs,
          endMs: epochMs(startMs + options.for),
          comment: options.comment,
          author: process.env["SUDO_USER"] ?? userInfo().username,
        };
        store.addSilence(silence);
        terminal.out.write(
          `${silence.id} until ${localTime(silence.endMs)}: ${printable(shown(matchers))}\n`,
        );
      });
    command
      .command("list", { isDefault: true })
      .description("those that have not ended")
      .action(async () => {
        using store = openStore(await existingDatabase(command.opts()), { readonly: true });
        code = list(store.silences(epochMs(Date.now())), command.opts(), terminal);
      });
    command
      .command("expire <ID...>")
      .description("ends silences now")
      .action(async (ids: string[]) => {
        using store = openStore(await existingDatabase(command.opts()));
        for (const id of ids) {
          const isEnded = store.expireSilence(id, epochMs(Date.now()));
          if (isEnded) terminal.out.write(`${id} is over now\n`);
          else {
            code = EXIT.nothing;
            terminal.err.write(
              `dockwarden: no silence in force has the id '${printable(id)}'; 'dockwarden silence list' lists them\n`,
            );
          }
        }
      });
    const exit = await runOptions(command, argv);
    return exit === EXIT.done ? code : exit;
  },
};
