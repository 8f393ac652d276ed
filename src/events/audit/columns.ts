import { ByteTexts } from "../../lib/byte-texts.ts";
import { Columns } from "../../lib/columns.ts";
import {
  AUDIT_COLUMNS,
  type AuditColumn,
  PART_COLUMNS,
  PATH_COLUMNS,
  PATH_VALUES,
} from "../../model/audit-columns.ts";
import { EventColumnReader } from "./event-columns.ts";
import { EventGroups, type Group } from "./groups.ts";

/** The columns of some events. */
export type ScannedColumns = Pick<ScannedRows, "events" | "paths" | "parts">;

/** Events by column. Texts are numbers of {@link ScannedRows.texts}; 0 is none. */
export interface ScannedRows {
  readonly events: Columns<AuditColumn>;
  readonly paths: Columns<(typeof PATH_COLUMNS)[number]>;
  readonly parts: Columns<(typeof PART_COLUMNS)[number]>;
  /** Texts that no earlier rows named, by number from `firstText` on. A text may come again under another number. */
  readonly texts: readonly string[];
  readonly firstText: number;
  /** Lines that are no audit records. */
  readonly faults: number;
}

/** Rows that are usually taken at once. */
const EXPECTED_EVENTS = 4608;

/**
 * Audit log bytes to columns: what a bulk import needs. The rows say what a commit of the same lines as events would
 * store; a test compares the two.
 */
export class ColumnScanner {
  readonly #groups: EventGroups;
  readonly #texts = new ByteTexts();
  readonly #reader = new EventColumnReader(this.#texts);
  #firstText = 1;
  #faults = 0;
  #rows = freshRows();

  /** @param startOffset where in the stream the first byte will lie. */
  constructor(startOffset: number) {
    this.#groups = new EventGroups(startOffset);
  }

  /** Events whose rows wait to be taken. */
  get count(): number {
    return this.#rows.events.count;
  }
  /** Bytes from the first line of the oldest incomplete event to the end of the input so far. */
  get pendingBytes(): number {
    return this.#groups.pendingBytes;
  }

  /** Takes whole lines; the bytes must not change afterwards. */
  push(bytes: Buffer, backfill: boolean): void {
    this.#groups.push(bytes, backfill, 0);
    this.#drain();
  }

  /** The input has ended: what waits for more lines is taken as it is. */
  flush(): void {
    this.#groups.flush();
    this.#drain();
  }

  /** The rows since the last call. @param empty takes those to come. */
  take(empty: ScannedColumns = freshRows()): ScannedRows {
    const texts = this.#texts.take();
    const taken = { ...this.#rows, texts, firstText: this.#firstText, faults: this.#faults };
    this.#rows = empty;
    this.#firstText = this.#texts.next;
    this.#faults = 0;
    return taken;
  }

  #drain(): void {
    const { groups, faults } = this.#groups.drain();
    this.#faults += faults.length;
    for (const group of groups) this.#event(group);
  }

  #event(group: Group): void {
    const { events, paths, parts } = this.#rows;
    const index = events.count;
    this.#reader.read(group);
    const { row, paths: read } = this.#reader;
    events.push(row);
    for (let at = 0; at < read.length; at += PATH_VALUES)
      paths.push([index, read[at] ?? 0, read[at + 1] ?? 0, read[at + 2] ?? 0]);
    const { spans } = group;
    for (let at = 2; at + 1 < spans.length; at += 2) parts.push([index, spans[at] ?? 0, spans[at + 1] ?? 0]);
  }
}

function freshRows(): ScannedColumns {
  return {
    events: new Columns(AUDIT_COLUMNS, EXPECTED_EVENTS),
    paths: new Columns(PATH_COLUMNS, EXPECTED_EVENTS * 2),
    parts: new Columns(PART_COLUMNS),
  };
}
