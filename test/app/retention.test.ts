import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { replayInto } from "../../src/app/replay-into.ts";
import { retain } from "../../src/app/retention.ts";
import { openStore } from "../../src/store/sqlite/store.ts";

const INCIDENT = join(import.meta.dirname, "../../demo/incident");
const DAY_MS = 86_400_000;

it("drops what is older than the days kept, to the last step, and nothing that is younger", async () => {
  const directory = mkdtempSync(join(tmpdir(), "dw-retention-"));
  {
    using store = openStore(join(directory, "d.db"));
    await replayInto(store, INCIDENT, null, () => {});
    const newestMs = Math.max(...store.docker({}).map(({ timeMs }) => timeMs));
    const bounds = { days: 10, maxSizeMiB: 1024 };
    const before = store.docker({}).length;
    const signal = new AbortController().signal;

    await retain(store, bounds, newestMs + 5 * DAY_MS, signal);
    const young = store.docker({}).length;
    await retain(store, bounds, newestMs + 20 * DAY_MS, signal);

    expect(before).toBeGreaterThan(10);
    expect(young).toBe(before);
    expect(store.docker({})).toEqual([]);
    expect(store.logins({})).toEqual([]);
  }
  rmSync(directory, { recursive: true });
});
