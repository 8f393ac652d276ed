import { readRuleFiles } from "../../app/rules.ts";
import { readSettings } from "../../config/settings.ts";
import type { FilterRule, Selection } from "../../findings/ast.ts";
import { compileRules } from "../../findings/index.ts";
import type { Ruleset } from "../../findings/ruleset.ts";
import { EXIT, type Terminal } from "../command.ts";
import { writeTable } from "../table.ts";
import { localTime } from "../times.ts";
import { exceptionIdOf } from "./files.ts";

export interface ListOptions {
  config?: string;
  json?: boolean;
}

interface Row {
  /** Null for a filter that somebody wrote by hand. */
  readonly id: string | null;
  readonly title: string;
  readonly expires: string | null;
  readonly isExpired: boolean;
  /** Titles of the rules that it holds for. */
  readonly rules: readonly string[];
  readonly takesOut: string;
  readonly description: string | null;
  readonly path: string;
}

/** `exception list`: all filters among the configured rules, those that were written by hand too. */
export async function listExceptions(options: ListOptions, terminal: Terminal): Promise<number> {
  const settings = await readSettings(options.config ?? null);
  const { ruleset } = compileRules(readRuleFiles(settings.rules), settings);
  const nowMs = Date.now();
  const rows = ruleset.filters.map((filter) => rowOf(filter, ruleset, nowMs));
  if (options.json === true) for (const row of rows) terminal.out.write(`${JSON.stringify(row)}\n`);
  else if (rows.length === 0) terminal.err.write("no exceptions\n");
  else
    writeTable<Row>(
      terminal,
      [
        { head: "ID", cell: ({ id }) => id ?? "by hand" },
        {
          head: "UNTIL",
          cell: ({ expires, isExpired }) =>
            expires === null
              ? "no end"
              : isExpired
                ? { text: `over since ${localTime(Date.parse(expires))}`, style: "dim" }
                : localTime(Date.parse(expires)),
        },
        {
          head: "RULES",
          cell: ({ rules }) => (rules.length > 3 ? `${rules.length} rules` : rules.join(", ")),
        },
        { head: "TAKES OUT", cell: ({ takesOut }) => takesOut },
        { head: "WHY", cell: ({ description }) => description ?? "" },
      ],
      rows,
    );
  return rows.length === 0 ? EXIT.nothing : EXIT.done;
}

function rowOf(filter: FilterRule, { rules }: Ruleset, nowMs: number): Row {
  const { meta, detection, expiresMs } = filter;
  return {
    id: exceptionIdOf(meta.path),
    title: meta.title,
    expires: expiresMs === null ? null : new Date(expiresMs).toISOString(),
    isExpired: expiresMs !== null && expiresMs < nowMs,
    rules: rules.filter(({ filters }) => filters.includes(filter)).map(({ rule }) => rule.meta.title),
    takesOut: [...detection.selections.values()].map(selectionText).join(" or "),
    description: meta.description,
    path: meta.path,
  };
}

function selectionText(selection: Selection): string {
  if (selection.kind !== "field")
    return selection.parts.map(selectionText).join(selection.kind === "all" ? " and " : " or ");
  const { field, modifiers, values } = selection;
  const how = modifiers.filter((modifier) => modifier !== "cased").join("|");
  return `${field ?? "keywords"}${how === "" ? "" : `|${how}`} ${values.map(({ text }) => text).join(" | ")}`;
}
