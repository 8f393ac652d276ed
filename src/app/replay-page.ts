import { hostname } from "node:os";
import { openFeed } from "../http/feed.ts";
import { type HttpServer, openHttp } from "../http/server.ts";
import { type EpochMs, epochMs } from "../model/ids.ts";
import { SOURCE_NAMES } from "../model/line.ts";
import type { Store } from "../ports/store.ts";
import { version } from "./version.ts";

/** The page over a database that nothing follows: each source says that it was replayed. */
export async function servePage(
  store: Store,
  listen: string,
  replayed: { readonly directory: string; readonly database: string; readonly rules: number },
): Promise<HttpServer> {
  const startedMs = Date.now();
  const counts = store.counts();
  const lastOf: Record<string, EpochMs | undefined> = {
    docker: store.docker({ limit: 1 })[0]?.timeMs,
    sshd: store.sshd({ limit: 1 })[0]?.timeMs,
  };
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  return openHttp({
    listen,
    publicUrl: null,
    reads: store,
    edits: store,
    settings: store,
    health: () =>
      SOURCE_NAMES.map((source) => ({
        source,
        state: "up",
        sinceMs: epochMs(startedMs),
        detail: `replayed from ${replayed.directory}`,
        mend: null,
        lines: counts.lines[source],
        bytes: 0,
        lastLineMs: lastOf[source] ?? null,
      })),
    facts: () => ({
      version: version(),
      hostname: hostname(),
      startedMs,
      database: replayed.database,
      rules: { loaded: replayed.rules, refused: 0 },
      deliveries: store.deliveryCounts(),
    }),
    feed: openFeed(),
    clock: { now: () => Date.now() },
    log: quiet,
  });
}
