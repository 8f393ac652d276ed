import type { Alert, Delivery } from "../model/alert.ts";
import type { StateRow } from "../model/batch.ts";
import { type AlertId, type EpochMs, epochMs } from "../model/ids.ts";
import { deliveryIdOf } from "./identity.ts";
import { StateTable } from "./state-table.ts";

/** How many alerts a channel gets one by one in a minute; the rest come in that minute's digest. */
export const SINGLES_PER_MINUTE = 20;
/** A backfill's digest goes out once the backfill has been still for this long. */
export const BACKFILL_STILL_MS = 5000;
/** A digest that is full goes out at once and another is begun: state stays bounded and nothing is dropped. */
export const DIGEST_ALERTS = 1000;

const MINUTE_MS = 60_000;

/** What one channel was given in the current minute of reading. */
interface Meter {
  readonly minute: number;
  /** Critical alerts have a budget of their own: a flood of lesser ones must not delay them. */
  readonly critical: number;
  readonly other: number;
  /** When an alert was last put into the backfill's digest. */
  readonly backfillMs: EpochMs | null;
}

type Bundle = "flood" | "backfill";
interface Held {
  readonly channel: string;
  readonly bundle: Bundle;
  readonly alert: AlertId;
}

const FRESH: Meter = { minute: -1, critical: 0, other: 0, backfillMs: null };

/** A delivery that was just made. */
export function pendingDelivery(
  kind: Delivery["kind"],
  channel: string,
  alerts: readonly AlertId[],
  sequence: number,
  nowMs: EpochMs,
): Delivery {
  return {
    id: deliveryIdOf(alerts, channel, kind, sequence),
    channel,
    kind,
    alerts,
    state: "pending",
    attempts: 0,
    nextMs: nowMs,
    createdMs: nowMs,
    deliveredMs: null,
    lastError: null,
  };
}

/** Gives each channel its alerts one by one, or bundled where there are too many at once. Nothing is dropped. */
export class Pacing {
  readonly #meters: StateTable<Meter>;
  readonly #held: StateTable<Held>;
  readonly #singles: number;

  constructor(state: readonly StateRow[], singlesPerMinute: number) {
    this.#singles = singlesPerMinute;
    this.#meters = new StateTable("meter:", 1000, state);
    this.#held = new StateTable("held:", Number.POSITIVE_INFINITY, state);
  }

  /** One telling to one channel: at once, or into the minute's digest. */
  tell(channel: string, alert: Alert, sequence: number, nowMs: EpochMs): readonly Delivery[] {
    const minute = Math.floor(nowMs / MINUTE_MS);
    const meter = this.#meters.get(channel) ?? FRESH;
    const current = meter.minute === minute ? meter : { ...meter, minute, critical: 0, other: 0 };
    const earlier =
      meter.minute < minute && this.#of(channel, "flood").length > 0
        ? [this.#bundle(channel, "flood", nowMs)]
        : [];
    const budget = alert.level === "critical" ? "critical" : "other";
    if (current[budget] >= this.#singles)
      return [...earlier, ...this.#hold(channel, "flood", alert.id, nowMs)];
    this.#meters.set(channel, { ...current, [budget]: current[budget] + 1 });
    return [...earlier, pendingDelivery("alert", channel, [alert.id], sequence, nowMs)];
  }

  /** Puts an alert of the past into the channel's one digest. */
  tellOfPast(channel: string, alert: Alert, nowMs: EpochMs): readonly Delivery[] {
    this.#meters.set(channel, { ...(this.#meters.get(channel) ?? FRESH), backfillMs: nowMs });
    return this.#hold(channel, "backfill", alert.id, nowMs);
  }

  /** Digests whose time has come. */
  tick(nowMs: EpochMs): readonly Delivery[] {
    if (this.#held.size === 0) return [];
    const due = new Map<string, Held>();
    for (const [, held] of this.#held.entries()) {
      const meter = this.#meters.get(held.channel) ?? FRESH;
      const isDue =
        held.bundle === "flood"
          ? Math.floor(nowMs / MINUTE_MS) > meter.minute
          : nowMs - (meter.backfillMs ?? 0) >= BACKFILL_STILL_MS;
      if (isDue) due.set(`${held.bundle} ${held.channel}`, held);
    }
    return [...due.values()].map((held) => this.#bundle(held.channel, held.bundle, nowMs));
  }

  /** A channel that is no longer configured waits for nothing. */
  forgetChannelsBut(names: readonly string[]): void {
    for (const [key, held] of this.#held.entries()) if (!names.includes(held.channel)) this.#held.delete(key);
  }

  drain(): readonly StateRow[] {
    return [...this.#meters.drain(), ...this.#held.drain()];
  }

  #hold(channel: string, bundle: Bundle, alert: AlertId, nowMs: EpochMs): readonly Delivery[] {
    this.#held.set(JSON.stringify([channel, bundle, alert]), { channel, bundle, alert });
    const count = this.#of(channel, bundle).length;
    return count < DIGEST_ALERTS ? [] : [this.#bundle(channel, bundle, nowMs)];
  }

  #of(channel: string, bundle: Bundle): readonly (readonly [string, Held])[] {
    return this.#held.entries().filter(([, held]) => held.channel === channel && held.bundle === bundle);
  }

  #bundle(channel: string, bundle: Bundle, nowMs: EpochMs): Delivery {
    const held = this.#of(channel, bundle);
    for (const [key] of held) this.#held.delete(key);
    const alerts = held.map(([, { alert }]) => alert);
    return pendingDelivery("digest", channel, alerts, Math.floor(nowMs / MINUTE_MS), epochMs(nowMs));
  }
}
