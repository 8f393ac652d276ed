import type { AuditColumn, TextColumn } from "../model/audit-columns.ts";
import type { EpochMs, EventRef } from "../model/ids.ts";

/** Columns that hold numbers. */
export type NumberColumn = Exclude<AuditColumn, TextColumn>;

/** Which audit events; all conditions must hold. An event that has no value for a column passes no condition on it. */
export interface AuditSelection {
  /** Half-open span of event time in milliseconds. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** One of these values, or a test. A list of serials finds its events without looking at others. */
  readonly numbers?: {
    readonly [Name in NumberColumn]?: readonly number[] | ((value: number) => boolean);
  };
  /** Tests of texts; called once for each different text. `kind` is the event's record types, as `SYSCALL CWD PATH`. */
  readonly texts?: { readonly [Name in TextColumn]?: (text: string) => boolean };
  /** Passes where a PATH record's name does; likewise called once for each name. */
  readonly path?: (name: string) => boolean;
  /** Called for each group of events that are kept together, with the places in the columns of those that pass all else: those of them that pass, rising. */
  readonly where?: (columns: AuditColumns, places: Uint32Array) => Uint32Array;
}

/** Columns of events that are kept together. */
export interface AuditColumns {
  /** Values by place; of texts their numbers, 0 for none; of numbers `ABSENT` for none. Empty where no event has any. */
  column(name: AuditColumn): Float64Array;
  /** The text of a number. */
  text(id: number): string;
  /** The PATH records: `starts[place]` up to `starts[place + 1]` are an event's. */
  readonly paths: {
    readonly starts: Uint32Array;
    /** Numbers of texts. */
    readonly names: Float64Array;
    /** Indexes of `PATH_ROLES`. */
    readonly roles: Float64Array;
  };
  /** The same as they are stored: the place of each one's event, and its name. Costs less than putting them in order. */
  readonly pathRows: { readonly places: Float64Array; readonly names: Float64Array };
}

/** A PATH record of an event. */
export interface AuditPath {
  readonly item: number | null;
  readonly name: string | null;
  /** `nametype`, empty where it is none of the usual ones. */
  readonly role: string;
}

/** One event under the reader's finger: valid until the next one is taken. Nothing is read that is not asked for. */
export interface AuditRow {
  readonly timeMs: EpochMs;
  readonly serial: number;
  readonly ref: EventRef;
  /** Null where the event has no such value. */
  number(column: NumberColumn): number | null;
  /** Latin1, as all texts of the log; null where the event has none. */
  text(column: TextColumn): string | null;
  paths(): readonly AuditPath[];
  /** Its lines as they were read, newlines included. */
  bytes(): Buffer;
}

/** An event's lines, newlines included, in [start, end) of these bytes: valid until those of another are asked for. */
export interface AuditLines {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Events one after the other, by column: for reports that look at most of a database. Valid until the next is taken. */
export interface AuditRun extends AuditColumns {
  /** Where in the columns its events are, in order. */
  readonly rows: Uint32Array;
  /** An event; valid until another one is asked for. */
  row(place: number): AuditRow;
  /** An event's lines as they were read, newlines included. */
  bytes(place: number): Buffer;
  /** The same where they are among others: asked of one event after the other, no bytes are copied. */
  lines(place: number): AuditLines;
}

/** Fast reading of stored audit events by column, of one consistent view of the database. */
export interface AuditReads extends Disposable {
  /** How many events there are, and the span of their times; null where there are none. */
  extent(): { readonly events: number; readonly firstMs: EpochMs; readonly lastMs: EpochMs } | null;
  /** Events by time and serial; `reading`: in the order in which they were stored, which costs no sorting. */
  events(selection: AuditSelection, order?: "time" | "reading"): Iterable<AuditRow>;
  /** The same by time and serial, many at once. */
  runs(selection: AuditSelection): Iterable<AuditRun>;
  /** How many events have each text of a column; those without one are left out. */
  countTexts(selection: AuditSelection, column: TextColumn): ReadonlyMap<string, number>;
  /** How many events have each value of a column; those without one are left out. */
  countNumbers(selection: AuditSelection, column: NumberColumn): ReadonlyMap<number, number>;
  /** How many PATH records of the events have each name. */
  countPaths(selection: AuditSelection): ReadonlyMap<string, number>;
}
