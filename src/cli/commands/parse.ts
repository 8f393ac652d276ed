import { printable } from "../../lib/printable.ts";
import { type CliCommand, EXIT } from "../command.ts";
import { optionsOf, runOptions } from "../options.ts";
import { parseAudit } from "../parse/audit.ts";
import { faultCount } from "../parse/fault-count.ts";

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
              : await (await import("../parse/sshd.ts")).parseSshd(file, faults, terminal);
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
