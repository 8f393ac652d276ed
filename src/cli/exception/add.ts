import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { createInterface } from "node:readline/promises";
import { readRuleFiles } from "../../app/rules.ts";
import { readSettings } from "../../config/settings.ts";
import { filterText } from "../../findings/exceptions/filter-text.ts";
import { compileRules, type RuleFile, type Ruleset, ruleErrorLine } from "../../findings/index.ts";
import { printable } from "../../lib/printable.ts";
import { DockwardenError } from "../../model/fault.ts";
import { type EpochMs, epochMs } from "../../model/ids.ts";
import type { Settings } from "../../model/settings.ts";
import { EXIT, type Terminal } from "../command.ts";
import { existingDatabase } from "../database-path.ts";
import { type LocalRules, localRules, takeUpText } from "../local-rules.ts";
import { parseDuration, parseMoment } from "../options.ts";
import { openProgress } from "../progress.ts";
import { localTime } from "../times.ts";
import { type Draft, draftOf } from "./draft.ts";
import { type Effect, effectOf } from "./effect.ts";
import { exceptionFile, writeException } from "./files.ts";

export interface AddOptions {
  fromAlert: string;
  expires?: string;
  field?: string[];
  comment: string;
  since: string;
  dir?: string;
  yes?: boolean;
  db?: string;
  config?: string;
  json?: boolean;
}

/** What would be saved, and what it would have changed. */
interface Proposal {
  readonly id: string;
  readonly path: string;
  readonly text: string;
  readonly expiresMs: EpochMs | null;
  readonly sinceMs: EpochMs;
  readonly effects: readonly Effect[];
}

/** `exception add`: a filter from an alert's evidence, shown with what it would have taken out, and saved when that is wanted. */
export async function addException(options: AddOptions, terminal: Terminal): Promise<number> {
  const nowMs = epochMs(Date.now());
  const settings = await readSettings(options.config ?? null);
  const local = localRules(settings, options.dir ?? null);
  const proposal = await propose(options, settings, local, nowMs, terminal);
  if (options.json !== true) writeProposal(terminal, proposal, local);
  const isSaved = options.yes === true || (await isWanted(options, terminal, proposal.path));
  if (isSaved) writeException(proposal.path, proposal.text);
  if (options.json === true) writeJson(terminal, proposal, isSaved);
  if (isSaved) terminal.err.write(`saved as ${proposal.path}; ${takeUpText(local)}\n`);
  else terminal.err.write("not saved\n");
  return isSaved ? EXIT.done : canAsk(options, terminal) ? EXIT.nothing : EXIT.misuse;
}

async function propose(
  options: AddOptions,
  settings: Settings,
  { directory }: LocalRules,
  nowMs: EpochMs,
  terminal: Terminal,
): Promise<Proposal> {
  const expiresMs = options.expires === undefined ? null : expiryOf(options.expires, nowMs);
  const sinceMs = parseMoment(options.since, nowMs);
  const file = await existingDatabase(options);
  const [{ openStore }, { openAuditReads }] = await Promise.all([
    import("../../store/sqlite/store.ts"),
    import("../../store/sqlite/audit-reads.ts"),
  ]);
  using store = openStore(file, { readonly: true });
  using audit = openAuditReads(file);
  const alert = store.findAlert(options.fromAlert);
  if (alert === null)
    throw new DockwardenError(
      "DW_ALERT_UNKNOWN",
      `no alert has the id '${printable(options.fromAlert)}', or several begin so; 'dockwarden alerts' lists them`,
    );
  const files = readRuleFiles(settings.rules);
  const before = compileRules(files, settings).ruleset;
  const draft = draftOf(alert, before, { store, audit }, options.field ?? null);
  const id = randomBytes(4).toString("hex");
  const path = exceptionFile(directory, id);
  const text = filterText(
    {
      id: `exception-${id}`,
      title: `Exception ${id}: ${alert.title}`,
      description:
        options.comment === "" ? `From alert ${alert.id}.` : `${options.comment} (from alert ${alert.id})`,
      author: process.env["SUDO_USER"] ?? userInfo().username,
      date: new Date(nowMs).toISOString().slice(0, 10),
      expires: expiresMs === null ? null : new Date(expiresMs).toISOString(),
    },
    draft.parts,
  );
  const after = checked(files, { path, text }, settings);
  refuseWithoutEffect(draft, () => draftOf(alert, after, { store, audit }, options.field ?? null));
  using progress = openProgress(terminal, "trying it on the stored events");
  const firstMs = Math.max(sinceMs, audit.extent()?.firstMs ?? sinceMs);
  const effects = effectOf(
    draft.parts.flatMap(({ rules }) => rules),
    before,
    after,
    { store, audit },
    { sinceMs, untilMs: nowMs },
    (timeMs, isSecond) =>
      progress.tell(((timeMs - firstMs) / (nowMs - firstMs) + (isSecond ? 1 : 0)) / 2, localTime(timeMs)),
  );
  return { id, path, text, expiresMs, sinceMs, effects };
}

/** `30d` from now, or a moment. */
function expiryOf(text: string, nowMs: EpochMs): EpochMs {
  const atMs = /^\d+[smhdw]$/.test(text) ? nowMs + parseDuration(text) : parseMoment(text, nowMs);
  if (atMs > nowMs) return epochMs(atMs);
  throw new DockwardenError(
    "DW_CLI_OPTION",
    `--expires: expected a span such as 30d or a time to come, got "${text}"`,
  );
}

function checked(files: readonly RuleFile[], own: RuleFile, settings: Settings): Ruleset {
  const { ruleset, errors } = compileRules([...files, own], settings);
  const wrong = errors.filter(({ path }) => path === own.path);
  if (wrong.length === 0) return ruleset;
  throw new DockwardenError(
    "DW_EXCEPTION_TEXT",
    `${wrong.map((error) => printable(ruleErrorLine(error))).join("\n")}\n${printable(own.text)}`,
  );
}

/** The exception must take out at least what it was made from. */
function refuseWithoutEffect({ parts }: Draft, again: () => Draft): void {
  const names = new Set(parts.flatMap(({ rules }) => rules.map(({ meta }) => meta.id)));
  let left: Draft;
  try {
    left = again();
  } catch {
    return;
  }
  const still = left.parts.flatMap(({ rules }) => rules).filter(({ meta }) => names.has(meta.id));
  if (still.length === 0) return;
  throw new DockwardenError(
    "DW_EXCEPTION_EFFECT",
    `'${printable(still[0]?.meta.title ?? "")}' would still match the alert's events; name other fields with --field`,
  );
}

function writeProposal(terminal: Terminal, proposal: Proposal, { directory }: LocalRules): void {
  const { text, expiresMs, sinceMs, effects, id } = proposal;
  const line = (words: string): void => void terminal.out.write(`${words}\n`);
  line(
    `Exception ${id}, in ${directory}, ${expiresMs === null ? "without an end (--expires 30d sets one)" : `until ${localTime(expiresMs)}`}:`,
  );
  line("");
  for (const one of text.trimEnd().split("\n")) line(`    ${printable(one)}`);
  line("");
  line(`Of the stored events since ${localTime(sinceMs)} it would have taken out:`);
  const width = Math.max(...effects.map(({ before }) => String(before).length));
  const count = (number: number): string => String(number).padStart(width);
  for (const { title, isCorrelation, before, after } of effects)
    if (before > 0 || !isCorrelation)
      line(
        `    ${count(before - after)} of ${count(before)}  ${isCorrelation ? "episodes of " : "matches of "}${printable(title)}`,
      );
  line(
    "What it takes out raises no alert and is kept as an event only; 'dockwarden silence' keeps the alert and tells nobody.",
  );
}

function writeJson(terminal: Terminal, proposal: Proposal, isSaved: boolean): void {
  const { id, path, text, expiresMs, sinceMs, effects } = proposal;
  terminal.out.write(
    `${JSON.stringify({
      id,
      path,
      text,
      expires: expiresMs === null ? null : new Date(expiresMs).toISOString(),
      since: new Date(sinceMs).toISOString(),
      effects,
      saved: isSaved,
    })}\n`,
  );
}

const canAsk = ({ json }: AddOptions, { isTerminal }: Terminal): boolean =>
  json !== true && isTerminal && process.stdin.isTTY;

async function isWanted(options: AddOptions, terminal: Terminal, path: string): Promise<boolean> {
  if (!canAsk(options, terminal)) {
    terminal.err.write("there is no terminal to ask on: --yes saves it\n");
    return false;
  }
  const asking = createInterface({ input: process.stdin, output: terminal.err });
  try {
    const answer = await asking.question(`Save it as ${path}? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}
