import { createHash } from "node:crypto";
import type { Delivery } from "../model/alert.ts";
import { type AlertId, alertId, type DeliveryId, deliveryId } from "../model/ids.ts";

/** Hashes parts with their lengths, so that no two lists of parts read the same. */
function digest(parts: readonly string[], chars: number): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest("hex").slice(0, chars);
}

/** One text for a group of fields, whatever their order. */
export function groupKeyOf(group: Readonly<Record<string, string>>): string {
  const keys = Object.keys(group).sort();
  return JSON.stringify(keys.map((key) => [key, group[key]]));
}

/** The alert that an episode of a rule about a group yields. @param first the correlation's episode, else the first event. */
export function alertIdOf(ruleId: string, groupKey: string, first: string): AlertId {
  return alertId(digest([ruleId, groupKey, first], 16));
}

/** The same telling yields the same key, after a kill and on another machine. @param sequence 0 for the first telling. */
export function deliveryIdOf(
  alerts: readonly AlertId[],
  channel: string,
  kind: Delivery["kind"],
  sequence: number,
): DeliveryId {
  return deliveryId(digest([channel, kind, String(sequence), ...alerts], 32));
}
