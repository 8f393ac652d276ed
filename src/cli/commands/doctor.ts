import { styleText } from "node:util";
import type { DoctorResult } from "../../app/doctor.ts";
import { printable } from "../../lib/printable.ts";
import { type CliCommand, EXIT } from "../command.ts";
import { optionsOf, runOptions } from "../options.ts";

const MARKS = {
  works: { mark: "✓", style: "green" },
  weak: { mark: "!", style: "yellow" },
  broken: { mark: "✗", style: "red" },
} as const;

/** `doctor`: what works, what does not, and the command that mends it. Exit code 1 when something is broken. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const options = optionsOf(
      "doctor",
      "says what works, what does not, and the command that mends it",
      terminal,
    )
      .option("--config <file>", "the configuration file")
      .option("--json", "one JSON object a line")
      .action(async (given: { config?: string; json?: boolean }) => {
        const { examine } = await import("../../app/doctor.ts");
        const results: DoctorResult[] = [];
        for await (const result of examine(given.config ?? null)) {
          results.push(result);
          if (given.json === true) terminal.out.write(`${JSON.stringify(result)}\n`);
          else {
            const { mark, style } = MARKS[result.state];
            const lead = terminal.isTerminal ? styleText(style, mark) : mark;
            terminal.out.write(`${lead} ${result.subject.padEnd(14)} ${printable(result.detail)}\n`);
            if (result.mend !== null)
              terminal.out.write(
                `${" ".repeat(17)}mend: ${terminal.isTerminal ? styleText("bold", result.mend) : result.mend}\n`,
              );
          }
        }
        if (results.some(({ state }) => state === "broken")) code = EXIT.nothing;
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? code : exit;
  },
};
