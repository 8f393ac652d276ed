/** Exit codes, a contract: 0 done, 1 found nothing or a check failed, 2 wrong use or configuration. */
export const EXIT = { done: 0, nothing: 1, misuse: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where a command writes, and what kind of place that is. */
export interface Terminal {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
  /** Standard output is a terminal: colour, alignment, progress. A pipe gets plain text. */
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** One subcommand. `argv` is what follows its name. Errors with a `DW_…` code are printed by the caller, with exit code 2. */
export interface CliCommand {
  run(argv: readonly string[], terminal: Terminal): Promise<number>;
}

/** How the table of commands names one; its module is read only when it is called, which keeps `--version` fast. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CliCommand>;
}
