import type { StateRow } from "../model/batch.ts";
import type { EventRef } from "../model/ids.ts";

const PREFIX = "fired:";
/** Late records come within seconds; this many matching events cover that on any host. */
const MOST_EVENTS = 512;

/** Which rules matched the latest audit events: records that come late to one of them do not fire a rule again. */
export class FiredRules {
  readonly #rules = new Map<string, readonly string[]>();
  readonly #changed = new Set<string>();

  constructor(rows: readonly StateRow[]) {
    for (const { key, json } of rows)
      if (key.startsWith(PREFIX) && json !== null)
        this.#rules.set(key.slice(PREFIX.length), JSON.parse(json) as string[]);
  }

  of(ref: EventRef): readonly string[] {
    return this.#rules.get(ref) ?? [];
  }

  remember(ref: EventRef, ruleIds: readonly string[]): void {
    this.#rules.delete(ref);
    this.#rules.set(ref, ruleIds);
    this.#changed.add(ref);
    if (this.#rules.size <= MOST_EVENTS) return;
    const [oldest] = this.#rules.keys();
    if (oldest === undefined) return;
    this.#rules.delete(oldest);
    this.#changed.add(oldest);
  }

  drain(): readonly StateRow[] {
    const rows = [...this.#changed].map((ref): StateRow => {
      const ruleIds = this.#rules.get(ref);
      return {
        stage: "findings",
        key: `${PREFIX}${ref}`,
        json: ruleIds === undefined ? null : JSON.stringify(ruleIds),
      };
    });
    this.#changed.clear();
    return rows;
  }
}
