import { uptime } from "node:os";
import { printable } from "../../lib/printable.ts";
import { DockwardenError } from "../../model/fault.ts";
import type { AuditReads } from "../../ports/audit-reads.ts";
import { readSearchOptions } from "../../reports/ausearch/options.ts";
import { Search, type SearchParts } from "../../reports/ausearch/search.ts";
import type { SearchOptions } from "../../reports/ausearch/selectors.ts";
import type { HostNames } from "../../reports/normal/field-words.ts";
import type { Wanted } from "../ausearch-attributed.ts";
import type { SearchEnd } from "../ausearch-logs.ts";
import { OWN_HELP, type OwnOptions, ownOptions } from "../ausearch-own.ts";
import type { CliCommand, Terminal } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { hostNames } from "../host-names.ts";
import { isStdinPiped, type LogPlace } from "../log-place.ts";
import { Output } from "../output.ts";

/** Nothing was found because what was asked for is not known. */
const UNKNOWN = 1;
const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** Where the logs are; null is the database, which is also where nothing else is named and nothing is piped. */
function placeOf({ input, isSystemLogs }: SearchOptions, database: string | null): LogPlace | null {
  if (input !== null) return { kind: "path", path: Buffer.from(input, "latin1").toString("utf8") };
  if (isSystemLogs) return { kind: "system" };
  return database === null && isStdinPiped() ? { kind: "stdin" } : null;
}

async function searchDatabase(
  file: string,
  own: OwnOptions,
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
  const { searchStored } = await import("../ausearch-stored.ts");
  const note = (text: string) => void terminal.err.write(Buffer.from(text, "latin1"));
  const parts: SearchParts = {
    options,
    names,
    notes: { warn: note, ...(options.isDebug ? { debug: note } : {}) },
  };
  const search = await Search.open(parts);
  const output = new Output(terminal);
  using reads = openAuditReads(file);
  const isWanted = await attributed(file, reads, own);
  if (typeof isWanted === "string") {
    terminal.err.write(isWanted);
    return { code: UNKNOWN, hasFound: false };
  }
  const out = output.waiting;
  for await (const _ of searchStored({ reads, parts, search, out, isWanted })) await output.flush();
  await output.flush();
  return { code: 0, hasFound: search.hasFound };
}

/** Which rows are of the container and the session that were asked for, or what is said where one is not known; null: all. */
async function attributed(
  file: string,
  reads: AuditReads,
  { container, login }: OwnOptions,
): Promise<Wanted | null | string> {
  if (container === null && login === null) return null;
  const { openStore } = await import("../../store/sqlite/store.ts");
  const { ofContainer, ofLogin } = await import("../ausearch-attributed.ts");
  using store = openStore(file, { readonly: true });
  const wanted: Wanted[] = [];
  if (container !== null) {
    const isOf = ofContainer(store, reads, container);
    if (isOf === null) return `no container has the name '${printable(container)}' or an id that begins so\n`;
    wanted.push(isOf);
  }
  if (login !== null) {
    const isOf = ofLogin(store, reads, login);
    const name = printable(login);
    if (isOf === null)
      return `no session has the number or id '${name}', and no login is of a user '${name}'\n`;
    wanted.push(isOf);
  }
  return (row) => wanted.every((isOf) => isOf(row));
}

/**
 * `dockwarden ausearch …`: the options, the output and the exit codes of `ausearch` of audit 3.0.9, over a log
 * (`-if`), auditd's own logs (`--input-logs`), a pipe, or else the database (`--db`, `--config-file`).
 */
export const command: CliCommand = {
  async run(argv, terminal) {
    const own = ownOptions(argv);
    const { db, config, rest } = own;
    const names = hostNames();
    const nowMs = Date.now();
    const read = await readSearchOptions(rest.map(latin1), {
      nowMs,
      bootSec: Math.floor(nowMs / 1000 - uptime()),
      uidOf: names.uidOf,
      gidOf: names.gidOf,
    });
    if (!read.ok) {
      terminal.out.write(read.out);
      // A pipe gets the real tool's text alone.
      if (terminal.isTerminal && read.out.startsWith("usage")) terminal.out.write(OWN_HELP);
      terminal.err.write(Buffer.from(read.err, "latin1"));
      return read.code;
    }
    const { options } = read;
    if (own.isJson && options.format !== "default")
      throw new DockwardenError(
        "DW_CLI_OPTION",
        `--json is a format of its own; leave out ${options.format}`,
      );
    if (own.isJson) options.format = "json";
    const asked = own.container !== null ? "--container" : own.login !== null ? "--login" : null;
    if (asked !== null && (options.input !== null || options.isSystemLogs))
      throw new DockwardenError(
        "DW_CLI_OPTION",
        `${asked} asks the database, which knows what belongs together; a log alone does not: leave out ${options.input === null ? "--input-logs" : "-if"}, import the log ('dockwarden import FILE --db FILE') and name the database with --db`,
      );
    const note = (text: string) => void terminal.err.write(Buffer.from(text, "latin1"));
    const place = asked === null ? placeOf(options, db) : null;
    const { code, hasFound } =
      place !== null
        ? await (await import("../ausearch-logs.ts")).searchLogs(place, options, names, terminal)
        : await searchDatabase(
            await existingDatabase({
              ...(db === null ? {} : { db }),
              ...(config === null ? {} : { config }),
            }),
            own,
            options,
            names,
            terminal,
          );
    if (code !== 0) return code;
    if (hasFound) return 0;
    if (options.format !== "raw" && options.format !== "json") note("<no matches>\n");
    return 1;
  },
};
