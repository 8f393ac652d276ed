/** Commits numbered batches to the database in argv[2] until it is killed; says so when it begins. */

import {
  alertOf,
  auditEvent,
  auditLine,
  deliveryOf,
  emptyBatch,
  linesOf,
} from "../../src/store/contract-rows.ts";
import { openStore } from "../../src/store/sqlite/store.ts";

const store = openStore(process.argv[2] ?? "");
process.stdout.write("begins\n");
for (;;) {
  const { offset } = store.pendingAudit();
  const number = store.counts().events.audit + 1;
  const line = auditLine(number, "SYSCALL", `syscall=1 ses=3 x=${"y".repeat(number % 5000)}`);
  const bytes = Buffer.from(`${line}\n`);
  store.commit({
    ...emptyBatch,
    lines: [linesOf("audit", bytes, offset + bytes.length)],
    audit: [auditEvent(number, offset, [line])],
    alerts: [alertOf(`a${number}`)],
    deliveries: [deliveryOf(`d${number}`, number)],
    state: [{ stage: "alerts", key: "n", json: String(number) }],
  });
}
