import { attributionSentence } from "../../lib/sentence.ts";
import { DockwardenError } from "../../model/fault.ts";
import { type EventRef, eventRef } from "../../model/ids.ts";
import type { Store } from "../../ports/store.ts";
import { type CliCommand, EXIT, type Terminal } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { optionsOf, parseCount, runOptions } from "../options.ts";
import { localTime } from "../times.ts";
import {
  allDockerEvents,
  auditAnswer,
  auditRecords,
  auditRefs,
  auditTimeMs,
  dockerAnswer,
} from "../who/answers.ts";
import { deedOf } from "../who/deeds.ts";
import { eventLine, objectPhrase, writeAnswer } from "../who/report.ts";

interface Options {
  db?: string;
  config?: string;
  all?: boolean;
  json?: boolean;
  limit: number;
}

/** `who`: the person behind a container, an event or an audit serial, with the proof. */
export const command: CliCommand = {
  async run(argv, terminal) {
    let code: number = EXIT.done;
    const options = optionsOf(
      "who",
      "names the person behind a container, an event or an audit serial",
      terminal,
    )
      .argument(
        "[what]",
        "a container's name or the beginning of its id, an event's reference, or an audit serial",
      )
      .option("--all", "every Docker event, oldest first")
      .option("--json", "one JSON object a line")
      .option("--limit <n>", "at most n events of a container", parseCount, 1000)
      .option("--db <file>", "the database (default: the configuration's)")
      .option("--config <file>", "the configuration file")
      .action(async (what: string | undefined, given: Options) => {
        if ((what === undefined) === (given.all !== true))
          throw new DockwardenError(
            "DW_CLI_OPTION",
            "who: expected either a container, event or serial, or --all",
          );
        const { openStore } = await import("../../store/sqlite/store.ts");
        using store = openStore(await existingDatabase(given), { readonly: true });
        const found =
          what === undefined ? writeAll(terminal, store, given) : writeOne(terminal, store, what, given);
        if (found) return;
        code = EXIT.nothing;
        if (given.json !== true)
          terminal.err.write(what === undefined ? "no Docker events\n" : `nothing found for '${what}'\n`);
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? code : exit;
  },
};

function writeAll(terminal: Terminal, store: Store, given: Options): boolean {
  let found = false;
  for (const events of allDockerEvents(store)) {
    found = true;
    const known = store.attributions(events.map(({ ref }) => ref));
    for (const event of events) {
      const attribution = known.get(event.ref) ?? null;
      terminal.out.write(
        given.json === true
          ? `${JSON.stringify(dockerAnswer(event, attribution))}\n`
          : `${eventLine(event, attribution)}\n`,
      );
    }
  }
  return found;
}

/** A reference or a serial names one event; anything else a container. */
function writeOne(terminal: Terminal, store: Store, what: string, given: Options): boolean {
  if (/^(docker|sshd|audit):/.test(what)) return writeEvent(terminal, store, eventRef(what), given);
  const asContainer = writeContainer(terminal, store, what, given);
  const refs = asContainer ? [] : auditRefs(store, what);
  for (const ref of refs) writeEvent(terminal, store, ref, given);
  return asContainer || refs.length > 0;
}

function writeContainer(terminal: Terminal, store: Store, what: string, given: Options): boolean {
  const events = store.docker({ containerLike: what, limit: given.limit, oldestFirst: true });
  const known = store.attributions(events.map(({ ref }) => ref));
  for (const event of events) {
    const attribution = known.get(event.ref) ?? null;
    if (given.json === true) terminal.out.write(`${JSON.stringify(dockerAnswer(event, attribution))}\n`);
    else if (event.action === "create")
      writeAnswer(
        terminal,
        store,
        attributionSentence(attribution, "created it", objectPhrase(event)),
        attribution,
      );
    else terminal.out.write(`${eventLine(event, attribution)}\n`);
  }
  return events.length > 0;
}

function writeEvent(terminal: Terminal, store: Store, ref: EventRef, given: Options): boolean {
  const attribution = ref.startsWith("audit:") ? auditAnswer(store, ref) : store.attribution(ref);
  const lines = ref.startsWith("audit:") ? store.auditLines(ref) : [];
  if (attribution === null && lines.length === 0) return false;
  if (given.json === true) {
    terminal.out.write(
      `${JSON.stringify(attribution ?? { ref, actor: null, origin: null, confidence: null, candidates: [], evidence: [] })}\n`,
    );
    return true;
  }
  const deed = deedOf(auditRecords(lines));
  const at = ref.startsWith("audit:") ? `${localTime(auditTimeMs(ref))}  ` : "";
  writeAnswer(
    terminal,
    store,
    `${at}${attributionSentence(attribution, deed?.text ?? "did it", null)}`,
    attribution,
  );
  return true;
}
