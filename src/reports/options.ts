import { leadingNumber } from "../query/c-text.ts";
import { ESCAPE_MODES, type EscapeMode } from "../query/escape.ts";
import { givenTime, type TimeContext } from "../query/time-words.ts";
import { REPORTS } from "./index.ts";
import type { Report } from "./report.ts";

/** What was asked for on the command line. */
export interface AureportOptions {
  /** A report, `overview` where none was asked for, or `times`: the span of each log. */
  readonly report: Report | "overview" | "times";
  readonly isSummary: boolean;
  readonly isInterpreted: boolean;
  readonly escape: EscapeMode;
  /** Only events that succeeded, or that failed. */
  readonly only: "failed" | "success" | null;
  /** Of what is added and deleted, only one: `--add`, `--delete`. */
  readonly change: "add" | "delete" | null;
  /** `-nc`: no changes of the audit rules. */
  readonly isWithoutConfig: boolean;
  /** Empty: all. */
  readonly nodes: readonly string[];
  /** Seconds since 1970; 0 is none. */
  readonly start: number;
  readonly end: number;
  readonly inputFile: string | null;
  readonly isFromLogs: boolean;
  readonly isDebug: boolean;
  /** `--eoe-timeout`, seconds; 0 is auditd's own. */
  readonly timeoutSec: number;
  /** Our own: which database. */
  readonly database: string | null;
  readonly config: string | null;
}

/** True where words of {@link WordTables} are said. */
export const needsTables = ({ report, isInterpreted }: AureportOptions): boolean =>
  isInterpreted || (typeof report !== "string" && report.needsTables === true);

/** The options, or what to print and how to end: usage follows where it is asked for. */
export type ParsedOptions =
  | { readonly kind: "run"; readonly options: AureportOptions }
  | { readonly kind: "version" | "help" }
  /** `error` goes to standard error; `isUsage`: the usage to standard output. */
  | { readonly kind: "wrong"; readonly error: string; readonly isUsage: boolean };

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

const byOption: ReadonlyMap<string, Report> = new Map(
  REPORTS.flatMap((report) => report.options.map((option) => [option, report] as const)),
);
const PATH_MAX = 4096;
/** What the real tool says, and ends, where it has no such report. */
const UNIMPLEMENTED = { kind: "wrong", error: "Unimplemented option\n", isUsage: false } as const;
const wrong = (error: string): ParsedOptions => ({ kind: "wrong", error, isUsage: true });
const lacking = (option: string): string => `Argument is required for ${option}\n`;

/** Sets what an option with one word says. @returns what is wrong with it, or null; undefined: no such option. */
function setValue(
  into: Mutable<AureportOptions>,
  option: string,
  word: string | null,
): string | null | undefined {
  switch (option) {
    case "-if":
    case "--input":
      if (word === null) return lacking(option);
      if (word.length >= PATH_MAX) return `File name is too long ${word}\n`;
      into.inputFile = word;
      return null;
    case "--node":
      if (word === null) return lacking(option);
      into.nodes = [...into.nodes, word];
      return null;
    case "--escape": {
      if (word === null) return lacking(option);
      const mode = ESCAPE_MODES.find((one) => one === word);
      if (mode === undefined) return `Unknown option (${word})\n`;
      into.escape = mode;
      return null;
    }
    case "--eoe-timeout": {
      if (word === null) return lacking(option);
      if (!/^\d/.test(word)) return `End of Event Timeout must be a numeric value, was ${word}\n`;
      const { value } = leadingNumber(word, 10);
      if (!(value > 0)) return `Illegal value for End of Event Timeout, was ${word}\n`;
      into.timeoutSec = value;
      return null;
    }
    case "--db":
      if (word === null) return lacking(option);
      into.database = word;
      return null;
    case "--config-file":
      if (word === null) return lacking(option);
      into.config = word;
      return null;
    default:
      return undefined;
  }
}

/** Sets what an option without a word says. @returns false where there is no such option. */
function setFlag(into: Mutable<AureportOptions>, option: string): boolean {
  switch (option) {
    case "--failed":
      into.only = "failed";
      return true;
    case "--success":
      into.only = "success";
      return true;
    case "--add":
      into.change = "add";
      return true;
    case "--delete":
      into.change = "delete";
      return true;
    case "--input-logs":
      into.isFromLogs = true;
      return true;
    case "-nc":
    case "--no-config":
      into.isWithoutConfig = true;
      return true;
    case "--debug":
      into.isDebug = true;
      return true;
    case "--summary":
      into.isSummary = true;
      return true;
    default:
      return false;
  }
}

/**
 * Reads the options as the real tool does, one after the other up to the first that is wrong.
 * @see audit-userspace src/aureport-options.c (check_params)
 */
export function parseOptions(argv: readonly string[], time: TimeContext): ParsedOptions {
  let report: AureportOptions["report"] | null = null;
  const options: Mutable<AureportOptions> = {
    report: "overview",
    isSummary: false,
    isInterpreted: false,
    escape: "tty",
    only: null,
    change: null,
    isWithoutConfig: false,
    nodes: [],
    start: 0,
    end: 0,
    inputFile: null,
    isFromLogs: false,
    isDebug: false,
    timeoutSec: 0,
    database: null,
    config: null,
  };
  const wordAt = (index: number): string | null => {
    const word = argv[index];
    return word === undefined || word.startsWith("-") ? null : word;
  };

  for (let at = 0; at < argv.length; at += 1) {
    const option = argv[at] ?? "";
    const word = wordAt(at + 1);
    const asked = option === "-t" || option === "--log" ? "times" : byOption.get(option);
    if (asked !== undefined) {
      if (report !== null) return wrong("Error - only one report can be specified");
      if (asked !== "times" && asked.takesNoWord === true && word !== null) return UNIMPLEMENTED;
      report = asked;
      continue;
    }
    switch (option) {
      case "-i":
      case "--interpret":
        if (word !== null) return wrong(`Argument is NOT required for ${option}\n`);
        options.isInterpreted = true;
        continue;
      case "-v":
      case "--version":
        return { kind: "version" };
      case "--help":
        return { kind: "help" };
      case "-ts":
      case "--start":
      case "-te":
      case "--end": {
        if (word === null) return wrong(`${option} requires either date and/or time\n`);
        const second = wordAt(at + 2);
        const isStart = option === "-ts" || option === "--start";
        const given = givenTime(isStart ? "start" : "end", second === null ? [word] : [word, second], time);
        if (!given.ok) return wrong(given.error);
        if (isStart) options.start = given.sec;
        else options.end = given.sec;
        at += second === null ? 1 : 2;
        continue;
      }
    }
    const fault = setValue(options, option, word);
    if (typeof fault === "string") return wrong(fault);
    if (fault === null) at += 1;
    else if (!setFlag(options, option)) return wrong(`${option} is an unsupported option\n`);
  }
  return { kind: "run", options: { ...options, report: report ?? "overview" } };
}
