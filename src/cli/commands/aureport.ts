import { uptime } from "node:os";
import { userNames } from "../../query/names.ts";
import { Aureport } from "../../reports/aureport.ts";
import { type AureportOptions, needsTables, parseOptions } from "../../reports/options.ts";
import { Words } from "../../reports/words.ts";
import type { Reported } from "../aureport-logs.ts";
import type { CliCommand, Terminal } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { writeLatin1 } from "../latin1-output.ts";
import { isStdinPiped, type LogPlace, LogUnreadable } from "../log-place.ts";

/** Of the real tool whose reports these are. */
const VERSION = "aureport version 3.0.9\n";
const FAILED = 1;
const wordTables = async () => (await import("../../reports/word-tables.ts")).WORD_TABLES;
const usage = async (): Promise<string> => (await import("../../reports/usage.ts")).USAGE;

function hostUsers(): ReadonlyMap<number, string> {
  try {
    return userNames(process.getBuiltinModule("node:fs").readFileSync("/etc/passwd", "latin1"));
  } catch {
    return new Map();
  }
}

/** Where events come from: what was asked for, a pipe, else the database. */
function placeOf({ inputFile, isFromLogs, database }: AureportOptions): LogPlace | null {
  if (inputFile !== null) return { kind: "path", path: inputFile };
  if (isFromLogs) return { kind: "system" };
  if (database !== null) return null;
  return isStdinPiped() ? { kind: "stdin" } : null;
}

async function reportDatabase(
  options: AureportOptions,
  aureport: Aureport,
  terminal: Terminal,
): Promise<Reported> {
  const { database, config } = options;
  const file = await existingDatabase({
    ...(database === null ? {} : { db: database }),
    ...(config === null ? {} : { config }),
  });
  const { openAuditReads } = await import("../../store/sqlite/audit-reads.ts");
  const { readStored } = await import("../stored-events.ts");
  using reads = openAuditReads(file);
  const first = reads.extent()?.firstMs ?? 0;
  for (const _ of readStored(reads, options, aureport)) await writeLatin1(aureport.take(), terminal);
  aureport.endLog(file);
  return { first: { sec: Math.floor(first / 1000), milli: first % 1000 }, damage: null };
}

/**
 * `dockwarden aureport`: the options, output and exit codes of the real tool (audit 3.0.9), over a log (`-if`), a
 * pipe, auditd's own logs (`--input-logs`), or else the database (`--db`, `--config-file`).
 */
export const command: CliCommand = {
  async run(argv, terminal) {
    const nowMs = Date.now();
    const bootSec = Math.floor(nowMs / 1000) - Math.trunc(uptime());
    const parsed = parseOptions(argv, { nowMs, bootSec });
    if (parsed.kind === "wrong") {
      terminal.err.write(parsed.error);
      if (parsed.isUsage) await writeLatin1(await usage(), terminal);
      return FAILED;
    }
    if (parsed.kind !== "run") {
      await writeLatin1(parsed.kind === "version" ? VERSION : await usage(), terminal);
      return 0;
    }
    const { options } = parsed;
    const note = (text: string) => void terminal.err.write(Buffer.from(text, "latin1"));
    const users = options.isInterpreted ? hostUsers() : new Map<number, string>();
    const words = new Words({ ...options, users, tables: needsTables(options) ? await wordTables() : null });
    const aureport = new Aureport({ options, words, note });
    const title = aureport.begin();
    await writeLatin1(title.text, terminal);
    if (!title.isThere) {
      note("Unimplemented option\n");
      return FAILED;
    }
    try {
      const place = placeOf(options);
      const { first, damage } =
        place === null
          ? await reportDatabase(options, aureport, terminal)
          : await (await import("../aureport-logs.ts")).reportLogs(place, options, aureport, terminal);
      await writeLatin1(aureport.take(), terminal);
      const { text, code } = aureport.end(first);
      await writeLatin1(text, terminal);
      if (damage !== null) throw damage;
      return code;
    } catch (error) {
      if (!(error instanceof LogUnreadable)) throw error;
      await writeLatin1(aureport.take(), terminal);
      note(error.message);
      return FAILED;
    }
  },
};
