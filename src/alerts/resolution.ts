import type { Alert, AlertState, Delivery } from "../model/alert.ts";
import type { AlertId, EpochMs } from "../model/ids.ts";
import type { Edits, Outbox } from "../ports/store.ts";
import { pendingDelivery } from "./pacing.ts";

const MAX_DELIVERIES = 1000;

/**
 * Sets an alert's state for a person. A resolution is told to the channels that were told of the alert.
 * @returns the alert as it is now; null where there is none of that id.
 */
export function answerAlert(
  store: Pick<Edits, "setAlertState"> & Pick<Outbox, "deliveries" | "save" | "alert">,
  id: AlertId,
  state: AlertState,
  by: string,
  nowMs: EpochMs,
): Alert | null {
  const before = store.alert(id);
  const changed = before === null ? null : store.setAlertState(id, state, by, nowMs);
  if (changed !== null && state === "resolved" && before?.state !== "resolved") {
    const earlier = store.deliveries({ alert: id, limit: MAX_DELIVERIES });
    for (const delivery of resolvedDeliveries(changed, earlier, nowMs)) store.save(delivery);
  }
  return changed;
}

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

/** A person's edits, with word of each resolution to the channels. For the page. */
export function tellingEdits(store: Edits & Pick<Outbox, "deliveries" | "save" | "alert">): Edits {
  return {
    setAlertState: (id, state, by, nowMs) => answerAlert(store, id, state, by, nowMs),
    addSilence: (silence) => store.addSilence(silence),
    expireSilence: (id, nowMs) => store.expireSilence(id, nowMs),
  };
}
