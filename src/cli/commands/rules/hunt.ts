import { existsSync } from "node:fs";
import { type HuntResult, hunt } from "../../../app/hunt.ts";
import { readRuleFiles } from "../../../app/rules.ts";
import { readSettings } from "../../../config/settings.ts";
import { compileRules, type RuleFile, ruleErrorLine } from "../../../findings/index.ts";
import {
  type CompiledCorrelation,
  type CompiledRule,
  findRule,
  onlyRules,
  type Ruleset,
} from "../../../findings/ruleset.ts";
import { printable } from "../../../lib/printable.ts";
import { DockwardenError } from "../../../model/fault.ts";
import type { Finding } from "../../../model/finding.ts";
import { type EpochMs, epochMs } from "../../../model/ids.ts";
import type { Attribution } from "../../../model/session.ts";
import type { Settings } from "../../../model/settings.ts";
import type { AuditReads } from "../../../ports/audit-reads.ts";
import type { Store } from "../../../ports/store.ts";
import { EXIT, type Terminal } from "../../command.ts";
import { existingDatabase } from "../../database-path.ts";
import { LEVEL_STYLES } from "../../levels.ts";
import { parseMoment } from "../../options.ts";
import { openProgress } from "../../progress.ts";
import { writeTable } from "../../table.ts";
import { localTime } from "../../times.ts";
import type { RulesOptions } from "./load.ts";

interface HuntOptions extends RulesOptions {
  db?: string;
  since: string;
  until?: string;
  limit: number;
}

/** `rules hunt`: what a rule would have found in the stored events. Raises no alert and writes nothing. */
export async function huntRule(options: HuntOptions, terminal: Terminal, rule: string): Promise<number> {
  const nowMs = Date.now();
  const sinceMs = parseMoment(options.since, nowMs);
  const untilMs = options.until === undefined ? epochMs(nowMs) : parseMoment(options.until, nowMs);
  const file = await existingDatabase(options);
  const settings = await readSettings(options.config ?? null);
  const { ruleset, wanted } = rulesToHunt(rule, settings, options.rules ?? settings.rules);
  const [{ openStore }, { openAuditReads }] = await Promise.all([
    import("../../../store/sqlite/store.ts"),
    import("../../../store/sqlite/audit-reads.ts"),
  ]);
  using store = openStore(file, { readonly: true });
  using audit = openAuditReads(file);
  const startedMs = performance.now();
  const result = huntWithProgress(
    { store, audit },
    sinceMs,
    untilMs,
    onlyRules(ruleset, wanted),
    options.limit,
    terminal,
  );
  const seconds = (performance.now() - startedMs) / 1000;
  const people = store.attributions(result.findings.flatMap(({ refs }) => refs.slice(-1)));
  if (options.json === true)
    for (const finding of result.findings)
      terminal.out.write(
        `${JSON.stringify({ ...finding, time: new Date(finding.timeMs).toISOString(), attribution: personOf(finding, people) })}\n`,
      );
  else if (result.total > 0) writeFindings(terminal, result, people);
  const names = wanted.map(({ rule: { meta } }) => meta.title).join(", ");
  terminal.err.write(
    `${printable(names)}: ${found(result)} in ${result.events} events that were looked at, from ${localTime(sinceMs)} to ${localTime(untilMs)}; ${seconds.toFixed(1)} s. Nothing was raised.\n`,
  );
  return result.total === 0 ? EXIT.nothing : EXIT.done;
}

function found({ total, findings }: HuntResult): string {
  const rest = total - findings.length;
  return `${total} ${total === 1 ? "finding" : "findings"}${rest > 0 ? ` (the last ${findings.length} are shown; --limit shows more)` : ""}`;
}

function huntWithProgress(
  sources: { readonly store: Store; readonly audit: AuditReads },
  sinceMs: EpochMs,
  untilMs: EpochMs,
  ruleset: Ruleset,
  limit: number,
  terminal: Terminal,
): HuntResult {
  using progress = openProgress(terminal, "hunting");
  const firstMs = Math.max(sinceMs, sources.audit.extent()?.firstMs ?? sinceMs);
  return hunt(sources, { sinceMs, untilMs }, ruleset, {
    limit,
    onProgress: (timeMs) => progress.tell((timeMs - firstMs) / (untilMs - firstMs), localTime(timeMs)),
  });
}

interface Hunted {
  readonly ruleset: Ruleset;
  readonly wanted: readonly (CompiledRule | CompiledCorrelation)[];
}

/** A rule by its name among the configuration's, or all that a file holds; what these refer to comes from the configuration's. */
function rulesToHunt(rule: string, { placeholders }: Settings, paths: readonly string[]): Hunted {
  const configured = readRuleFiles(paths);
  if (!/\.ya?ml$/.test(rule) || !existsSync(rule)) {
    const { ruleset } = compileRules(configured, { placeholders });
    const wanted = findRule(ruleset, rule);
    if (wanted !== null) return { ruleset, wanted: [wanted] };
    throw new DockwardenError(
      "DW_RULE_UNKNOWN",
      `no rule has the id, name or title '${printable(rule)}', and no .yml file is named so; 'dockwarden rules list' lists them`,
    );
  }
  const own = readRuleFiles([rule]);
  const ids = new Set(own.flatMap((file) => idsIn(file, placeholders)));
  // A copy that is being worked on stands for the one that is configured.
  const others = configured.filter((file) => !idsIn(file, placeholders).some((id) => ids.has(id)));
  const { ruleset, errors } = compileRules([...own, ...others], { placeholders });
  const wrong = errors.filter(({ path }) => own.some((file) => file.path === path));
  if (wrong.length > 0)
    throw new DockwardenError(
      "DW_RULES_REFUSED",
      wrong.map((error) => printable(ruleErrorLine(error))).join("\n"),
    );
  const wanted = [...ruleset.rules, ...ruleset.correlations].filter(({ rule: { meta } }) =>
    own.some(({ path }) => path === meta.path),
  );
  const loud = wanted.filter(({ isSilent }) => !isSilent);
  if (wanted.length === 0)
    throw new DockwardenError(
      "DW_RULE_UNKNOWN",
      `${printable(rule)}: expected a rule or a correlation, found none`,
    );
  return { ruleset, wanted: loud.length > 0 ? loud : wanted };
}

function idsIn(file: RuleFile, placeholders: Settings["placeholders"]): readonly string[] {
  const { ruleset } = compileRules([file], { placeholders });
  return [...ruleset.rules, ...ruleset.correlations].map(({ rule }) => rule.meta.id);
}

function personOf(finding: Finding, people: ReadonlyMap<string, Attribution>): Attribution | null {
  return finding.attribution ?? people.get(finding.refs.at(-1) ?? "") ?? null;
}

function writeFindings(
  terminal: Terminal,
  { findings }: HuntResult,
  people: ReadonlyMap<string, Attribution>,
): void {
  writeTable<Finding>(
    terminal,
    [
      { head: "TIME", cell: ({ timeMs }) => localTime(timeMs) },
      { head: "LEVEL", cell: ({ level }) => ({ text: level, style: LEVEL_STYLES[level] }) },
      { head: "COUNT", align: "right", cell: ({ count }) => String(count) },
      {
        head: "WHO",
        cell: (finding) => {
          const actor = personOf(finding, people)?.actor ?? null;
          return actor === null
            ? ""
            : `${actor.user ?? "?"}${actor.address === null ? "" : ` from ${actor.address}`}`;
        },
      },
      { head: "EVENT", cell: ({ refs }) => shortRef(refs.at(-1) ?? "") },
      { head: "WHAT", cell: ({ action, object }) => `${action}${object === null ? "" : `: ${object}`}` },
    ],
    findings,
  );
}

/** Docker's references end in 64 digits, of which a dozen will do for `rules explain`. */
function shortRef(ref: string): string {
  return ref.replace(/(:[0-9a-f]{12})[0-9a-f]{52}$/, "$1");
}
