import { existsSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import { type NeededRules, neededRules } from "../audit-rules/needed.ts";
import { type Rate, type Rates, storedRates, USUAL_DAY_TEXT, usualRates } from "../audit-rules/rates.ts";
import { type RulesHost, usualHost } from "../audit-rules/rules.ts";
import { type CliCommand, EXIT, type Terminal } from "../command.ts";
import { optionsOf, parseMoment, runOptions } from "../options.ts";
import { writeTable } from "../table.ts";

interface Options {
  forHost?: boolean;
  arch?: RulesHost["arch"];
  commands?: "people" | "all";
  socket?: string;
  rates?: boolean;
  since: string;
  json?: boolean;
  rules?: string[];
  db?: string;
  config?: string;
}

function parseArch(text: string): RulesHost["arch"] {
  if (text === "x86_64" || text === "amd64" || text === "x64") return "x86_64";
  if (text === "aarch64" || text === "arm64") return "aarch64";
  throw new InvalidArgumentError(`expected x86_64 or aarch64, got "${text}".`);
}

function parseCommands(text: string): "people" | "all" {
  if (text === "people" || text === "all") return text;
  throw new InvalidArgumentError(`expected people or all, got "${text}".`);
}

/** `audit-rules`: the audit rules that attribution and the enabled detections need, to be loaded with auditctl -R. */
export const command: CliCommand = {
  async run(argv, terminal) {
    const options = optionsOf(
      "audit-rules",
      "prints the audit rules that attribution and the enabled detections need, for auditctl -R, and how much they log",
      terminal,
    )
      .option(
        "--for-host",
        "for this host: its data root, programs and homes, links resolved, missing ones left out",
      )
      .option("--arch <name>", "x86_64 or aarch64 (default: this machine's)", parseArch)
      .option("--socket <path>", "the engine's socket, where it is not /run/docker.sock")
      .addOption(
        new Option(
          "--commands [whose]",
          "also log every program that a logged-in person starts (people), or that anything starts (all): detections in containers need that",
        )
          .argParser(parseCommands)
          .preset("people"),
      )
      .option("--rates", "instead: how many events and bytes a day each rule logs")
      .option("--since <time>", "count stored events from this time on", "7d")
      .option("--json", "with --rates: one JSON object a line")
      .option("--rules <path...>", "the detections: rule files or directories (default: the configuration's)")
      .option("--db <file>", "the database (default: the configuration's)")
      .option("--config <file>", "the configuration file")
      .action(async (given: Options) => {
        const { loadRules } = await import("./rules/load.ts");
        const { ruleset, settings } = await loadRules(given);
        const needed = neededRules(await hostOf(given), ruleset);
        const rates = await ratesOf(needed, given.db ?? settings.database, given.since);
        if (given.rates === true) writeRates(terminal, needed, rates, given.json === true);
        else terminal.out.write(withEstimate(needed.text, rates));
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? EXIT.done : exit;
  },
};

async function hostOf(given: Options): Promise<RulesHost> {
  const arch = given.arch ?? (process.arch === "arm64" ? "aarch64" : "x86_64");
  const more = given.socket === undefined ? {} : { socket: given.socket };
  const commands: RulesHost["commands"] = given.commands ?? "none";
  return given.forHost === true
    ? (await import("../audit-rules/host.ts")).thisHost(arch, { commands, ...more })
    : {
        ...usualHost(arch),
        commands,
        ...(given.socket === undefined ? {} : { sockets: [given.socket] }),
      };
}

async function ratesOf({ rules }: NeededRules, database: string, since: string): Promise<Rates> {
  const own = rules.map(({ rule }) => rule);
  const nowMs = Date.now();
  const sinceMs = parseMoment(since, nowMs);
  if (!existsSync(database)) return usualRates(own);
  const { openAuditReads } = await import("../../store/sqlite/audit-reads.ts");
  using audit = openAuditReads(database);
  return storedRates(audit, own, { sinceMs, untilMs: nowMs }) ?? usualRates(own);
}

const whole = (count: number): string => Math.round(count).toLocaleString("en-US");

function size(bytes: number): string {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return bytes >= 1000 ? `${Math.round(bytes / 1000)} kB` : `${Math.round(bytes)} B`;
}

const sum = (rates: readonly Rate[], of: (rate: Rate) => number): number =>
  rates.reduce((total, rate) => total + of(rate), 0);

function totalText({ rates, days }: Rates): string {
  const total = `${whole(sum(rates, ({ eventsPerDay }) => eventsPerDay))} events and ${size(sum(rates, ({ bytesPerDay }) => bytesPerDay))} of log a day`;
  return days === null
    ? `${total} on a usual day (docs/reference/audit-rules.md says what that is)`
    : `${total}, as counted in ${days.toFixed(1)} days of stored events`;
}

/** The estimate stands below the file's own heading. */
function withEstimate(text: string, rates: Rates): string {
  return text.replace(
    /^-b /m,
    () => `## They log about ${totalText(rates)}; 'dockwarden audit-rules --rates' has it rule by rule.\n-b `,
  );
}

function writeRates(terminal: Terminal, { rules }: NeededRules, rates: Rates, isJson: boolean): void {
  const detectionsOf = ({ key, rule }: Rate): readonly string[] => [
    ...new Set(
      rules
        .filter((one) => (rule === null ? one.rule.key === key : one.rule.text === rule))
        .flatMap(({ detections }) => detections),
    ),
  ];
  if (isJson) {
    for (const rate of rates.rates)
      terminal.out.write(
        `${JSON.stringify({ ...rate, days: rates.days, detections: detectionsOf(rate) })}\n`,
      );
    return;
  }
  writeTable<Rate>(
    terminal,
    [
      { head: "EVENTS/DAY", align: "right", cell: ({ eventsPerDay }) => rateText(eventsPerDay, rates.days) },
      {
        head: "LOG/DAY",
        align: "right",
        cell: ({ bytesPerDay }) => (bytesPerDay === 0 ? "" : size(bytesPerDay)),
      },
      { head: "KEY", cell: ({ key }) => key },
      { head: "FOR", cell: (rate) => purposeOf(rate.key, detectionsOf(rate)) },
      { head: "AUDIT RULE", cell: ({ key, rule }) => rule ?? `all with key ${key}` },
    ],
    rates.rates.toSorted((a, b) => b.eventsPerDay - a.eventsPerDay),
  );
  terminal.err.write(`${totalText(rates)}\n`);
  if (rates.days === null) terminal.err.write(`A usual day: ${USUAL_DAY_TEXT}.\n`);
}

const rateText = (count: number, days: number | null): string => {
  if (count === 0 && days === null) return "rare";
  return count > 0 && count < 1 ? "below 1" : whole(count);
};

/** What names the person behind a Docker event. */
const ATTRIBUTION = /^dw-(api|cli|daemon|runtime)/;

function purposeOf(key: string, detections: readonly string[]): string {
  const [first] = detections;
  const own = ATTRIBUTION.test(key) ? ["attribution"] : [];
  if (key === "dw-package") return "leaving out packages' work";
  if (first === undefined) return own[0] ?? "sessions, CIS 1.1";
  return [...own, detections.length === 1 ? first : `${first} and ${detections.length - 1} more`].join(", ");
}
