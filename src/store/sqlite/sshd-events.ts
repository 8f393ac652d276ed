import type { SshdEvent } from "../../model/event.ts";
import type { EventRef } from "../../model/ids.ts";
import type { Span } from "../../ports/store.ts";
import type { Db } from "./database.ts";
import { openSelect, parseAll } from "./select.ts";

export interface SshdEvents {
  /** @returns how many were new. */
  add(events: readonly SshdEvent[]): number;
  has(ref: EventRef): boolean;
  select(filter: Span): readonly SshdEvent[];
}

/** The sshd log's events; a ref that is stored stays as it is. */
export function openSshdEvents(db: Db): SshdEvents {
  const insert = db.prepare<[string, number, string], void>(
    "INSERT INTO sshd_event(ref, time, json) VALUES(?, ?, ?) ON CONFLICT(ref) DO NOTHING",
  );
  const has = db.prepare<[string], number>("SELECT 1 FROM sshd_event WHERE ref = ?").pluck();
  const select = openSelect(db, "sshd_event", "time", "id");
  return {
    add: (events) =>
      events.reduce(
        (fresh, event) => fresh + insert.run(event.ref, event.timeMs, JSON.stringify(event)).changes,
        0,
      ),
    has: (ref) => has.get(ref) === 1,
    select: (filter) => parseAll<SshdEvent>(select(filter, [])),
  };
}
