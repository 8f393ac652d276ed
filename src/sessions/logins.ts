import type { SshdEvent } from "../model/event.ts";
import type { Login } from "../model/session.ts";

const DECIDED = ["accepted", "failed", "invalid-user", "max-attempts"] as const;

/** The row for people of an attempt that sshd decided; null for other lines, and for the probe of method `none`. */
export function loginOf(event: SshdEvent): Login | null {
  const outcome = DECIDED.find((decided) => decided === event.outcome);
  if (outcome === undefined || event.method === "none") return null;
  const { ref, timeMs, user, address, port, method, key, pid } = event;
  return { ref, timeMs, outcome, user, address, port, method, key, pid };
}
