import type { Delivery } from "../../model/alert.ts";
import type { EpochMs } from "../../model/ids.ts";
import type { Outbox } from "../../ports/store.ts";
import type { Db } from "./database.ts";
import { openSelect, parseAll } from "./select.ts";

export interface OutboxTable extends Omit<Outbox, "alert"> {
  /** Adds deliveries; one that exists is left as it is, so that a replayed batch sends nothing again. */
  add(deliveries: readonly Delivery[]): void;
}

/** The transactional outbox. */
export function openOutbox(db: Db): OutboxTable {
  const insert = db.prepare<[string, string, string, number, number, string], void>(
    "INSERT INTO delivery(id, channel, state, next, created, json) VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO NOTHING",
  );
  const save = db.prepare<[string, string, string, number, number, string], void>(
    `INSERT INTO delivery(id, channel, state, next, created, json) VALUES(?, ?, ?, ?, ?, ?)
     ON CONFLICT(id) DO UPDATE SET state = excluded.state, next = excluded.next, json = excluded.json`,
  );
  const link = db.prepare<[string, string], void>(
    "INSERT INTO delivery_alert(alert, delivery) VALUES(?, ?) ON CONFLICT DO NOTHING",
  );
  const due = db
    .prepare<[string, number, number], string>(
      `SELECT json FROM delivery WHERE state = 'pending' AND channel = ? AND next <= ?
       ORDER BY next, created, id LIMIT ?`,
    )
    .pluck();
  const nextDue = db
    .prepare<[string], EpochMs | null>(
      "SELECT min(next) FROM delivery WHERE state = 'pending' AND channel = ?",
    )
    .pluck();
  const counts = db.prepare<[], { pending: number; dead: number }>(
    `SELECT count(*) FILTER (WHERE state = 'pending') AS pending, count(*) FILTER (WHERE state = 'dead') AS dead
     FROM delivery WHERE state IN ('pending', 'dead')`,
  );
  const select = openSelect(db, "delivery", "created", "id");

  const links = ({ id, alerts }: Delivery): void => {
    for (const alert of alerts) link.run(alert, id);
  };
  return {
    add(deliveries) {
      for (const delivery of deliveries) {
        const { id, channel, state, nextMs, createdMs } = delivery;
        if (insert.run(id, channel, state, nextMs, createdMs, JSON.stringify(delivery)).changes > 0)
          links(delivery);
      }
    },
    due: (nowMs, limit, channel) => parseAll<Delivery>(due.all(channel, nowMs, limit)),
    nextDueMs: (channel) => nextDue.get(channel) ?? null,
    deliveryCounts: () => counts.get() ?? { pending: 0, dead: 0 },
    save: (delivery) =>
      db
        .transaction(() => {
          const { id, channel, state, nextMs, createdMs } = delivery;
          save.run(id, channel, state, nextMs, createdMs, JSON.stringify(delivery));
          links(delivery);
        })
        .immediate(),
    deliveries: ({ alert, state, ...span }) =>
      parseAll<Delivery>(
        select(span, [
          ["state = ?", state],
          ["id IN (SELECT delivery FROM delivery_alert WHERE alert = ?)", alert],
        ]),
      ),
  };
}
