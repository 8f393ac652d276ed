import type { CompiledCorrelation, CompiledRule } from "../../../findings/ruleset.ts";
import { EXIT, type Terminal } from "../../command.ts";
import { writeTable } from "../../table.ts";
import { loadRules, type RulesOptions } from "./load.ts";

interface Row {
  readonly id: string;
  readonly title: string;
  readonly level: string;
  readonly kind: string;
  readonly sources: readonly string[];
  readonly alerts: boolean;
  readonly tags: readonly string[];
  readonly path: string;
}

function rowOf({ rule, sources, isSilent }: CompiledRule | CompiledCorrelation): Row {
  const { id, title, level, tags, path } = rule.meta;
  const kind = rule.kind === "correlation" ? rule.type : "rule";
  return { id, title, level, kind, sources, alerts: !isSilent, tags, path };
}

/** `rules list`: every rule that was accepted, with where its events come from. */
export async function listRules(options: RulesOptions, terminal: Terminal): Promise<number> {
  const { ruleset, errors } = await loadRules(options);
  const rows = [...ruleset.rules, ...ruleset.correlations].map(rowOf);
  if (options.json === true) {
    for (const row of rows) terminal.out.write(`${JSON.stringify(row)}\n`);
  } else if (rows.length > 0)
    writeTable<Row>(
      terminal,
      [
        { head: "LEVEL", cell: ({ level }) => level },
        { head: "KIND", cell: ({ kind }) => kind },
        {
          head: "SOURCE",
          cell: ({ sources }) => (sources.length === 0 ? "no data source" : sources.join("+")),
        },
        { head: "ALERTS", cell: ({ alerts }) => (alerts ? "yes" : "part") },
        { head: "ID", cell: ({ id }) => id },
        { head: "TITLE", cell: ({ title }) => title },
      ],
      rows,
    );
  if (errors.length > 0)
    terminal.err.write(`${errors.length} rules were refused; 'dockwarden rules check' says why\n`);
  return rows.length === 0 ? EXIT.nothing : EXIT.done;
}
