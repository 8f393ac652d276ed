import type { StateRow } from "../../model/batch.ts";
import type { Attribution } from "../../model/session.ts";
import type { Hit } from "./window.ts";

/** A hit whose group needs the person behind it, who is not known yet. */
export interface WaitingHit {
  readonly correlation: string;
  readonly hit: Hit;
  /** By group-by name: the value, or the field of the actor that is still to come. */
  readonly group: Readonly<Record<string, { readonly value: string } | { readonly actor: string }>>;
}

const PREFIX = "waiting:";
const MOST_EVENTS = 512;

const ACTOR_FIELDS: Readonly<
  Record<string, (attribution: Attribution) => string | number | null | undefined>
> = {
  "Actor.User": ({ actor }) => actor?.user,
  "Actor.Address": ({ actor }) => actor?.address,
  "Actor.Session": ({ actor }) => actor?.ses,
  "Actor.Key": ({ actor }) => actor?.key,
  "Actor.Method": ({ actor }) => actor?.method,
};

/** True for fields that an attribution may bring later. */
export function isActorField(field: string): boolean {
  return Object.hasOwn(ACTOR_FIELDS, field);
}

/** Keeps hits until their event's attribution is known; bounded, the oldest is given up first. */
export class WaitingRoom {
  readonly #byRef = new Map<string, WaitingHit[]>();
  readonly #changed = new Set<string>();

  constructor(rows: readonly StateRow[]) {
    for (const { key, json } of rows)
      if (key.startsWith(PREFIX) && json !== null)
        this.#byRef.set(key.slice(PREFIX.length), JSON.parse(json) as WaitingHit[]);
  }

  add(ref: string, waiting: WaitingHit): void {
    this.#byRef.set(ref, [...(this.#byRef.get(ref) ?? []), waiting]);
    this.#changed.add(ref);
    if (this.#byRef.size <= MOST_EVENTS) return;
    const [oldest] = this.#byRef.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(ref: string): void {
    this.#byRef.delete(ref);
    this.#changed.add(ref);
  }

  /** The hits that this attribution completes, with their groups. */
  complete(
    attribution: Attribution,
  ): readonly (WaitingHit & { readonly whole: Readonly<Record<string, string>> })[] {
    const waiting = this.#byRef.get(attribution.ref);
    if (waiting === undefined) return [];
    const done = waiting.flatMap((one) => {
      const whole = wholeGroup(one.group, attribution);
      return whole === null ? [] : [{ ...one, whole }];
    });
    if (done.length === waiting.length || attribution.final) this.#forget(attribution.ref);
    else if (done.length > 0) {
      const names = new Set(done.map(({ correlation }) => correlation));
      this.#byRef.set(
        attribution.ref,
        waiting.filter(({ correlation }) => !names.has(correlation)),
      );
      this.#changed.add(attribution.ref);
    }
    return done;
  }

  drain(): readonly StateRow[] {
    const rows = [...this.#changed].map((ref): StateRow => {
      const waiting = this.#byRef.get(ref);
      return {
        stage: "findings",
        key: `${PREFIX}${ref}`,
        json: waiting === undefined ? null : JSON.stringify(waiting),
      };
    });
    this.#changed.clear();
    return rows;
  }
}

function wholeGroup(
  group: WaitingHit["group"],
  attribution: Attribution,
): Readonly<Record<string, string>> | null {
  const whole: Record<string, string> = {};
  for (const [name, part] of Object.entries(group)) {
    const value = "value" in part ? part.value : ACTOR_FIELDS[part.actor]?.(attribution);
    if (value === null || value === undefined || value === "") return null;
    whole[name] = String(value);
  }
  return whole;
}
