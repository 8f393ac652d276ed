import { openChunks } from "./audit-chunks.ts";
import { openAuditEvents, type PlacedLine } from "./audit-events.ts";
import { guardMethods, openDatabase } from "./database.ts";
import { IMPORT_LOW, openRaw, STREAM_HIGH } from "./raw.ts";
import { openSegments } from "./segments.ts";
import { openTexts } from "./texts.ts";

/** What is stored of audit logs already, for an import to find out what is new. */
export interface KnownAudit extends Disposable {
  /** Takes in what was committed since. */
  refresh(): void;
  /** True where any event's time lies in the span. */
  hasEventsWithin(minMs: number, maxMs: number): boolean;
  /** Offsets where a file with this first line begins. */
  startsWith(firstLine: Buffer): readonly number[];
  /** The stored lines of an event. */
  linesOf(ref: string): readonly PlacedLine[];
  /** The stored bytes around an offset; null where there are none. */
  block(at: number): { readonly start: number; readonly bytes: Buffer } | null;
}

/** Opens the reading side for an import. The database must exist. */
export function openKnownAudit(file: string): KnownAudit {
  const db = openDatabase(file, true);
  const live = openRaw(db, "audit", 0, IMPORT_LOW);
  const imported = openRaw(db, "audit", IMPORT_LOW, STREAM_HIGH);
  const texts = openTexts(db);
  const chunks = openChunks(db);
  const audit = openAuditEvents(chunks, texts, (at) => (at < IMPORT_LOW ? live : imported));
  const segments = openSegments(db);
  return guardMethods<KnownAudit>(file, {
    refresh() {
      for (const part of [live, imported, texts, chunks]) part.refresh();
    },
    hasEventsWithin: (minMs, maxMs) => chunks.zones(minMs, maxMs, -Infinity, Infinity).length > 0,
    startsWith: (firstLine) => segments.startsWith(firstLine),
    linesOf(ref) {
      const place = audit.find(ref);
      return place === null ? [] : audit.placedLines(place);
    },
    block: (at) => (at < IMPORT_LOW ? live : imported).block(at),
    [Symbol.dispose]: () => void db.close(),
  });
}
