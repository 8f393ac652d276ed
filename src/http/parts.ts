import type { SourceHealth } from "../model/line.ts";
import type { Feed } from "../ports/feed.ts";
import type { Clock } from "../ports/source.ts";
import type { Edits, Reads, Settings } from "../ports/store.ts";

/** What the page says of the daemon itself. */
export interface Facts {
  readonly version: string;
  readonly hostname: string;
  readonly startedMs: number;
  /** The database's path. */
  readonly database: string;
  readonly rules: { readonly loaded: number; readonly refused: number };
  readonly deliveries: { readonly pending: number; readonly dead: number };
}

/** Where the page's own faults go; pino's logger is one. Never secrets, never log text without a field. */
export interface HttpLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** What the page needs of the world. */
export interface HttpParts {
  /** `127.0.0.1:8787`; port 0 takes a free one. */
  readonly listen: string;
  /** The address people type when a reverse proxy stands before us: `https://watch.example.org`. */
  readonly publicUrl: string | null;
  readonly reads: Reads;
  readonly edits: Edits;
  readonly settings: Settings;
  readonly health: () => readonly SourceHealth[];
  readonly facts: () => Facts;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly log: HttpLog;
}
