import { once } from "node:events";
import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import { LogReader } from "../../query/log-reader.ts";
import { userNames } from "../../query/names.ts";
import { Aureport } from "../../reports/aureport.ts";
import { type AureportOptions, parseOptions } from "../../reports/options.ts";
import { USAGE } from "../../reports/usage.ts";
import {
  auditdSettings,
  auditLogs,
  damageOf,
  isStdinPiped,
  type LogPlace,
  LogUnreadable,
} from "../audit-logs.ts";
import type { CliCommand, Terminal } from "../command.ts";
import { existingDatabase } from "../options.ts";

/** Of the real tool whose reports these are. */
const VERSION = "aureport version 3.0.9\n";
const FAILED = 1;

/** Writes latin1 text, and waits while the reader of our output is slower than we are. */
async function write(text: string, { out }: Terminal): Promise<void> {
  if (text !== "" && !out.write(Buffer.from(text, "latin1"))) await once(out, "drain");
}

function hostUsers(): ReadonlyMap<number, string> {
  try {
    return userNames(readFileSync("/etc/passwd", "latin1"));
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

async function reportLogs(place: LogPlace, options: AureportOptions, aureport: Aureport, terminal: Terminal) {
  const reader = new LogReader({
    isChunkLent: true,
    range: { start: options.start, end: options.end },
    timeoutSec: options.timeoutSec || auditdSettings().timeoutSec,
    onEvent: (event) => aureport.add(event),
    onBadTime: (text) => void terminal.err.write(`Error extracting time stamp (${text})\n`),
  });
  const logs = auditLogs(place, (text) => void terminal.err.write(text));
  for (const log of logs) {
    for await (const chunk of log.chunks()) {
      reader.push(chunk);
      await write(aureport.take(), terminal);
    }
    reader.endFile(log.isLast);
    aureport.endLog(log.name);
  }
  return { first: reader.first, damage: damageOf(logs) };
}

async function reportDatabase(options: AureportOptions, aureport: Aureport, terminal: Terminal) {
  const { database, config } = options;
  const file = await existingDatabase({
    ...(database === null ? {} : { db: database }),
    ...(config === null ? {} : { config }),
  });
  const { openAuditReads } = await import("../../store/sqlite/audit-reads.ts");
  const { readStored } = await import("../stored-events.ts");
  using reads = openAuditReads(file);
  const first = reads.extent()?.firstMs ?? 0;
  for (const _ of readStored(reads, options, aureport)) await write(aureport.take(), terminal);
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
      if (parsed.isUsage) await write(USAGE, terminal);
      return FAILED;
    }
    if (parsed.kind !== "run") {
      await write(parsed.kind === "version" ? VERSION : USAGE, terminal);
      return 0;
    }
    const { options } = parsed;
    const note = (text: string) => void terminal.err.write(Buffer.from(text, "latin1"));
    const users = options.isInterpreted ? hostUsers() : new Map<number, string>();
    const aureport = new Aureport({ options, users, note });
    const title = aureport.begin();
    await write(title.text, terminal);
    if (!title.isThere) {
      note("Unimplemented option\n");
      return FAILED;
    }
    try {
      const place = placeOf(options);
      const { first, damage } =
        place === null
          ? await reportDatabase(options, aureport, terminal)
          : await reportLogs(place, options, aureport, terminal);
      await write(aureport.take(), terminal);
      const { text, code } = aureport.end(first);
      await write(text, terminal);
      if (damage !== null) throw damage;
      return code;
    } catch (error) {
      if (!(error instanceof LogUnreadable)) throw error;
      await write(aureport.take(), terminal);
      note(error.message);
      return FAILED;
    }
  },
};
