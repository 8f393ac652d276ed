import type { Level } from "./finding.ts";
import type { AlertId, DeliveryId, EpochMs, EventRef } from "./ids.ts";
import type { Attribution } from "./session.ts";

export type AlertState = "open" | "acknowledged" | "resolved";

/** Findings of one rule about one thing, with a state. What a person reads and answers. */
export interface Alert {
  readonly id: AlertId;
  readonly ruleId: string;
  readonly title: string;
  readonly level: Level;
  readonly tags: readonly string[];
  readonly state: AlertState;
  readonly groupKey: string;
  readonly group: Readonly<Record<string, string>>;
  readonly object: string | null;
  readonly action: string;
  /** Who, what, where from, when, how sure: one sentence, plain text, every log text in it made printable. */
  readonly sentence: string;
  readonly attribution: Attribution | null;
  readonly refs: readonly EventRef[];
  readonly count: number;
  readonly firstMs: EpochMs;
  readonly lastMs: EpochMs;
  readonly nextSteps: string | null;
  readonly falsePositives: readonly string[];
  readonly backfill: boolean;
  /** Why no notification goes out for it: the silence's id or the inhibiting alert's; null where it does. */
  readonly mutedBy: string | null;
  /** When it first goes out to receivers; later than `firstMs` while attribution is being resolved. */
  readonly notifyAtMs: EpochMs | null;
}

/** One alert (or digest) on its way to one channel. At-least-once; `id` is the idempotency key. */
export interface Delivery {
  readonly id: DeliveryId;
  readonly channel: string;
  readonly kind: "alert" | "resolved" | "digest" | "test";
  /** One alert, or those of a digest. */
  readonly alerts: readonly AlertId[];
  readonly state: "pending" | "delivered" | "dead";
  readonly attempts: number;
  readonly nextMs: EpochMs;
  readonly createdMs: EpochMs;
  readonly deliveredMs: EpochMs | null;
  readonly lastError: string | null;
}

/** What became of one attempt. */
export type Outcome =
  | { readonly kind: "delivered"; readonly atMs: EpochMs }
  | { readonly kind: "retry"; readonly afterMs: number | null; readonly reason: string }
  | { readonly kind: "rejected"; readonly reason: string };

/** Mutes alerts by matcher and time. A matcher's keys are `rule`, `level`, `user`, `address`, `container`, `image` or a group field; `*` is a wildcard. */
export interface Silence {
  readonly id: string;
  readonly matchers: Readonly<Record<string, string>>;
  readonly startMs: EpochMs;
  readonly endMs: EpochMs;
  readonly comment: string;
  readonly author: string;
}
