import type { LogEvent } from "../query/log-event.ts";
import type { SearchFields, Wanted } from "../query/search-fields.ts";
import type { Tally } from "./tally.ts";
import type { Words } from "./words.ts";

/** An event that a report looks at. */
export interface ReportedEvent {
  readonly event: LogEvent;
  readonly fields: SearchFields;
  /** Says ids, system calls and texts of this event. */
  readonly words: Words;
}

/** A field whose values `--summary` counts, and nothing else. */
export type CountedField =
  | "exe"
  | "comm"
  | "terminal"
  | "hostname"
  | "keys"
  | "files"
  | "loginuid"
  | "pid"
  | "syscall"
  | "type";

/** One of `aureport`'s reports. A new one is a file and a line in index.ts. */
export interface Report {
  /** Its options: `-x`, `--executable`. */
  readonly options: readonly string[];
  /** What of an event is read, beside its process and whether it succeeded. */
  readonly wanted: Wanted;
  /** A word that follows the option is refused, as the real tool's "Unimplemented option". */
  readonly takesNoWord?: boolean;
  /** Also without `-i` it says what {@link WordTables} hold. */
  readonly needsTables?: true;
  /** Heading of the list, or of the totals of `--summary` (null where the real tool has none). */
  readonly title: string;
  readonly summaryTitle: string | null;
  /** False for events that it never lists, by their record types alone. */
  concerns(event: LogEvent): boolean;
  /** False for events that it does not list; the default lists all that concern it. */
  lists?(reported: ReportedEvent): boolean;
  /** What stands behind number and time, line end included; several where an event has several lines. */
  lines(reported: ReportedEvent): readonly string[];
  /** Counts an event for `--summary`. */
  count?(reported: ReportedEvent, tally: Tally): void;
  /** What `count` counts, where that is the values of one field of all events that have it. */
  readonly counted?: CountedField;
  /** What `count` looks at, beside the event's types, its account and whether it succeeded; the default is all. */
  readonly countWanted?: Wanted;
  /** Writes one line of `--summary`; the default writes the text, escaped. */
  total?(text: string, words: Words): string;
}

/** A heading as the real tool rules it: name, line, columns, line. */
export function heading(name: string, columns: string, width: number, lastWidth = width): string {
  return `${name}\n${"=".repeat(width)}\n${columns}\n${"=".repeat(lastWidth)}\n`;
}
