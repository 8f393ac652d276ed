import type { ImportProgress, ImportSummary } from "../../app/import.ts";
import { printable } from "../../lib/printable.ts";
import { type CliCommand, EXIT, type Terminal } from "../command.ts";
import { databasePath } from "../database-path.ts";
import { optionsOf, runOptions } from "../options.ts";

interface Options {
  db?: string;
  config?: string;
  json?: boolean;
}

const BAR_WIDTH = 24;
/** The bar is drawn at most so often. */
const REDRAW_MS = 100;
const MEGABYTE = 1e6;

const seconds = (ms: number): string => {
  const whole = Math.round(ms / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
};

/** One line: how much of how much, how fast, how long yet. */
export function progressLine({ readBytes, totalBytes, lines, elapsedMs }: ImportProgress): string {
  const rate = elapsedMs === 0 ? 0 : lines / elapsedMs;
  const speed = `${Math.round(rate)} thousand lines/s`;
  if (totalBytes === null) return `${(readBytes / MEGABYTE).toFixed(1)} MB  ${speed}`;
  const part = totalBytes === 0 ? 1 : Math.min(1, readBytes / totalBytes);
  const full = Math.round(part * BAR_WIDTH);
  const bar = "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
  const left = part === 0 ? "" : `  ${seconds((elapsedMs / part) * (1 - part))} left`;
  return `${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${speed}${left}`;
}

const grouped = (count: number): string => count.toLocaleString("en-US");

function summaryText(summary: ImportSummary): string {
  const { lines, events, bytes, knownBytes, malformed, elapsedMs } = summary;
  const parts = [
    `${grouped(lines)} lines, ${grouped(events)} events (${(bytes / MEGABYTE).toFixed(1)} MB) imported`,
    knownBytes > 0 ? `${(knownBytes / MEGABYTE).toFixed(1)} MB were stored already` : null,
    malformed > 0 ? `${grouped(malformed)} lines are no audit records (kept)` : null,
    `${seconds(elapsedMs)}, ${Math.round(lines / Math.max(1, elapsedMs))} thousand lines/s`,
  ];
  return parts.filter((part) => part !== null).join("; ");
}

async function importAll(files: readonly string[], given: Options, terminal: Terminal): Promise<number> {
  const { importLogs } = await import("../../app/import.ts");
  const hasBar = process.stderr.isTTY && given.json !== true;
  let drawnMs = 0;
  const summary = await importLogs(files, await databasePath(given), (progress) => {
    if (!hasBar || progress.elapsedMs - drawnMs < REDRAW_MS) return;
    drawnMs = progress.elapsedMs;
    terminal.err.write(`\r\u001b[2K${progressLine(progress)}`);
  });
  if (hasBar) terminal.err.write("\r\u001b[2K");
  for (const { text } of summary.faults) terminal.err.write(`dockwarden: ${printable(text)}\n`);
  terminal.out.write(`${given.json === true ? JSON.stringify(summary) : summaryText(summary)}\n`);
  return summary.faults.length > 0 ? EXIT.nothing : EXIT.done;
}

/** `import`: loads audit logs in bulk, each line once, however often and under whatever name it is given. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const options = optionsOf(
      "import",
      "loads audit logs (plain, gzip or zstd; '-' is standard input); what is stored already is left out",
      terminal,
    )
      .argument("<FILE...>", "logs; a rotated set may be named in any order")
      .option("--json", "a JSON object about what was done")
      .option("--db <FILE>", "the database (default: the configuration's)")
      .option("--config <FILE>", "the configuration file")
      .action(async (files: string[], given: Options) => {
        code = await importAll(files, given, terminal);
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? code : exit;
  },
};
