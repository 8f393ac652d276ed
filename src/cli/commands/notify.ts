import { hostname } from "node:os";
import { styleText } from "node:util";
import { deliveryIdOf } from "../../alerts/identity.ts";
import { readSettings } from "../../config/settings.ts";
import { createChannels } from "../../deliveries/channels/index.ts";
import { printable } from "../../lib/printable.ts";
import type { Delivery } from "../../model/alert.ts";
import { DockwardenError } from "../../model/fault.ts";
import { epochMs } from "../../model/ids.ts";
import { type CliCommand, EXIT, type Terminal } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { choiceOf, optionsOf, parseCount, runOptions } from "../options.ts";
import { writeTable } from "../table.ts";
import { localTime } from "../times.ts";

interface Where {
  db?: string;
  config?: string;
  json?: boolean;
}

const LIMIT_MS = 120_000;
const DELIVERY_STATES: readonly Delivery["state"][] = ["pending", "delivered", "dead"];

/** Sends a test and says of each step how it ended. @returns 1 where a step failed. */
async function test(name: string, given: Where, terminal: Terminal): Promise<number> {
  const settings = await readSettings(given.config ?? null);
  const found = settings.channels.find((one) => one.name === name);
  if (found === undefined)
    throw new DockwardenError(
      "DW_CHANNEL_UNKNOWN",
      `expected the name of a channel (${settings.channels.map((one) => one.name).join(", ") || "none is configured"}), got '${printable(name)}'`,
    );
  const now = epochMs(Date.now());
  const [channel] = createChannels([found], { now: () => Date.now() });
  if (channel === undefined) return EXIT.nothing;
  await using opened = channel;
  const notification = {
    id: deliveryIdOf([], name, "test", now),
    kind: "test" as const,
    alerts: [],
    host: hostname(),
    createdMs: now,
    pageUrl: settings.http.publicUrl,
  };
  let isGood = true;
  for await (const { step, ok, detail } of opened.probe(notification, AbortSignal.timeout(LIMIT_MS))) {
    isGood &&= ok;
    const mark = terminal.isTerminal
      ? styleText(ok ? "green" : "red", ok ? "ok" : "FAILED")
      : ok
        ? "ok"
        : "FAILED";
    if (given.json === true) terminal.out.write(`${JSON.stringify({ channel: name, step, ok, detail })}\n`);
    else terminal.out.write(`${step.padEnd(8)} ${mark}  ${printable(detail)}\n`);
  }
  return isGood ? EXIT.done : EXIT.nothing;
}

function list(deliveries: readonly Delivery[], given: Where, terminal: Terminal): number {
  if (given.json === true) for (const one of deliveries) terminal.out.write(`${JSON.stringify(one)}\n`);
  else if (deliveries.length === 0) terminal.err.write("no deliveries found\n");
  else
    writeTable<Delivery>(
      terminal,
      [
        { head: "CREATED", cell: ({ createdMs }) => localTime(createdMs) },
        { head: "CHANNEL", cell: ({ channel }) => channel },
        { head: "KIND", cell: ({ kind }) => kind },
        {
          head: "STATE",
          cell: ({ state }) => ({
            text: state,
            style: state === "dead" ? "red" : state === "pending" ? "yellow" : "green",
          }),
        },
        { head: "TRIES", align: "right", cell: ({ attempts }) => String(attempts) },
        {
          head: "ALERT",
          cell: ({ alerts }) =>
            alerts.length === 1 ? (alerts[0]?.slice(0, 8) ?? "") : `${alerts.length} alerts`,
        },
        { head: "LAST ERROR", cell: ({ lastError }) => lastError ?? "" },
      ],
      deliveries,
    );
  return deliveries.length === 0 ? EXIT.nothing : EXIT.done;
}

/** `notify`: tries a channel out, and lists what was sent, waits or was given up. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const command = optionsOf("notify", "tries a channel; lists deliveries", terminal)
      .option("--json", "one JSON object a line")
      .option("--db <FILE>", "the database (default: the configuration's)")
      .option("--config <FILE>", "the configuration file");
    command
      .command("test <CHANNEL>")
      .description("sends a test over a channel and names the step that failed")
      .action(async (name: string) => {
        code = await test(name, command.opts(), terminal);
      });
    command
      .command("list")
      .description("deliveries, newest first: sent, waiting or given up")
      .option("--state <STATE>", `only ${DELIVERY_STATES.join(", ")}`, choiceOf(DELIVERY_STATES))
      .option("--limit <N>", "at most N rows", parseCount, 100)
      .action(async ({ state, limit }: { state?: Delivery["state"]; limit: number }) => {
        const { openStore } = await import("../../store/sqlite/store.ts");
        using store = openStore(await existingDatabase(command.opts()), { readonly: true });
        const found = store.deliveries({ limit, ...(state === undefined ? {} : { state }) });
        code = list(found, command.opts(), terminal);
      });
    const exit = await runOptions(command, argv);
    return exit === EXIT.done ? code : exit;
  },
};
