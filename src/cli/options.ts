import { Command, CommanderError, InvalidArgumentError } from "commander";
import { DockwardenError } from "../model/fault.ts";
import { type EpochMs, epochMs } from "../model/ids.ts";
import { EXIT, type Terminal } from "./command.ts";

/** A command's option parser, with help and errors going to the terminal and never ending the process. */
export function optionsOf(name: string, summary: string, terminal: Terminal): Command {
  return new Command(`dockwarden ${name}`)
    .description(summary)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => void terminal.err.write(text.replace(/\n$/, " (DW_CLI_OPTION)\n")),
    });
}

/** Parses and runs; a wrong option is exit code 2, `--help` is 0. The command's action sets the exit code by its return value. */
export async function runOptions(command: Command, argv: readonly string[]): Promise<number> {
  try {
    await command.parseAsync(argv, { from: "user" });
    return EXIT.done;
  } catch (error) {
    // Thrown by an action, not by the parser, which would have printed it.
    if (error instanceof InvalidArgumentError) throw new DockwardenError("DW_CLI_OPTION", error.message);
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misuse;
    throw error;
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3, w: 604_800e3 };

/**
 * A moment as people type it: `30m`, `12h`, `7d` (ago), `2026-11-24`, `2026-11-24T10:00`, with or without a zone
 * (local where there is none), or `@1795511325.191` (seconds since 1970).
 */
export function parseMoment(text: string, nowMs: number): EpochMs {
  const ago = /^(\d+)([smhdw])$/.exec(text);
  if (ago !== null) return epochMs(nowMs - Number(ago[1]) * (UNITS[ago[2] ?? ""] ?? 0));
  const seconds = /^@(\d+(?:\.\d+)?)$/.exec(text);
  if (seconds !== null) return epochMs(Number(seconds[1]) * 1000);
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00`) : new Date(text.replace(" ", "T"));
  if (!/^\d{4}-/.test(text) || Number.isNaN(at.getTime()))
    throw new InvalidArgumentError(
      `expected a time such as 30m, 7d, 2026-11-24 or 2026-11-24T10:00, got "${text}".`,
    );
  return epochMs(at.getTime());
}

/** For options that take a span of time, in milliseconds: `30m`, `2h`, `7d`. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,6})([smhdw])$/.exec(text);
  if (match === null || Number(match[1]) === 0)
    throw new InvalidArgumentError(`expected a span of time such as 30m, 2h or 7d, got "${text}".`);
  return Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0);
}

/** For options that take one of several words. */
export function choiceOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((one) => one === text);
    if (word === undefined)
      throw new InvalidArgumentError(`expected one of ${words.join(", ")}, got "${text}".`);
    return word;
  };
}

/** For options that take a whole number. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError(`expected a whole number from 1 up, got "${text}".`);
  return count;
}
