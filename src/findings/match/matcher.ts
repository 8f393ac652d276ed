import type { Ruleset } from "../ruleset.ts";
import { KIND_NAMES, type KindName } from "../views/logsource.ts";
import { View } from "../views/view.ts";
import { ChannelIndex } from "./channel-index.ts";
import type { IndexedProgram } from "./rule-index.ts";

/** Takes down what each rule's tests cost. */
export interface RuleTimer {
  /** Milliseconds that pass. */
  readonly now: () => number;
  readonly spent: (rule: number, ms: number) => void;
}

/** Runs a rule set's programs over views. Keeps nothing between events but its own scratch space. */
export class Matcher {
  readonly #views: Readonly<Record<KindName, View>>;
  readonly #channels = new Map<string, ChannelIndex>();

  constructor(ruleset: Ruleset) {
    const programs = new Map<string, IndexedProgram[]>();
    for (const { index, programs: own } of ruleset.rules)
      for (const program of own) {
        const list = programs.get(program.channel) ?? [];
        programs.set(program.channel, list);
        list.push({ rule: index, program });
      }
    const typeSlot = ruleset.tables.auditd.slot("type");
    this.#views = Object.fromEntries(
      KIND_NAMES.map((name) => [name, new View(ruleset.tables[name])]),
    ) as Record<KindName, View>;
    for (const [channel, list] of programs)
      this.#channels.set(channel, new ChannelIndex(list, channel === "auditd" ? typeSlot : null));
  }

  /** True where some rule looks at the channel. */
  listens(channel: string): boolean {
    return this.#channels.has(channel);
  }

  /** The view, turned to the subject: for reading fields of what matched. Valid until the next turn. */
  turn(kind: KindName, subject: unknown, timeMs: number): View {
    const view = this.#views[kind];
    view.turn(subject, timeMs);
    return view;
  }

  /** Reports the number of each rule of the channel that matches the view. */
  match(channel: string, view: View, report: (rule: number) => void): void {
    const index = this.#channels.get(channel)?.of(view);
    if (index === undefined) return;
    for (const number of index.candidates(view)) {
      const entry = index.programs[number];
      if (entry?.program.test(view) === true) report(entry.rule);
    }
  }

  /** As `match`, and says what each rule that was tried took. */
  matchTimed(channel: string, view: View, report: (rule: number) => void, timer: RuleTimer): void {
    const index = this.#channels.get(channel)?.of(view);
    if (index === undefined) return;
    for (const number of index.candidates(view)) {
      const entry = index.programs[number];
      if (entry === undefined) continue;
      const start = timer.now();
      const isMatch = entry.program.test(view);
      timer.spent(entry.rule, timer.now() - start);
      if (isMatch) report(entry.rule);
    }
  }

  /** How many rules of the channel would be tried on the view. */
  candidates(channel: string, view: View): number {
    return this.#channels.get(channel)?.of(view).candidates(view).length ?? 0;
  }

  /** As `match`, but tries every rule: what the index is measured against. */
  matchNaive(channel: string, view: View, report: (rule: number) => void): void {
    for (const { rule, program } of this.#channels.get(channel)?.programs ?? [])
      if (program.test(view)) report(rule);
  }
}
