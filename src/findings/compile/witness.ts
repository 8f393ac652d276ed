import type { Hint } from "./pattern.ts";

/** The field number that stands for the text that keywords look in. */
export const KEYWORDS = -1;

/** Something that an event must have for a rule to match; what the index looks rules up by. */
export interface Witness extends Hint {
  readonly slot: number;
  /** Many events have it (a record's type): used only where a rule has nothing rarer. */
  readonly isWeak?: boolean;
}

/** At least one of these must hold for a match; null: nothing is known, the rule is always tried. */
export type Witnesses = readonly Witness[] | null;

/** Programs that every shell command passes through: looking them up narrows little. */
const COMMON = new Set(["/sh", "/bash", "/dash", "/python", "/python3", "/perl", "/cat", "/grep", "/find"]);

/** Lower is rarer. The numbers order kinds of witnesses by how few events have one; measured with SigmaHQ-like rules. */
function rank(witness: Witness): number {
  return rankOfKind(witness) + (witness.isWeak === true ? 6 : 0);
}

function rankOfKind({ kind, slot, text }: Witness): number {
  const keywords = slot === KEYWORDS ? 2 : 0;
  switch (kind) {
    case "exact":
      return text === "" ? 9 : 0;
    case "suffix":
      return COMMON.has(text) ? 3.5 : text.length > 2 ? 0.5 : 3;
    case "prefix":
      return text.length > 4 ? 1 : 3;
    case "part":
      return (text.length >= 8 ? 1 : text.length >= 4 ? 2 : 4) + keywords;
    case "present":
      return 9;
    default:
      return kind satisfies never;
  }
}

function cost(witnesses: readonly Witness[]): number {
  return witnesses.reduce((worst, witness) => Math.max(worst, rank(witness)), 0) * 1000 + witnesses.length;
}

/** All must hold: the rarest one's witnesses stand for the whole. */
export function bestOf(parts: readonly Witnesses[]): Witnesses {
  let best: Witnesses = null;
  for (const part of parts) if (part !== null && (best === null || cost(part) < cost(best))) best = part;
  return best;
}

/** Any may hold: each one's witnesses are needed. */
export function anyOf(parts: readonly Witnesses[]): Witnesses {
  const all: Witness[] = [];
  for (const part of parts) {
    if (part === null) return null;
    all.push(...part);
  }
  return all;
}
