import { uptime } from "node:os";
import { DockwardenError } from "../../model/fault.ts";
import { readSearchOptions } from "../../reports/ausearch/options.ts";
import { Search } from "../../reports/ausearch/search.ts";
import type { SearchOptions } from "../../reports/ausearch/selectors.ts";
import type { HostNames } from "../../reports/normal/field-words.ts";
import { isStdinPiped, type LogPlace } from "../audit-logs.ts";
import { type SearchEnd, searchLogs } from "../ausearch-logs.ts";
import type { CliCommand, Terminal } from "../command.ts";
import { hostNames } from "../host-names.ts";
import { existingDatabase } from "../options.ts";
import { OUT_BYTES, Output } from "../output.ts";

const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** Where the logs are; null is the database, which is also where nothing else is named and nothing is piped. */
function placeOf({ input, isSystemLogs }: SearchOptions, database: string | null): LogPlace | null {
  if (input !== null) return { kind: "path", path: Buffer.from(input, "latin1").toString("utf8") };
  if (isSystemLogs) return { kind: "system" };
  return database === null && isStdinPiped() ? { kind: "stdin" } : null;
}

/** Our own options, with the words that follow them, taken out of the real tool's. */
function ownOptions(argv: readonly string[]) {
  const rest: string[] = [];
  const own = { db: null as string | null, config: null as string | null };
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    const next = argv[at + 1];
    if ((word === "--db" || word === "--config-file") && next !== undefined) {
      own[word === "--db" ? "db" : "config"] = next;
      at += 1;
    } else rest.push(word);
  }
  return { ...own, rest };
}

async function searchDatabase(
  file: string,
  options: SearchOptions,
  names: HostNames,
  terminal: Terminal,
): Promise<SearchEnd> {
  if (options.checkpoint !== null || options.isCheckpointTime)
    throw new DockwardenError(
      "DW_CLI_OPTION",
      `${options.checkpoint === null ? "-ts checkpoint" : "--checkpoint"} is of a log (-if FILE, -if DIR, --input-logs); search the database by time with -ts and -te`,
    );
  const { openAuditReads } = await import("../../store/sqlite/audit-reads.ts");
  const { storedCandidates } = await import("../ausearch-stored.ts");
  const note = (text: string) => void terminal.err.write(Buffer.from(text, "latin1"));
  const search = new Search(options, names, { warn: note, ...(options.isDebug ? { debug: note } : {}) });
  const output = new Output(terminal);
  using reads = openAuditReads(file);
  for (const event of storedCandidates(reads, options.select)) {
    const text = search.take(event);
    if (text === null) continue;
    output.add(text);
    if (options.isJustOne) break;
    await output.flush(OUT_BYTES);
  }
  await output.flush(0);
  return { code: 0, hasFound: search.hasFound };
}

/**
 * `dockwarden ausearch …`: the options, the output and the exit codes of `ausearch` of audit 3.0.9, over a log
 * (`-if`), auditd's own logs (`--input-logs`), a pipe, or else the database (`--db`, `--config-file`).
 */
export const command: CliCommand = {
  async run(argv, terminal) {
    const { db, config, rest } = ownOptions(argv);
    const names = hostNames();
    const nowMs = Date.now();
    const read = readSearchOptions(rest.map(latin1), {
      nowMs,
      bootSec: Math.floor(nowMs / 1000 - uptime()),
      uidOf: names.uidOf,
      gidOf: names.gidOf,
    });
    if (!read.ok) {
      terminal.out.write(read.out);
      terminal.err.write(Buffer.from(read.err, "latin1"));
      return read.code;
    }
    const { options } = read;
    const note = (text: string) => void terminal.err.write(Buffer.from(text, "latin1"));
    const place = placeOf(options, db);
    const { code, hasFound } =
      place !== null
        ? await searchLogs(place, options, names, terminal)
        : await searchDatabase(
            await existingDatabase({
              ...(db === null ? {} : { db }),
              ...(config === null ? {} : { config }),
            }),
            options,
            names,
            terminal,
          );
    if (code !== 0) return code;
    if (hasFound) return 0;
    if (options.format !== "raw") note("<no matches>\n");
    return 1;
  },
};
