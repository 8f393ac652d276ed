import type { Alert, Delivery } from "../model/alert.ts";
import type { StateRow } from "../model/batch.ts";
import type { AlertId, EpochMs } from "../model/ids.ts";
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
  /** How many digests it was given so far: tells two with the same alerts apart. */
  readonly digests: number;
}

type Bundle = "flood" | "backfill";
interface Held {
  readonly channel: string;
  readonly bundle: Bundle;
  readonly alert: AlertId;
}

/** Alerts that are held for one digest. */
interface Pile {
  readonly channel: string;
  readonly bundle: Bundle;
  count: number;
}

const FRESH: Meter = { minute: -1, critical: 0, other: 0, backfillMs: null, digests: 0 };

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

const byKey = ([a]: readonly [string, Pile], [b]: readonly [string, Pile]): number => (a < b ? -1 : 1);

/** Gives each channel its alerts one by one, or bundled where there are too many at once. Nothing is dropped. */
export class Pacing {
  readonly #meters: StateTable<Meter>;
  readonly #held: StateTable<Held>;
  readonly #piles = new Map<string, Pile>();
  readonly #singles: number;

  constructor(state: readonly StateRow[], singlesPerMinute: number) {
    this.#singles = singlesPerMinute;
    this.#meters = new StateTable("meter:", 1000, state);
    this.#held = new StateTable("held:", Number.POSITIVE_INFINITY, state);
    for (const [, { channel, bundle }] of this.#held.entries()) this.#pile(channel, bundle).count++;
  }

  /** One telling to one channel: at once, or into the minute's digest. */
  tell(channel: string, alert: Alert, sequence: number, nowMs: EpochMs): readonly Delivery[] {
    const minute = Math.floor(nowMs / MINUTE_MS);
    const meter = this.#meters.get(channel) ?? FRESH;
    const earlier =
      meter.minute < minute && this.#pile(channel, "flood").count > 0
        ? [this.#bundle(channel, "flood", nowMs)]
        : [];
    const latest = this.#meters.get(channel) ?? FRESH;
    const current = latest.minute === minute ? latest : { ...latest, minute, critical: 0, other: 0 };
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
    const due: Delivery[] = [];
    // The piles' own order is another one after a restart.
    for (const [, { channel, bundle, count }] of [...this.#piles].sort(byKey)) {
      if (count === 0) continue;
      const meter = this.#meters.get(channel) ?? FRESH;
      const isDue =
        bundle === "flood"
          ? Math.floor(nowMs / MINUTE_MS) > meter.minute
          : nowMs - (meter.backfillMs ?? 0) >= BACKFILL_STILL_MS;
      if (isDue) due.push(this.#bundle(channel, bundle, nowMs));
    }
    return due;
  }

  /** A channel that is no longer configured waits for nothing. */
  forgetChannelsBut(names: readonly string[]): void {
    for (const [key, { channel, bundle }] of this.#held.entries())
      if (!names.includes(channel)) {
        this.#held.delete(key);
        this.#pile(channel, bundle).count--;
      }
  }

  drain(): readonly StateRow[] {
    return [...this.#meters.drain(), ...this.#held.drain()];
  }

  #hold(channel: string, bundle: Bundle, alert: AlertId, nowMs: EpochMs): readonly Delivery[] {
    const key = JSON.stringify([channel, bundle, alert]);
    const pile = this.#pile(channel, bundle);
    if (this.#held.get(key) === undefined) pile.count++;
    this.#held.set(key, { channel, bundle, alert });
    return pile.count < DIGEST_ALERTS ? [] : [this.#bundle(channel, bundle, nowMs)];
  }

  #pile(channel: string, bundle: Bundle): Pile {
    const key = JSON.stringify([channel, bundle]);
    const pile = this.#piles.get(key) ?? { channel, bundle, count: 0 };
    this.#piles.set(key, pile);
    return pile;
  }

  #bundle(channel: string, bundle: Bundle, nowMs: EpochMs): Delivery {
    const alerts: AlertId[] = [];
    for (const [key, held] of this.#held.entries()) {
      if (held.channel !== channel || held.bundle !== bundle) continue;
      alerts.push(held.alert);
      this.#held.delete(key);
    }
    this.#pile(channel, bundle).count = 0;
    const meter = this.#meters.get(channel) ?? FRESH;
    this.#meters.set(channel, { ...meter, digests: meter.digests + 1 });
    return pendingDelivery("digest", channel, alerts, meter.digests, nowMs);
  }
}
