import { TEXT_COLUMNS } from "../../model/audit-columns.ts";
import { DockwardenError } from "../../model/fault.ts";
import type { AuditRows } from "./audit-chunk.ts";
import { openChunks } from "./audit-chunks.ts";
import { clustersOf } from "./audit-clusters.ts";
import { copyRows, openAuditEvents, removeRows, spansOf } from "./audit-events.ts";
import { guardMethods, openDatabase, openDataVersion } from "./database.ts";
import { lockImport } from "./import-lock.ts";
import { IMPORT_LOW, openRaw, STREAM_HIGH } from "./raw.ts";
import { openPacker } from "./raw-pack.ts";
import { type PackedStretch, Stretches } from "./raw-stretch.ts";
import { openSegments } from "./segments.ts";
import { openState } from "./state.ts";
import { openTexts } from "./texts.ts";

/** What one transaction of an import adds. */
export interface BulkBatch {
  /** Whole lines, that follow what was written before. */
  readonly blocks: readonly Uint8Array[];
  /** Where in those bytes another file begins: its offset in the stream, and what it is called. */
  readonly segments: readonly {
    readonly at: number;
    readonly firstLine: Uint8Array;
    readonly name: string;
  }[];
  /** Rows with texts by the numbers of `texts`; they are changed. */
  readonly rows: AuditRows;
  readonly texts: readonly string[];
  readonly firstText: number;
  readonly lines: number;
  readonly faults: number;
  /** Bytes at the end whose events are not complete: read again if the import ends here. */
  readonly pendingBytes: number;
}

/** The writing side of a bulk import. */
export interface Bulk extends Disposable {
  /** Offset of the next byte in the stream. */
  readonly end: number;
  /** The database holds no audit bytes. */
  readonly isFresh: boolean;
  /** One transaction, when the lines are packed. @returns how many events were new. */
  write(batch: BulkBatch): Promise<number>;
  /**
   * Takes back the import stream from `at` on, if that is the beginning of its last line, and with it the events that
   * have lines there. @returns where the stream ends now, and the bytes before `at` that were taken back with them.
   */
  cut(at: number): { readonly end: number; readonly bytes: Uint8Array; readonly isSegmentStart: boolean };
}

const SAFE = "import.safe";

/**
 * Opens a database for one bulk import, and makes it where there is none. An earlier import that was killed is taken
 * back to its last complete event, so that importing again goes on from there.
 * @throws DockwardenError DW_IMPORT_BUSY, DW_STORE_….
 */
export function openBulk(file: string): Bulk {
  const db = openDatabase(file, false);
  const lock = ((): Disposable => {
    try {
      return lockImport(file);
    } catch (error) {
      db.close();
      throw error;
    }
  })();
  const live = openRaw(db, "audit", 0, IMPORT_LOW);
  const imported = openRaw(db, "audit", IMPORT_LOW, STREAM_HIGH);
  const texts = openTexts(db);
  const chunks = openChunks(db);
  const audit = openAuditEvents(chunks, texts, (at) => (at < IMPORT_LOW ? live : imported));
  const segments = openSegments(db);
  const state = openState(db);
  const stretches = new Stretches();
  const packer = openPacker();
  let known: Int32Array = new Int32Array(1024);
  const dataVersion = openDataVersion(db);
  let version: number | undefined = 0;
  let end = 0;

  function refreshIfChanged(): void {
    const now = dataVersion();
    if (now !== version) for (const part of [live, imported, texts, chunks]) part.refresh();
    version = now;
  }

  /** Rows with a line behind `at`, by chunk; and where the first line of any of them stands. */
  function touching(at: number): { first: number; rows: Map<number, Set<number>> } {
    let first = at;
    const found = new Map<number, Set<number>>();
    for (const { id } of chunks.behind(at)) {
      const rows = chunks.rows(id);
      const touched = new Set<number>();
      for (let index = 0; index < rows.events.count; index++) {
        const spans = spansOf(rows, index);
        let last = 0;
        for (let span = 0; span < spans.length; span += 2)
          last = Math.max(last, (spans[span] ?? 0) + (spans[span + 1] ?? 0));
        if (last <= at) continue;
        touched.add(index);
        for (let span = 0; span < spans.length; span += 2)
          if ((spans[span] ?? 0) >= IMPORT_LOW) first = Math.min(first, spans[span] ?? 0);
      }
      if (touched.size > 0) found.set(id, touched);
    }
    return { first, rows: found };
  }

  /**
   * Takes back the import stream from `at`, and from the first line of any event that has a line behind that.
   * @returns the bytes before `at` that went with it.
   */
  function cut(at: number): Uint8Array {
    let from = Math.max(at, IMPORT_LOW);
    let touched = touching(from);
    while (touched.first < from) {
      from = touched.first;
      touched = touching(from);
    }
    let removed = 0;
    for (const [id, indexes] of touched.rows) {
      const rows = copyRows(chunks.rows(id));
      removeRows(rows, indexes);
      removed += indexes.size;
      if (rows.events.count === 0) chunks.remove(id);
      else chunks.replace(id, rows);
    }
    const bytes = imported.read(from, imported.end() - from);
    state.addCount("audit.events", -removed);
    state.addCount("audit.bytes", -bytes.length);
    state.addCount("audit.lines", -bytes.reduce((lines, byte) => (byte === 10 ? lines + 1 : lines), 0));
    imported.truncate(from);
    segments.remove(at, STREAM_HIGH);
    return Uint8Array.from(bytes.subarray(0, at - from));
  }

  function globalText(local: number): number {
    return local === 0 ? 0 : (known[local] ?? 0);
  }
  function learn(first: number, fresh: readonly string[]): void {
    const needed = first + fresh.length;
    if (needed > known.length) {
      const larger = new Int32Array(Math.max(needed, known.length * 2));
      larger.set(known);
      known = larger;
    }
    for (const [at, text] of fresh.entries()) known[first + at] = texts.idOf(text);
  }
  function mapTexts({ events, paths }: AuditRows): void {
    for (const name of TEXT_COLUMNS) {
      const column = events.column(name);
      for (let at = 0; at < events.count; at++) column[at] = globalText(column[at] ?? 0);
    }
    const names = paths.column("name");
    for (let at = 0; at < paths.count; at++) names[at] = globalText(names[at] ?? 0);
  }

  const write = db.transaction((batch: BulkBatch, packed: PackedStretch): number => {
    refreshIfChanged();
    if (imported.end() !== end)
      throw new DockwardenError("DW_IMPORT_BUSY", `${file}: another import wrote to the database meanwhile`);
    const size = packed.ends.at(-1) ?? 0;
    if (size > 0) imported.appendPacked(packed);
    for (const { at, firstLine, name } of batch.segments) segments.begin(at, Buffer.from(firstLine), name);
    learn(batch.firstText, batch.texts);
    mapTexts(batch.rows);
    const fresh = audit.addRows(batch.rows);
    state.addCount("audit.events", fresh);
    state.addCount("audit.bytes", size);
    state.addCount("audit.lines", batch.lines);
    state.addCount("faults", batch.faults);
    end += size;
    state.setCount(SAFE, end - batch.pendingBytes);
    return fresh;
  });

  const begin = db.transaction((): void => {
    refreshIfChanged();
    const safe = state.count(SAFE);
    if (safe !== 0 && safe < imported.end()) {
      cut(safe);
      segments.remove(imported.end(), STREAM_HIGH);
    }
    end = imported.end();
  });
  const takeBack = db.transaction((at: number) => {
    refreshIfChanged();
    const isSegmentStart = segments.all().some(({ start }) => start === at);
    const isLastLine = at >= IMPORT_LOW && at < end && imported.read(at, end - at).indexOf(10) < 0;
    const bytes = isLastLine ? cut(at) : new Uint8Array(0);
    end = imported.end();
    state.setCount(SAFE, end);
    return { end, bytes, isSegmentStart };
  });
  const bulk = guardMethods(file, {
    begin: () => begin.immediate(),
    isFresh: () => end === IMPORT_LOW && live.end() === 0,
    write: (batch: BulkBatch, packed: PackedStretch) => write.immediate(batch, packed),
    cut: (at: number) => takeBack.immediate(at),
    [Symbol.dispose]: (): void => {
      packer[Symbol.dispose]();
      db.close();
      lock[Symbol.dispose]();
    },
  });
  try {
    bulk.begin();
  } catch (error) {
    bulk[Symbol.dispose]();
    throw error;
  }
  return {
    get end() {
      return end;
    },
    get isFresh() {
      return bulk.isFresh();
    },
    async write(batch) {
      const size = batch.blocks.reduce((sum, { length }) => sum + length, 0);
      const stretch = stretches.of(end, batch.blocks, size, clustersOf(batch.rows, end, end + size));
      return bulk.write(batch, await packer.pack(stretch));
    },
    cut: (at) => bulk.cut(at),
    [Symbol.dispose]: () => bulk[Symbol.dispose](),
  };
}
