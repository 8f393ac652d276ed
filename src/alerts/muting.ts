import type { Alert, Silence } from "../model/alert.ts";
import type { StateRow } from "../model/batch.ts";
import { type AlertId, type EpochMs, epochMs } from "../model/ids.ts";
import { matches } from "./matchers.ts";
import { StateTable } from "./state-table.ts";

/** While an alert that fits `by` stands, one that fits `mutes` and agrees with it in the group fields `equal` is not told. */
export interface Inhibition {
  /** A rule's id or title; `*` is a wildcard. */
  readonly by: string;
  readonly mutes: string;
  readonly equal: readonly string[];
}

/** Rules of `config/rules`: whoever guessed passwords and got in is told of as that; the guessing alone is no news any more. */
export const INHIBITIONS: readonly Inhibition[] = [
  {
    by: "6b8e2f1d-0c7a-4f8e-b6de-3a1d9c5b7e66",
    mutes: "2f9c4c3b-3d3e-4d6c-a1c8-5e9b6e7f8d55",
    equal: ["address"],
  },
];

/** How long after its last event an alert goes on to inhibit others. */
const INHIBITS_MS = 24 * 3_600_000;
const MAX_INHIBITORS = 1000;

interface Inhibitor {
  readonly alert: AlertId;
  readonly untilMs: EpochMs;
}

/** Why an alert is not told of: a silence that a person made, or a graver alert that says it already. */
export class Muting {
  readonly #inhibitions: readonly Inhibition[];
  readonly #inhibitors: StateTable<Inhibitor>;
  #silences: readonly Silence[];

  constructor(
    state: readonly StateRow[],
    silences: readonly Silence[],
    inhibitions: readonly Inhibition[] = INHIBITIONS,
  ) {
    this.#silences = silences;
    this.#inhibitions = inhibitions;
    this.#inhibitors = new StateTable("inhibitor:", MAX_INHIBITORS, state);
  }

  setSilences(silences: readonly Silence[]): void {
    this.#silences = silences;
  }

  /** From now on the alert inhibits what it stands for. */
  learn(alert: Alert): void {
    for (const [at, inhibition] of this.#inhibitions.entries()) {
      const key = matches({ rule: inhibition.by }, alert) ? agreement(inhibition, at, alert) : null;
      if (key !== null)
        this.#inhibitors.set(key, { alert: alert.id, untilMs: epochMs(alert.lastMs + INHIBITS_MS) });
    }
  }

  /** A resolved alert inhibits no more. */
  release(id: AlertId): void {
    for (const [key, { alert }] of this.#inhibitors.entries()) if (alert === id) this.#inhibitors.delete(key);
  }

  /** The id of the silence or of the alert that mutes this one at the time of its newest event; null where none does. */
  mutedBy(alert: Alert): string | null {
    const silence = this.#silences.find(
      ({ matchers, startMs, endMs }) =>
        startMs <= alert.lastMs && alert.lastMs < endMs && matches(matchers, alert),
    );
    if (silence !== undefined) return silence.id;
    for (const [at, inhibition] of this.#inhibitions.entries()) {
      const key = matches({ rule: inhibition.mutes }, alert) ? agreement(inhibition, at, alert) : null;
      const inhibitor = key === null ? undefined : this.#inhibitors.get(key);
      if (inhibitor !== undefined && inhibitor.alert !== alert.id && alert.lastMs < inhibitor.untilMs)
        return inhibitor.alert;
    }
    return null;
  }

  drain(): readonly StateRow[] {
    return this.#inhibitors.drain();
  }
}

/** Under which both alerts of an inhibition meet; null where a field is missing. */
function agreement(inhibition: Inhibition, at: number, alert: Alert): string | null {
  const values = inhibition.equal.map((name) =>
    Object.hasOwn(alert.group, name) ? (alert.group[name] ?? null) : null,
  );
  return values.includes(null) ? null : JSON.stringify([at, ...values]);
}
