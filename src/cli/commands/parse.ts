import { once } from "node:events";
import { EventGroups, type Group, type GroupFault } from "../../events/audit/groups.ts";
import { printable } from "../../lib/printable.ts";
import { type CutLines, WholeLines } from "../../lib/whole-lines.ts";
import { JsonLines } from "../../records/audit/json.ts";
import { type CliCommand, EXIT, type Terminal } from "../command.ts";
import { inputChunks } from "../input.ts";
import { optionsOf, runOptions } from "../options.ts";

/** Longest line that is read; the kernel's are below 9 KiB, but programs and attackers write longer ones. */
const LINE_MAX_BYTES = 16 << 20;
/** How many faults are told one by one. */
const FAULTS_SHOWN = 20;
const OUT_BYTES = 256 << 10;

/** Counts what was not understood, and tells the first ones with their byte offset. */
export interface FaultCount {
  readonly total: number;
  add(fault: Omit<GroupFault, "length">): void;
  end(): void;
}

function faultCount(name: string, terminal: Terminal): FaultCount {
  let total = 0;
  return {
    get total() {
      return total;
    },
    add({ fault, offset, excerpt }) {
      total += 1;
      if (total <= FAULTS_SHOWN)
        terminal.err.write(
          `dockwarden: ${name}: byte ${offset + fault.at}: ${fault.reason}, got '${printable(excerpt.slice(fault.at, fault.at + 40))}' (${fault.code})\n`,
        );
    },
    end() {
      if (total > 0)
        terminal.err.write(
          `dockwarden: ${name}: ${total} ${total === 1 ? "line was" : "lines were"} not understood\n`,
        );
    },
  };
}

/** Writes, and waits while the reader of our output is slower than we are. */
async function write(bytes: Buffer, { out }: Terminal): Promise<void> {
  if (bytes.length > 0 && !out.write(bytes)) await once(out, "drain");
}

/** @returns how many events were written. */
async function parseAudit(path: string, faults: FaultCount, terminal: Terminal): Promise<number> {
  const lines = new WholeLines(LINE_MAX_BYTES);
  const groups = new EventGroups();
  const json = new JsonLines(OUT_BYTES);
  let events = 0;

  const render = ({ timeMs, serial, node, lines: records }: Group): void => {
    json.begin({ timeMs, serial, node });
    for (const { bytes, body, end, type } of records) json.record(bytes, body, end, type);
    json.end();
    events += 1;
  };
  const drain = async (): Promise<void> => {
    const { groups: complete, faults: found } = groups.drainInOrder();
    for (const fault of found) faults.add(fault);
    for (const group of complete) {
      render(group);
      if (json.size >= OUT_BYTES - 4096) await write(json.take(), terminal);
    }
  };
  const push = async ({ pieces, skipped }: CutLines): Promise<void> => {
    if (skipped !== null)
      faults.add({
        fault: { code: "DW_LINE_LONG", reason: `a line of at most ${LINE_MAX_BYTES} bytes is read`, at: 0 },
        offset: skipped.offset,
        excerpt: `${skipped.length} bytes`,
      });
    for (const { bytes, offset } of pieces) {
      groups.end = offset;
      groups.push(bytes, false, 0);
    }
    await drain();
  };

  try {
    for await (const chunk of inputChunks(path)) await push(lines.push(chunk));
    await push(lines.end());
  } finally {
    groups.flush();
    await drain();
    await write(json.take(), terminal);
  }
  return events;
}

const SUMMARY = "writes an audit log (or, with --format sshd, an sshd log) as JSON Lines";
const DETAILS = `
FILE may be - for standard input, a pipe, or compressed by gzip or zstd.

One event a line: {"time","serial","node","records":[{"type","fields":{…},"enriched":{…}}]}. Quoted and hex values
are decoded and msg='…' is flattened into fields; --format sshd writes
{"time","host","pid","outcome","user","address","port","method","key","raw"} for each line that is understood.
Lines that are not understood are told on standard error with their byte offset, and counted.

Exit codes: 0 something was understood, 1 nothing was, 2 wrong use or an input that cannot be read to its end.
`;

/** `dockwarden parse FILE`: streams, in memory that does not depend on the log's size. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let understood = 0;
    const options = optionsOf("parse", SUMMARY, terminal)
      .argument("<file>", "the log")
      .option("--format <format>", "audit or sshd", "audit")
      .addHelpText("after", DETAILS)
      .action(async (file: string, { format }: { format: string }, self) => {
        if (format !== "audit" && format !== "sshd")
          self.error(`error: option '--format': expected audit or sshd, got '${printable(format)}'`);
        const faults = faultCount(printable(file), terminal);
        try {
          understood =
            format === "audit"
              ? await parseAudit(file, faults, terminal)
              : await (await import("./parse-sshd.ts")).parseSshd(file, faults, terminal);
        } finally {
          faults.end();
        }
      });
    const code = await runOptions(options, argv);
    return code === EXIT.done && understood === 0 && !argv.some((word) => word === "--help" || word === "-h")
      ? EXIT.nothing
      : code;
  },
};
