import type { Position } from "../../model/line.ts";
import type { EventKey } from "./event-key.ts";

export type DockerPosition = Extract<Position, { kind: "docker" }>;

/** The daemon stamps events before it queues them, so they may come out of order by a little; so much is asked for again. */
const OVERLAP_NANO = 1_000_000_000n;
/** The daemon's own buffer holds the last 256 events (moby daemon/events, `eventsLimit`): more cannot come again. */
export const BUFFER_EVENTS = 256;

/** How far the stream has been given, and which events a repetition would hold. */
export interface Cursor {
  /** The event is in the line that is given now. */
  give(key: EventKey, inferred: boolean): void;
  /** The event is left out, because what it says was given before; it does not move the position, as others may still wait. */
  pass(key: EventKey): void;
  /** The daemon's time has come so far without a newer event. */
  advance(timeNano: bigint): void;
  gave(ref: string): boolean;
  /** The refs that {@link gave} knows. */
  given(): ReadonlySet<string>;
  /** The time of the oldest event among them; null where there is none. */
  readonly oldestSeen: bigint | null;
  /** `since` for a stream that repeats a little. */
  readonly since: bigint;
  readonly newest: bigint;
  position(): DockerPosition;
}

/** @param from null: nothing has been given yet. */
export function openCursor(from: DockerPosition | null): Cursor {
  let newest = BigInt(from?.sinceNano ?? 0);
  const seen = new Map<string, bigint>();
  for (const ref of from?.seen ?? []) seen.set(ref, nanosOfRef(ref) ?? newest);

  const since = (): bigint => (newest > OVERLAP_NANO ? newest - OVERLAP_NANO : 0n);
  // The daemon's last event is kept however old: by it the daemon's memory is recognised.
  let last: string | null = null;
  const forget = (): void => {
    for (const [ref, timeNano] of seen) if (timeNano < since() && ref !== last) seen.delete(ref);
    for (const ref of seen.keys()) {
      if (seen.size <= BUFFER_EVENTS) break;
      seen.delete(ref);
    }
  };
  return {
    give({ ref, timeNano }, inferred) {
      if (timeNano > newest) newest = timeNano;
      seen.set(ref, timeNano);
      if (!inferred) last = ref;
      forget();
    },
    pass({ ref, timeNano }) {
      seen.set(ref, timeNano);
      forget();
    },
    advance(timeNano) {
      if (timeNano <= newest) return;
      newest = timeNano;
      forget();
    },
    gave: (ref) => seen.has(ref),
    given: () => new Set(seen.keys()),
    get oldestSeen() {
      let oldest: bigint | null = null;
      for (const timeNano of seen.values()) if (oldest === null || timeNano < oldest) oldest = timeNano;
      return oldest;
    },
    get since() {
      return since();
    },
    get newest() {
      return newest;
    },
    position: () => ({ kind: "docker", sinceNano: String(newest), seen: [...seen.keys()] }),
  };
}

function nanosOfRef(ref: string): bigint | null {
  const digits = /^docker:(\d{1,19}):/.exec(ref)?.[1];
  return digits === undefined ? null : BigInt(digits);
}

/** `SECONDS.NANOS`, as the daemon reads `since` and `until`. */
export function daemonTime(timeNano: bigint): string {
  return `${timeNano / 1_000_000_000n}.${String(timeNano % 1_000_000_000n).padStart(9, "0")}`;
}

/** RFC 3339 with up to nine digits of a second → nanoseconds; null for no time and for Go's zero time. */
export function nanosOf(text: unknown): bigint | null {
  if (typeof text !== "string") return null;
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return null;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  return Number.isNaN(ms) || ms <= 0
    ? null
    : BigInt(ms) * 1_000_000n + BigInt((match[2] ?? "").padEnd(9, "0"));
}
