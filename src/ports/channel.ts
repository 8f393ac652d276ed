import type { Alert, Outcome } from "../model/alert.ts";
import type { DeliveryId, EpochMs } from "../model/ids.ts";

/** An alert or digest, ready to be rendered for one receiver. */
export interface Notification {
  readonly id: DeliveryId;
  readonly kind: "alert" | "resolved" | "digest" | "test";
  readonly alerts: readonly Alert[];
  readonly host: string;
  readonly createdMs: EpochMs;
  /** Where the page is, for links; null where it has no public address. */
  readonly pageUrl: string | null;
}

/** One way out. `send` tries once; it never throws for what the other side did. */
export interface Channel extends AsyncDisposable {
  readonly name: string;
  send(notification: Notification, signal: AbortSignal): Promise<Outcome>;
  /** The steps of reaching the receiver in order (`resolve`, `connect`, `tls`, `login`, `send`), each as it ends; for `notify test`. */
  probe(
    notification: Notification,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly step: string; readonly ok: boolean; readonly detail: string }>;
}
