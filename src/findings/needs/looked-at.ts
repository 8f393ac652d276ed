import { textsIn } from "../compile/witness.ts";
import type { Ruleset } from "../ruleset.ts";

/** Which audit events a rule set looks at, or learns from: all others change nothing for it. */
export type AuditLookedAt =
  | { readonly kind: "none" | "all" }
  /** Starts of programs alone. */
  | { readonly kind: "programs" }
  /** Events with a record of one of these types, in lower case. */
  | { readonly kind: "types"; readonly types: ReadonlySet<string> };

export function auditLookedAt({ rules, tables }: Ruleset): AuditLookedAt {
  const programs = rules.flatMap((rule) => rule.programs);
  const kinds = new Set(programs.map(({ kind }) => kind));
  for (const kind of ["docker", "syslog"] as const) kinds.delete(kind);
  if (kinds.size === 0) return { kind: "none" };
  if (kinds.size > 1) return { kind: "all" };
  if (kinds.has("process_creation")) return { kind: "programs" };
  if (!kinds.has("auditd")) return { kind: "all" };
  const slot = tables.auditd.slot("type");
  const types = new Set<string>();
  for (const { kind, witnesses } of programs) {
    if (kind !== "auditd") continue;
    const own = textsIn(witnesses, slot);
    if (own === null) return { kind: "all" };
    for (const type of own) types.add(type);
  }
  return { kind: "types", types };
}
