import { type Signal, signal } from "@preact/signals";
import type { List } from "../src/http/api.ts";
import { read } from "./requests.ts";

const PAGE_ROWS = 50;
const MIN_GAP_MS = 1000;

/** Runs `work` soon, once for many calls, never twice at a time, and not more often than once a second. */
export function coalesced(work: () => Promise<void>): () => void {
  let isRunning = false;
  let isWanted = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      await work();
      await new Promise((resolve) => setTimeout(resolve, MIN_GAP_MS));
    }
    isRunning = false;
  };
  return () => {
    isWanted = true;
    if (!isRunning) void run();
  };
}

/** One list of the page, newest first. */
export interface LiveList<Row> {
  /** Null until the first answer. */
  readonly rows: Signal<readonly Row[] | null>;
  readonly fault: Signal<string | null>;
  readonly hasOlder: Signal<boolean>;
  /** Rows that came in while the page was open, by key: they are shown as new. */
  readonly fresh: Signal<ReadonlySet<string>>;
  /** Reads the newest rows again, soon. */
  refresh(): void;
  /** Reads from the start with another filter. */
  filter(query: Readonly<Record<string, string | null>>): void;
  older(): Promise<void>;
}

/** A list that `path` of the API gives, kept up to date by `refresh`. */
export function liveList<Row>(
  path: string,
  keyOf: (row: Row) => string,
  initial: Readonly<Record<string, string | null>>,
): LiveList<Row> {
  const rows = signal<readonly Row[] | null>(null);
  const fault = signal<string | null>(null);
  const hasOlder = signal(false);
  const fresh = signal<ReadonlySet<string>>(new Set());
  let query = initial;
  let next: string | null = null;

  const ask = (before: string | null): Promise<List<Row>> =>
    read<List<Row>>(path, { ...query, before, limit: String(PAGE_ROWS) });

  async function readNewest(): Promise<void> {
    const asked = query;
    try {
      const page = await ask(null);
      if (asked !== query) return;
      const known = rows.value;
      const keys = new Set(page.rows.map(keyOf));
      // Older pages that were read stay below, as long as the newest page still touches them.
      const before = known ?? [];
      const touch = before.findIndex((row) => keys.has(keyOf(row)));
      const kept = touch === -1 ? [] : before.slice(PAGE_ROWS).filter((row) => !keys.has(keyOf(row)));
      if (known !== null) {
        const had = new Set(known.map(keyOf));
        fresh.value = new Set([...keys].filter((key) => !had.has(key)));
      }
      rows.value = [...page.rows, ...kept];
      if (kept.length === 0) next = page.next;
      hasOlder.value = next !== null;
      fault.value = null;
    } catch (error) {
      if (asked === query) fault.value = (error as Error).message;
    }
  }

  const refresh = coalesced(readNewest);
  return {
    rows,
    fault,
    hasOlder,
    fresh,
    refresh,
    filter(changed) {
      query = { ...query, ...changed };
      rows.value = null;
      next = null;
      fresh.value = new Set();
      void readNewest();
    },
    async older() {
      if (next === null) return;
      const asked = query;
      try {
        const page = await ask(next);
        if (asked !== query) return;
        const known = rows.value ?? [];
        const keys = new Set(known.map(keyOf));
        rows.value = [...known, ...page.rows.filter((row) => !keys.has(keyOf(row)))];
        next = page.next;
        hasOlder.value = next !== null;
      } catch (error) {
        fault.value = (error as Error).message;
      }
    },
  };
}
