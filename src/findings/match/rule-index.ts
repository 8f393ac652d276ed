import { choose, KEYWORDS, type Witness, witnessesIn, witnessKey } from "../compile/witness.ts";
import type { Program } from "../ruleset.ts";
import type { FieldValue, View } from "../views/view.ts";
import { AhoCorasick } from "./aho-corasick.ts";

/** A program and the number of its rule. */
export interface IndexedProgram {
  readonly rule: number;
  readonly program: Program;
}

interface LiteralTable {
  readonly slot: number;
  readonly automaton: AhoCorasick;
  readonly programs: readonly (readonly number[])[];
}

/** Programs that a `/name` at the end of a field could match are found by the field's last path part. */
const BASENAME = /^\/[^/]+$/;

/**
 * The programs of one channel, found by what their rules need an event to have. What it gives is a superset of what
 * matches: each candidate is still tested.
 */
export class RuleIndex {
  readonly programs: readonly IndexedProgram[];
  readonly #always: number[] = [];
  readonly #exact = new Map<number, Map<string, number[]>>();
  readonly #basename = new Map<number, Map<string, number[]>>();
  readonly #present = new Map<number, number[]>();
  readonly #literals: readonly LiteralTable[];
  readonly #stamps: Uint32Array;
  readonly #candidates: number[] = [];
  #turn = 0;

  constructor(programs: readonly IndexedProgram[]) {
    this.programs = programs;
    const literals = new Map<number, Map<string, number[]>>();
    const popularity = popularityIn(programs);
    for (const [number, { program }] of programs.entries()) {
      if (program.witnesses === null) this.#always.push(number);
      else
        for (const witness of choose(program.witnesses, popularity)) this.#enter(witness, number, literals);
    }
    this.#literals = [...literals].map(([slot, table]) => ({
      slot,
      automaton: new AhoCorasick([...table.keys()]),
      programs: [...table.values()],
    }));
    this.#stamps = new Uint32Array(programs.length);
  }

  #enter({ slot, kind, text }: Witness, number: number, literals: Map<number, Map<string, number[]>>): void {
    if (kind === "exact" && slot !== KEYWORDS) add(this.#exact, slot, text, number);
    else if (kind === "suffix" && BASENAME.test(text)) add(this.#basename, slot, text.slice(1), number);
    else if (kind === "present" || text === "") {
      if (slot === KEYWORDS) this.#always.push(number);
      else this.#present.set(slot, [...(this.#present.get(slot) ?? []), number]);
    } else add(literals, slot, text, number);
  }

  /** The numbers (in `programs`) of what could match; valid until the next call. */
  candidates(view: View): readonly number[] {
    this.#turn = (this.#turn + 1) >>> 0;
    const { length } = this.#candidates;
    if (length > 0) this.#candidates.length = 0;
    this.#take(this.#always);
    for (const [slot, table] of this.#exact) this.#look(view.lower(slot), table);
    for (const [slot, table] of this.#basename) this.#lookLastPart(view.lower(slot), table);
    for (const [slot, numbers] of this.#present) if (view.raw(slot) !== undefined) this.#take(numbers);
    for (const table of this.#literals) {
      const value = table.slot === KEYWORDS ? view.keywords() : view.lower(table.slot);
      if (typeof value === "string") this.#scan(value, table);
      else if (value !== undefined) for (const text of value) this.#scan(text, table);
    }
    return this.#candidates;
  }

  #take(numbers: readonly number[] | undefined): void {
    if (numbers === undefined) return;
    for (const number of numbers) {
      if (this.#stamps[number] === this.#turn) continue;
      this.#stamps[number] = this.#turn;
      this.#candidates.push(number);
    }
  }

  #look(value: FieldValue, table: ReadonlyMap<string, readonly number[]>): void {
    if (value === undefined) return;
    if (typeof value === "string") this.#take(table.get(value));
    else for (const text of value) this.#take(table.get(text));
  }

  #lookLastPart(value: FieldValue, table: ReadonlyMap<string, readonly number[]>): void {
    if (value === undefined) return;
    if (typeof value === "string") this.#take(table.get(value.slice(value.lastIndexOf("/") + 1)));
    else for (const text of value) this.#take(table.get(text.slice(text.lastIndexOf("/") + 1)));
  }

  #scan(text: string, { automaton, programs }: LiteralTable): void {
    automaton.scan(text, (literals) => {
      for (const literal of literals) this.#take(programs[literal]);
    });
  }
}

/** How many of the programs name each witness. */
function popularityIn(programs: readonly IndexedProgram[]): ReadonlyMap<string, number> {
  const popularity = new Map<string, number>();
  for (const { program } of programs)
    if (program.witnesses !== null)
      for (const key of new Set([...witnessesIn(program.witnesses)].map(witnessKey)))
        popularity.set(key, (popularity.get(key) ?? 0) + 1);
  return popularity;
}

function add(tables: Map<number, Map<string, number[]>>, slot: number, text: string, number: number): void {
  const table = tables.get(slot) ?? new Map<string, number[]>();
  tables.set(slot, table);
  const numbers = table.get(text) ?? [];
  table.set(text, numbers);
  if (!numbers.includes(number)) numbers.push(number);
}
