import type { AuditReads, AuditRow } from "../../ports/audit-reads.ts";
import type { AuditRule } from "./audit-rule.ts";
import { mergedPath } from "./coverage.ts";

/** How much log an audit rule, or all rules of a key, make. */
export interface Rate {
  readonly key: string;
  /** The one rule; null: all rules of the key together. */
  readonly rule: string | null;
  readonly eventsPerDay: number;
  readonly bytesPerDay: number;
}

export interface Rates {
  readonly rates: readonly Rate[];
  /** How many days of stored events they come from; null: they are what a usual day would make. */
  readonly days: number | null;
}

const DAY_MS = 86_400_000;
/** Less than this says nothing about a day. */
const LEAST_MS = 3_600_000;

/** What was done on the day that the defaults are for, and how many events of which key each act made. */
const USUAL_DAY: readonly {
  readonly act: string;
  readonly times: number;
  readonly events: Readonly<Record<string, number>>;
}[] = [
  // Measured by test/lab/measure-audit-rates.ts: auditd 3.0.9 (ENRICHED), dockerd 20.10.24, Linux 6.18.
  { act: "docker commands", times: 50, events: { "dw-api": 1, "dw-cli": 1, "dw-cli-exit": 1 } },
  {
    act: "containers run to their end",
    times: 20,
    events: { "dw-api": 3, "dw-cli": 1, "dw-cli-exit": 1, "dw-daemon": 2, "dw-runtime": 9, "dw-exec": 1 },
  },
  {
    act: "docker exec",
    times: 20,
    events: { "dw-api": 2, "dw-cli": 1, "dw-cli-exit": 1, "dw-runtime": 3, "dw-exec": 1 },
  },
  { act: "runs of a healthcheck (one every 30 s)", times: 2880, events: { "dw-runtime": 3, "dw-exec": 2 } },
  {
    act: "image build",
    times: 1,
    events: { "dw-api": 1, "dw-cli": 1, "dw-cli-exit": 1, "dw-daemon": 7, "dw-runtime": 18, "dw-exec": 2 },
  },
  { act: "start of the engine", times: 1, events: { "dw-daemon": 2, "dw-runtime": 6, "dw-sock": 4 } },
  { act: "user made and removed", times: 1, events: { "dw-group": 16 } },
  // Five packages with their scripts in test/fixtures/benign: 63 events.
  { act: "packages installed or upgraded", times: 3, events: { "dw-package": 13 } },
  // No measurement: what cron, timers and people start differs most from host to host.
  { act: "other programs started (assumed)", times: 5000, events: { "dw-exec": 1 } },
];

/** Bytes of an event by key, from the same measurement. */
const EVENT_BYTES: Readonly<Record<string, number>> = {
  "dw-api": 980,
  "dw-cli": 1100,
  "dw-cli-exit": 540,
  "dw-daemon": 1600,
  "dw-runtime": 1700,
  "dw-sock": 1070,
  "dw-group": 1700,
  "dw-package": 1500,
  "dw-exec": 1100,
};

/** The usual day in words. */
export const USUAL_DAY_TEXT = USUAL_DAY.map(({ act, times }) => `${times} ${act}`).join(", ");

/** What the rules would log on a usual day, by key. Keys that the measurement does not have log only when somebody changes what they watch. */
export function usualRates(rules: readonly AuditRule[]): Rates {
  const keys = [
    ...new Set(rules.flatMap(({ action, key }) => (action === "always" && key !== null ? [key] : []))),
  ];
  return {
    days: null,
    rates: keys.map((key) => {
      const eventsPerDay = USUAL_DAY.reduce((sum, { times, events }) => sum + times * (events[key] ?? 0), 0);
      return { key, rule: null, eventsPerDay, bytesPerDay: eventsPerDay * (EVENT_BYTES[key] ?? 1100) };
    }),
  };
}

/**
 * What the rules logged, by the stored events that carry their keys; null where there are none, or of less than an
 * hour. An event counts for the first rule of its key that fits it, as the kernel takes the first.
 */
export function storedRates(
  audit: AuditReads,
  rules: readonly AuditRule[],
  span: { readonly sinceMs: number; readonly untilMs: number },
): Rates | null {
  const byKey = new Map<string, AuditRule[]>();
  for (const rule of rules)
    if (rule.action === "always" && rule.key !== null)
      byKey.set(rule.key, [...(byKey.get(rule.key) ?? []), rule]);
  const extent = audit.extent();
  if (extent === null) return null;
  const spanMs = Math.min(span.untilMs, extent.lastMs) - Math.max(span.sinceMs, extent.firstMs);
  if (spanMs < LEAST_MS) return null;
  const sums = new Map<AuditRule, { events: number; bytes: number }>();
  const isOurs = (text: string): boolean => text.split("\x01").some((key) => byKey.has(key));
  for (const row of audit.events({ ...span, texts: { key: isOurs } }, "reading")) {
    const [key] = (row.text("key") ?? "").split("\x01").filter((one) => byKey.has(one));
    const rule = ruleOf(row, byKey.get(key ?? "") ?? []);
    if (rule === undefined) continue;
    const sum = sums.get(rule) ?? { events: 0, bytes: 0 };
    sums.set(rule, { events: sum.events + 1, bytes: sum.bytes + (row.number("size") ?? 0) });
  }
  if (sums.size === 0) return null;
  const days = spanMs / DAY_MS;
  return {
    days,
    rates: [...byKey].flatMap(([key, own]) =>
      own.map((rule) => {
        const { events, bytes } = sums.get(rule) ?? { events: 0, bytes: 0 };
        return { key, rule: rule.text, eventsPerDay: events / days, bytesPerDay: bytes / days };
      }),
    ),
  };
}

/** The rule of a key that caught an event. */
function ruleOf(row: AuditRow, rules: readonly AuditRule[]): AuditRule | undefined {
  if (rules.length <= 1) return rules[0];
  const paths = row.paths().flatMap(({ name }) => (name === null ? [] : [mergedPath(name)]));
  const exe = row.text("exe");
  return (
    rules.find(({ path, dir }) => {
      const [file, directory] = [path, dir].map((place) => (place === null ? null : mergedPath(place)));
      return paths.some(
        (name) =>
          name === file || (directory !== null && (name === directory || name.startsWith(`${directory}/`))),
      );
    }) ??
    rules.find((rule) => rule.exe !== null && rule.exe === exe) ??
    rules.find(({ path, dir, exe: own }) => path === null && dir === null && own === null) ??
    rules[0]
  );
}
