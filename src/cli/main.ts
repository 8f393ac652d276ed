import { printable } from "../lib/printable.ts";
import { EXIT, type Terminal } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";

const terminal: Terminal = {
  out: process.stdout,
  err: process.stderr,
  isTerminal: process.stdout.isTTY === true,
  columns: process.stdout.columns ?? 80,
};

function help(): string {
  const width = Math.max(...COMMANDS.map((row) => row.name.length));
  const rows = COMMANDS.map((row) => `  ${row.name.padEnd(width)}  ${row.summary}`);
  return [
    "dockwarden says who did what to Docker on this host, from where, how risky, and with what proof.",
    "",
    "Usage: dockwarden COMMAND [OPTION…]      dockwarden COMMAND --help",
    "",
    ...rows,
    "",
    "Exit codes: 0 done, 1 found nothing or a check failed, 2 wrong use or configuration.",
    "",
  ].join("\n");
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === "--version" || name === "-V") {
    const { version } = await import("../app/version.ts");
    terminal.out.write(`dockwarden ${version()}\n`);
    return EXIT.done;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    (name === undefined ? terminal.err : terminal.out).write(help());
    return name === undefined ? EXIT.misuse : EXIT.done;
  }
  const row = COMMANDS.find((candidate) => candidate.name === name);
  if (row === undefined) {
    terminal.err.write(
      `dockwarden: no command '${printable(name)}'; 'dockwarden --help' lists them (DW_CLI_COMMAND)\n`,
    );
    return EXIT.misuse;
  }
  return (await row.load()).run(rest, terminal);
}

/** A reader that went away (`| head`) is no error. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = error instanceof Error && "code" in error && String(error.code).startsWith("DW_");
  terminal.err.write(`dockwarden: ${known ? (error as Error).message : (error as Error).stack}\n`);
  process.exitCode = EXIT.misuse;
}
