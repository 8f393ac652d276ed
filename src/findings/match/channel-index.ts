import { textsIn } from "../compile/witness.ts";
import type { View } from "../views/view.ts";
import { type IndexedProgram, RuleIndex } from "./rule-index.ts";

/**
 * The programs of a channel. Those of audit records are parted by the record's type first: a rule about `CONFIG_CHANGE` costs
 * nothing where a PATH is looked at.
 */
export class ChannelIndex {
  readonly programs: readonly IndexedProgram[];
  readonly #typeSlot: number | null;
  readonly #byType = new Map<string, RuleIndex>();
  /** For types that no rule names. */
  readonly #others: RuleIndex;

  /** @param typeSlot the field that parts them; null: none does. */
  constructor(programs: readonly IndexedProgram[], typeSlot: number | null) {
    this.programs = programs;
    this.#typeSlot = typeSlot;
    const types = programs.map(({ program }) =>
      typeSlot === null ? null : textsIn(program.witnesses, typeSlot),
    );
    for (const type of new Set(types.flatMap((own) => [...(own ?? [])])))
      this.#byType.set(type, new RuleIndex(programs.filter((_, at) => types[at]?.has(type) ?? true)));
    this.#others = new RuleIndex(programs.filter((_, at) => (types[at] ?? null) === null));
  }

  /** The index that knows all the programs which could match the view. */
  of(view: View): RuleIndex {
    if (this.#typeSlot === null) return this.#others;
    const type = view.lower(this.#typeSlot);
    return (typeof type === "string" ? this.#byType.get(type) : undefined) ?? this.#others;
  }
}
