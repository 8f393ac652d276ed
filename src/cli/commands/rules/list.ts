import { existsSync } from "node:fs";
import { countersIn, type RuleCounter } from "../../../findings/counters.ts";
import type { CompiledCorrelation, CompiledRule } from "../../../findings/ruleset.ts";
import { printable } from "../../../lib/printable.ts";
import type { SourceName } from "../../../model/line.ts";
import { type DataStatus, openDataJudge } from "../../audit-rules/data-status.ts";
import { EXIT, type Terminal } from "../../command.ts";
import { LEVEL_STYLES } from "../../levels.ts";
import { type Cell, writeTable } from "../../table.ts";
import { localTime } from "../../times.ts";
import { loadRules, type RulesOptions } from "./load.ts";

interface ListOptions extends RulesOptions {
  db?: string;
  auditRules?: string;
}

interface Row {
  readonly id: string;
  readonly name: string | null;
  readonly title: string;
  readonly level: CompiledRule["rule"]["meta"]["level"];
  readonly kind: string;
  readonly sources: readonly SourceName[];
  readonly alerts: boolean;
  readonly tags: readonly string[];
  readonly path: string;
  readonly data: DataStatus;
  readonly matches: number;
  readonly last: string | null;
  readonly spentMs: number;
}

const NOTHING: RuleCounter = { matches: 0, lastMs: null, spentMs: 0 };

function rowOf(
  { rule, sources, isSilent }: CompiledRule | CompiledCorrelation,
  data: DataStatus,
  { matches, lastMs, spentMs }: RuleCounter,
): Row {
  const { id, name, title, level, tags, path } = rule.meta;
  const kind = rule.kind === "correlation" ? rule.type : "rule";
  return {
    id,
    name,
    title,
    level,
    kind,
    sources,
    alerts: !isSilent,
    tags,
    path,
    data,
    matches,
    last: lastMs === null ? null : new Date(lastMs).toISOString(),
    spentMs: Math.round(spentMs * 1000) / 1000,
  };
}

/** `rules list`: every rule that was accepted, whether it can see what it looks for here, and what it matched so far. */
export async function listRules(options: ListOptions, terminal: Terminal): Promise<number> {
  const { ruleset, errors, settings } = await loadRules(options);
  const judge = openDataJudge(ruleset, settings, options.auditRules ?? null);
  const counters = await storedCounters(options.db ?? settings.database);
  const counterOf = (id: string): RuleCounter => counters.get(id) ?? NOTHING;
  const rows = [
    ...ruleset.rules.map((rule) => rowOf(rule, judge.rule(rule), counterOf(rule.rule.meta.id))),
    ...ruleset.correlations.map((one) => rowOf(one, judge.correlation(one), counterOf(one.rule.meta.id))),
  ];
  if (options.json === true) for (const row of rows) terminal.out.write(`${JSON.stringify(row)}\n`);
  else if (rows.length > 0) {
    writeRows(terminal, rows);
    writeMissing(terminal, rows);
  }
  if (errors.length > 0)
    terminal.err.write(`${errors.length} rules were refused; 'dockwarden rules check' says why\n`);
  return rows.length === 0 ? EXIT.nothing : EXIT.done;
}

/** What the daemon counted; nothing where there is no database yet. */
async function storedCounters(database: string): Promise<ReadonlyMap<string, RuleCounter>> {
  if (!existsSync(database)) return new Map();
  const { openStore } = await import("../../../store/sqlite/store.ts");
  using store = openStore(database, { readonly: true });
  return countersIn(store.stateOf("findings"));
}

function spent(ms: number): string {
  if (ms === 0) return "";
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function dataCell({ data: { state }, sources }: Row): Cell {
  const where = sources.join("+");
  switch (state) {
    case "whole":
      return { text: where };
    case "part":
      return { text: `${where}: in part`, style: "yellow" };
    case "unknown":
      return { text: `${where}: unknown`, style: "dim" };
    case "none":
      return { text: where === "" ? "none" : `${where}: none`, style: "yellow" };
    default:
      return state satisfies never;
  }
}

function writeRows(terminal: Terminal, rows: readonly Row[]): void {
  writeTable<Row>(
    terminal,
    [
      { head: "LEVEL", cell: ({ level }) => ({ text: level, style: LEVEL_STYLES[level] }) },
      { head: "ALERTS", cell: ({ alerts }) => (alerts ? "yes" : "part") },
      { head: "MATCHES", align: "right", cell: ({ matches }) => (matches === 0 ? "" : String(matches)) },
      { head: "LAST", cell: ({ last }) => (last === null ? "" : localTime(Date.parse(last))) },
      { head: "TIME", align: "right", cell: ({ spentMs }) => spent(spentMs) },
      { head: "DATA", cell: dataCell },
      { head: "RULE", cell: ({ id, name }) => name ?? id },
      { head: "TITLE", cell: ({ title }) => title },
    ],
    rows,
  );
}

/** What is missing, once for all the rules that miss it. */
function writeMissing(terminal: Terminal, rows: readonly Row[]): void {
  const groups = new Map<string, { readonly data: DataStatus; readonly rules: string[] }>();
  for (const { data, id, name } of rows) {
    if (data.state === "whole") continue;
    const key = JSON.stringify([data.state, data.missing, data.auditRules]);
    const group = groups.get(key) ?? { data, rules: [] };
    groups.set(key, group);
    group.rules.push(name ?? id);
  }
  const words = {
    whole: "",
    part: "See a part only",
    unknown: "Unknown whether there is data",
    none: "No data source",
  };
  for (const { data, rules } of groups.values()) {
    terminal.out.write(`\n${words[data.state]}: ${printable(data.missing ?? "")}\n`);
    for (const line of data.auditRules) terminal.out.write(`    ${printable(line)}\n`);
    for (const line of wrapped(rules.map(printable), terminal)) terminal.out.write(`  ${line}\n`);
  }
}

/** Words with commas between them, in lines that fit. */
function wrapped(words: readonly string[], { isTerminal, columns }: Terminal): readonly string[] {
  const width = (isTerminal ? columns : 120) - 4;
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 2 <= width)
      lines[lines.length - 1] = `${last}, ${word}`;
    else {
      if (last !== undefined) lines[lines.length - 1] = `${last},`;
      lines.push(word);
    }
  }
  return lines;
}
