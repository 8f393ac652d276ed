import { signal } from "@preact/signals";

/** How far this browser's clock is behind the host's, in milliseconds. */
const behindMs = signal(0);
const beatMs = signal(Date.now());
setInterval(() => {
  beatMs.value = Date.now();
}, 1000);

/** Takes the host's time as the one that counts. */
export function setHostTime(nowMs: number): void {
  behindMs.value = nowMs - Date.now();
}

/** The host's time; reading it in a component redraws that component once a second. */
export const nowMs = (): number => beatMs.value + behindMs.value;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 days ago`; what lies ahead (clocks differ) is `just now`. */
export function ago(timeMs: number, now: number): string {
  const age = now - timeMs;
  if (age < 2 * SECOND) return "just now";
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s ago`;
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min ago`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h ago`;
  const days = Math.floor(age / DAY);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

/** How long something lasted: `4 s`, `2 min`, `3 h`. */
export function lasting(ms: number): string {
  if (ms < MINUTE) return `${Math.max(1, Math.round(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
  return ms < 2 * DAY ? `${Math.round(ms / HOUR)} h` : `${Math.round(ms / DAY)} days`;
}

const exactFormat = new Intl.DateTimeFormat(undefined, {
  dateStyle: "full",
  timeStyle: "long",
});

/** The moment in full, in the browser's time zone and in UTC. */
export function exactly(timeMs: number): string {
  return `${exactFormat.format(timeMs)}\n${new Date(timeMs).toISOString()}`;
}
