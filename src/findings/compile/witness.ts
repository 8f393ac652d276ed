import type { Hint } from "./pattern.ts";

/** The field number that stands for the text that keywords look in. */
export const KEYWORDS = -1;

/** Something that an event must have for a rule to match; what the index looks rules up by. */
export interface Witness extends Hint {
  readonly slot: number;
  /** Many events have it (a record's type): used only where a rule has nothing rarer. */
  readonly isWeak?: boolean;
}

/** What an event must have for a match: one witness, or all or any of several needs. */
export type Need =
  | { readonly kind: "one"; readonly witness: Witness }
  | { readonly kind: "all" | "any"; readonly parts: readonly Need[] };

/** What is needed for a match; null: nothing is known, the rule is always tried. */
export type Witnesses = Need | null;

export const oneOf = (witnesses: readonly Witness[]): Need => ({
  kind: "any",
  parts: witnesses.map((witness) => ({ kind: "one", witness })),
});

/** All must hold. */
export function allOf(parts: readonly Witnesses[]): Witnesses {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : { kind: "all", parts: known };
}

/** Any may hold: each one's needs count. */
export function anyOf(parts: readonly Witnesses[]): Witnesses {
  const known = parts.filter((part) => part !== null);
  return known.length < parts.length ? null : { kind: "any", parts: known };
}

/** The need with each of its witnesses said to be weak. */
export function weakened(need: Witnesses): Witnesses {
  if (need === null) return null;
  return need.kind === "one"
    ? { kind: "one", witness: { ...need.witness, isWeak: true } }
    : { ...need, parts: need.parts.map(weakened).filter((part) => part !== null) };
}

/** Every witness in a need. */
export function* witnessesIn(need: Need): Generator<Witness> {
  if (need.kind === "one") yield need.witness;
  else for (const part of need.parts) yield* witnessesIn(part);
}

/** The same witness in two rules has the same key. */
export function witnessKey({ slot, kind, text }: Witness): string {
  return `${slot} ${kind} ${text}`;
}

/** Programs that every shell command passes through: looking them up narrows little. */
const COMMON = new Set(["/sh", "/bash", "/dash", "/python", "/python3", "/perl", "/cat", "/grep", "/find"]);

/** How often an event has one, in proportion: by its kind and length. Measured with rules like SigmaHQ's. */
function frequency({ kind, slot, text, isWeak }: Witness): number {
  const weak = isWeak === true ? 500 : 1;
  const keywords = slot === KEYWORDS ? 4 : 1;
  switch (kind) {
    case "exact":
      return (text === "" ? 1000 : 1) * weak;
    case "suffix":
      return (COMMON.has(text) ? 40 : text.length > 2 ? 1.5 : 20) * weak;
    case "prefix":
      return (text.length > 4 ? 2 : 20) * weak;
    case "part":
      return (text.length >= 8 ? 2 : text.length >= 4 ? 5 : 60) * keywords * weak;
    case "present":
      return 1000 * weak;
    default:
      return kind satisfies never;
  }
}

/**
 * The witnesses to look a rule up by: where all of several must hold, those that are rarest.
 * @param popularity how many rules name a witness: what many rules name, many events have.
 */
export function choose(need: Need, popularity: ReadonlyMap<string, number>): readonly Witness[] {
  return chosen(need, popularity).witnesses;
}

interface Choice {
  readonly witnesses: readonly Witness[];
  readonly cost: number;
}

function chosen(need: Need, popularity: ReadonlyMap<string, number>): Choice {
  if (need.kind === "one") {
    const { witness } = need;
    return { witnesses: [witness], cost: frequency(witness) * (popularity.get(witnessKey(witness)) ?? 1) };
  }
  const choices = need.parts.map((part) => chosen(part, popularity));
  if (need.kind === "all") return choices.reduce((best, choice) => (choice.cost < best.cost ? choice : best));
  return {
    witnesses: choices.flatMap(({ witnesses }) => witnesses),
    cost: choices.reduce((sum, { cost }) => sum + cost, 0),
  };
}

/** The texts, in lower case, of which a field must have one for a match; null where it could have any. */
export function textsIn(need: Witnesses, slot: number): ReadonlySet<string> | null {
  if (need === null) return null;
  if (need.kind === "one") {
    const { witness } = need;
    return witness.slot === slot && witness.kind === "exact" ? new Set([witness.text]) : null;
  }
  const parts = need.parts.map((part) => textsIn(part, slot));
  if (need.kind === "all") return parts.find((part) => part !== null) ?? null;
  const all = new Set<string>();
  for (const part of parts) {
    if (part === null) return null;
    for (const text of part) all.add(text);
  }
  return all;
}
