import type { Alert, Delivery } from "../model/alert.ts";
import type { EpochMs } from "../model/ids.ts";
import { pendingDelivery } from "./pacing.ts";

/**
 * What goes out when a person has resolved an alert: one delivery to each channel that was told of it by itself.
 * Save them into the outbox. @param earlier all deliveries of this alert so far.
 */
export function resolvedDeliveries(
  alert: Alert,
  earlier: readonly Delivery[],
  nowMs: EpochMs,
): readonly Delivery[] {
  const channels = new Set(earlier.filter(({ kind }) => kind === "alert").map(({ channel }) => channel));
  return [...channels].map((channel) => {
    const sequence = earlier.filter((one) => one.channel === channel && one.kind === "resolved").length;
    return pendingDelivery("resolved", channel, [alert.id], sequence, nowMs);
  });
}
