import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { openJournalSource } from "../../src/sources/journal.ts";

const clock = { now: () => Date.now() };

it.each([
  [
    "is missing",
    "/nonexistent/journalctl",
    "/nonexistent/journalctl is missing",
    "apt-get install rsyslog && systemctl enable --now rsyslog",
  ],
  ["ends by itself", "/bin/false", "/bin/false ended: exit code 1", "systemctl status systemd-journald"],
])("is down, says what mends it and tries again, where journalctl %s", async (_, program, detail, mend) => {
  const ended = new AbortController();
  const source = openJournalSource({ clock, program });
  const batches: unknown[] = [];
  const run = (async () => {
    for await (const batch of source.follow(null, ended.signal)) batches.push(batch);
  })();

  while (source.health().state !== "down") await wait(2);
  const health = source.health();
  ended.abort();
  await run;

  expect(health).toMatchObject({ state: "down", detail, mend });
  expect(batches).toEqual([]);
});
