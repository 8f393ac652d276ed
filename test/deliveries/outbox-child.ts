/** Runs the outbox of a database against one webhook until it is killed: `outbox-child.ts DB URL`. */
import { createChannels } from "../../src/deliveries/channels/index.ts";
import { runOutbox } from "../../src/deliveries/outbox.ts";
import { createWake } from "../../src/deliveries/wake.ts";
import { openStore } from "../../src/store/sqlite/store.ts";

const [db = "", url = ""] = process.argv.slice(2);
const clock = { now: () => Date.now() };
using store = openStore(db);
await runOutbox({
  outbox: store,
  channels: createChannels(
    [{ name: "hook", type: "webhook", url, secretFile: null, ca: null, timeoutMs: 10_000 }],
    clock,
  ),
  clock,
  signal: new AbortController().signal,
  wake: createWake(),
  host: "web-01",
  pageUrl: null,
});
