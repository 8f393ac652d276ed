import { userInfo } from "node:os";
import { styleText } from "node:util";
import { answerAlert } from "../../alerts/resolution.ts";
import { printable } from "../../lib/printable.ts";
import type { Alert, AlertState, Delivery } from "../../model/alert.ts";
import { LEVELS, type Level } from "../../model/finding.ts";
import { epochMs } from "../../model/ids.ts";
import type { Store } from "../../ports/store.ts";
import { type CliCommand, EXIT, type Terminal } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { LEVEL_STYLES } from "../levels.ts";
import { choiceOf, optionsOf, parseCount, parseMoment, runOptions } from "../options.ts";
import { writeTable } from "../table.ts";
import { localTime } from "../times.ts";

interface Where {
  db?: string;
  config?: string;
  json?: boolean;
}
interface ListOptions extends Where {
  state?: AlertState;
  minLevel?: Level;
  rule?: string;
  since?: string;
  until?: string;
  limit: number;
}

const STATES: readonly AlertState[] = ["open", "acknowledged", "resolved"];
const MAX_DELIVERIES = 1000;

const iso = (ms: number): string => new Date(ms).toISOString();

/** What `--json` prints of an alert, one object a line; a contract. */
const json = (alert: Alert): string =>
  JSON.stringify({ ...alert, first: iso(alert.firstMs), last: iso(alert.lastMs) });

/** Who acts: the person behind sudo, where there is one. */
function actingUser(): string {
  return process.env["SUDO_USER"] ?? userInfo().username;
}

function list(store: Store, given: ListOptions, terminal: Terminal): number {
  const now = Date.now();
  const rows = store.alerts({
    limit: given.limit,
    ...(given.state === undefined ? {} : { state: given.state }),
    ...(given.minLevel === undefined ? {} : { minLevel: given.minLevel }),
    ...(given.rule === undefined ? {} : { ruleId: given.rule }),
    ...(given.since === undefined ? {} : { sinceMs: parseMoment(given.since, now) }),
    ...(given.until === undefined ? {} : { untilMs: parseMoment(given.until, now) }),
  });
  if (given.json === true) for (const row of rows) terminal.out.write(`${json(row)}\n`);
  else if (rows.length === 0) terminal.err.write("no alerts found\n");
  else
    writeTable<Alert>(
      terminal,
      [
        { head: "ID", cell: ({ id }) => id.slice(0, 8) },
        { head: "LAST", cell: ({ lastMs }) => localTime(lastMs) },
        { head: "LEVEL", cell: ({ level }) => ({ text: level, style: LEVEL_STYLES[level] }) },
        { head: "STATE", cell: ({ state, mutedBy }) => (mutedBy === null ? state : `${state}, muted`) },
        { head: "COUNT", align: "right", cell: ({ count }) => String(count) },
        { head: "WHAT", cell: ({ title, sentence }) => `${title}: ${sentence}` },
      ],
      rows,
    );
  return rows.length === 0 ? EXIT.nothing : EXIT.done;
}

function deliveryLine({ channel, kind, state, attempts, nextMs, deliveredMs, lastError }: Delivery): string {
  const when =
    deliveredMs !== null
      ? `delivered ${localTime(deliveredMs)}`
      : state === "pending"
        ? `next try ${localTime(nextMs)}`
        : "given up";
  const error = lastError === null ? "" : `: ${printable(lastError)}`;
  return `${channel}  ${kind}  ${when}, ${attempts} ${attempts === 1 ? "attempt" : "attempts"}${error}`;
}

function facts(alert: Alert): readonly (readonly [string, string])[] {
  const { attribution } = alert;
  const optional = (name: string, value: string | null | undefined): (readonly [string, string])[] =>
    value === null || value === undefined || value === "" ? [] : [[name, value]];
  return [
    ["id", alert.id],
    ["level", alert.level],
    ["state", alert.state],
    ...optional("muted by", alert.mutedBy),
    ["rule", `${alert.title} (${alert.ruleId})`],
    ["first", localTime(alert.firstMs)],
    ["last", localTime(alert.lastMs)],
    ["count", String(alert.count)],
    ...Object.entries(alert.group),
    ...optional("command", attribution?.command),
    ...optional("by way of", attribution?.actor?.via.join(" → ")),
    ...optional("tags", alert.tags.join(", ")),
    ...(alert.nextSteps ?? "").split("\n").flatMap((step) => optional("next", step)),
    ...alert.falsePositives.map((text): readonly [string, string] => ["harmless", text]),
    ...alert.refs.slice(0, 20).map((ref): readonly [string, string] => ["event", ref]),
  ];
}

function show(store: Store, id: string, given: Where, terminal: Terminal): number {
  const alert = store.findAlert(id);
  if (alert === null) return unknown(id, terminal);
  const deliveries = store.deliveries({ alert: alert.id, limit: MAX_DELIVERIES, oldestFirst: true });
  if (given.json === true) {
    terminal.out.write(`${JSON.stringify({ ...JSON.parse(json(alert)), deliveries })}\n`);
    return EXIT.done;
  }
  const bold = (text: string): string => (terminal.isTerminal ? styleText("bold", text) : text);
  const rows = facts(alert);
  const width = Math.max(...rows.map(([name]) => name.length));
  terminal.out.write(`${bold(printable(alert.sentence))}\n\n`);
  for (const [name, value] of rows)
    terminal.out.write(`  ${printable(name).padEnd(width)}  ${printable(value)}\n`);
  if (deliveries.length > 0) terminal.out.write("\n");
  for (const delivery of deliveries) terminal.out.write(`  ${deliveryLine(delivery)}\n`);
  return EXIT.done;
}

function unknown(id: string, terminal: Terminal): number {
  terminal.err.write(
    `dockwarden: no alert has the id '${printable(id)}', or several begin so; 'dockwarden alerts' lists them\n`,
  );
  return EXIT.nothing;
}

function decide(store: Store, ids: readonly string[], state: AlertState, terminal: Terminal): number {
  let code: number = EXIT.done;
  for (const id of ids) {
    const alert = store.findAlert(id);
    if (alert === null) code = unknown(id, terminal);
    else if (alert.state === state) terminal.out.write(`${alert.id} is ${state} already\n`);
    else {
      answerAlert(store, alert.id, state, actingUser(), epochMs(Date.now()));
      terminal.out.write(`${alert.id} is ${state} now\n`);
    }
  }
  return code;
}

/** `alerts`: what was noticed; `alerts show`, `ack` and `resolve` look at one and answer it. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const open = async (given: Where, readonly: boolean): Promise<Store> => {
      const { openStore } = await import("../../store/sqlite/store.ts");
      return openStore(await existingDatabase(given), { readonly });
    };
    const command = optionsOf("alerts", "lists alerts, newest first; shows and answers one", terminal)
      .option("--state <STATE>", `only ${STATES.join(", ")}`, choiceOf(STATES))
      .option("--min-level <LEVEL>", `this level and graver: ${LEVELS.join(", ")}`, choiceOf(LEVELS))
      .option("--rule <ID>", "only of this rule")
      .option("--since <TIME>", "from this time on (30m, 7d, 2026-11-24T10:00)")
      .option("--until <TIME>", "before this time")
      .option("--limit <N>", "at most N rows", parseCount, 100)
      .option("--json", "one JSON object a line")
      .option("--db <FILE>", "the database (default: the configuration's)")
      .option("--config <FILE>", "the configuration file")
      .action(async (given: ListOptions) => {
        using store = await open(given, true);
        code = list(store, given, terminal);
      });
    command
      .command("show <ID>")
      .description("all that is known of one alert, and what became of its deliveries")
      .action(async (id: string) => {
        using store = await open(command.opts(), true);
        code = show(store, id, command.opts(), terminal);
      });
    for (const [name, state, what] of [
      ["ack", "acknowledged", "somebody looks into it: repeats stay quiet"],
      ["resolve", "resolved", "it is dealt with: the channels are told, another event opens it again"],
    ] as const)
      command
        .command(`${name} <ID...>`)
        .description(what)
        .action(async (ids: string[]) => {
          using store = await open(command.opts(), false);
          code = decide(store, ids, state, terminal);
        });
    const exit = await runOptions(command, argv);
    return exit === EXIT.done ? code : exit;
  },
};
