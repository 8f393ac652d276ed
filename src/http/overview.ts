import type { Level } from "../model/finding.ts";
import { epochMs } from "../model/ids.ts";
import type { Health } from "./api.ts";
import type { HttpParts } from "./parts.ts";
import { healthView, ledgerOf, shownText } from "./views.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_OPEN = 500;
const MAX_NOTICES = 1000;
/** Counting reads many rows; pages that ask together share an answer this old. */
const FRESH_MS = 1000;

/** Sources, losses of the last day, open alerts, counts. */
export interface Overview {
  read(): Health;
  /** Something was edited: count anew. */
  forget(): void;
}

/** Answers "is everything being watched". */
export function openOverview(parts: Pick<HttpParts, "reads" | "health" | "facts" | "clock">): Overview {
  const { reads, clock } = parts;
  let known: (Pick<Health, "ledger" | "open" | "counts"> & { readonly atMs: number }) | null = null;

  function count(nowMs: number): NonNullable<typeof known> {
    const alerts = reads.alerts({ state: "open", limit: MAX_OPEN });
    const open: Record<Level, number> = { informational: 0, low: 0, medium: 0, high: 0, critical: 0 };
    for (const alert of alerts) open[alert.level] += 1;
    const { events, bytes, faults } = reads.counts();
    return {
      atMs: nowMs,
      ledger: ledgerOf(reads.notices({ sinceMs: epochMs(nowMs - DAY_MS), limit: MAX_NOTICES })),
      open: { ...open, isMore: alerts.length === MAX_OPEN },
      counts: { ...events, bytes, faults },
    };
  }

  return {
    forget() {
      known = null;
    },
    read() {
      const nowMs = clock.now();
      if (known === null || nowMs - known.atMs >= FRESH_MS || nowMs < known.atMs) known = count(nowMs);
      const { ledger, open, counts } = known;
      const facts = parts.facts();
      return {
        nowMs,
        sources: parts.health().map(healthView),
        ledger,
        open,
        counts,
        facts: { ...facts, hostname: shownText(facts.hostname), database: shownText(facts.database) },
      };
    },
  };
}
