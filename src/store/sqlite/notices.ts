import type { SourceName, SourceNotice } from "../../model/line.ts";
import type { Span } from "../../ports/store.ts";
import type { Db } from "./database.ts";
import { openSelect, parseAll } from "./select.ts";

/** Notices older than the newest so many are forgotten; the counters keep their sums. */
const MAX_NOTICES = 100_000;

/** The loss ledger. */
export interface Notices {
  add(notices: readonly SourceNotice[]): void;
  select(filter: Span & { readonly source?: SourceName }): readonly SourceNotice[];
}

/** Opens the loss ledger. */
export function openNotices(db: Db): Notices {
  const insert = db
    .prepare<[string, number, string], number>(
      "INSERT INTO notice(source, time, json) VALUES(?, ?, ?) RETURNING id",
    )
    .pluck();
  const prune = db.prepare<[number], void>("DELETE FROM notice WHERE id <= ?");
  const select = openSelect(db, "notice", "time", "id");
  return {
    add(notices) {
      for (const notice of notices) {
        const id = insert.get(notice.source, notice.timeMs, JSON.stringify(notice)) ?? 0;
        if (id > MAX_NOTICES && id % 1000 === 0) prune.run(id - MAX_NOTICES);
      }
    },
    select: ({ source, ...span }) => parseAll<SourceNotice>(select(span, [["source = ?", source]])),
  };
}
