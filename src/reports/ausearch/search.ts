import type { GatheredBytes } from "../../lib/gathered-bytes.ts";
import { type ExtractNotes, extractFields } from "../../query/extract.ts";
import type { LogEvent } from "../../query/log-event.ts";
import type { RecordProbe } from "../../query/log-reader.ts";
import type { SearchFields, Wanted } from "../../query/search-fields.ts";
import { CsvEvents } from "../normal/csv.ts";
import { FieldWords, type HostNames } from "../normal/field-words.ts";
import { Sentences } from "../normal/sentences.ts";
import { InterpretedEvents } from "./interpreted-event.ts";
import { JsonEvents } from "./json-events.ts";
import { LineCopier, type LineSpan } from "./line-copier.ts";
import { asksForNames, isInSpan, isMatch, nameAdditions, wantedBy } from "./match.ts";
import { isDaemonEvent, plainEvent, plainHead, rawEvent } from "./plain.ts";
import { probeOf } from "./probe.ts";
import type { SearchOptions } from "./selectors.ts";

/** Says which of the events that match are printed. */
export interface Gate {
  lets(event: LogEvent): boolean;
}

/** Judges events one by one and prints those that match. */
export class Search {
  /** True once an event was printed. */
  hasFound = false;
  /** True once an event matched, printed or not. */
  hasMatched = false;
  readonly #options: SearchOptions;
  readonly #names: HostNames;
  readonly #notes: ExtractNotes;
  readonly #wanted: Wanted;
  readonly #print: (event: LogEvent) => string;
  readonly #gate: Gate | null;
  readonly #copier = new LineCopier();
  /** What stands before an event of this second, in which most follow another. */
  #head = "";
  #headSec = -1;

  constructor(options: SearchOptions, names: HostNames, notes: ExtractNotes, gate: Gate | null = null) {
    this.#gate = gate;
    this.#options = options;
    this.#names = names;
    this.#notes = notes;
    this.#wanted = wantedBy(options.select, options.format);
    this.#print = this.#printer();
  }

  /** What it reads of an event in a usual form; null where it looks at the lines themselves. */
  get wantedColumns(): Wanted | null {
    const { select, isDebug } = this.#options;
    const { subject, object, anyContext } = select;
    const isLabelled = subject !== null || object !== null || anyContext;
    // Labels and the names that auditd added are not in the columns.
    return isDebug || isLabelled || asksForNames(select) ? null : this.#wanted;
  }

  /** The event's text, latin1, or null where it is not asked for. */
  take(event: LogEvent): string | null {
    return this.passes(event) ? this.text(event) : null;
  }

  /** True where the event is asked for, and is to be printed. */
  passes(event: LogEvent): boolean {
    if (!isInSpan(event, this.#options.select) || !this.#isSearched(event)) return false;
    const fields = extractFields(event, this.#wanted, this.#notes);
    return fields !== null && this.matches(event, fields);
  }

  /** Looks at a log for what its records must have, for {@link LogReader}; null: they must have nothing. */
  get probe(): RecordProbe | null {
    return this.#options.isDebug ? null : probeOf(this.#options.select);
  }

  /** False where an event cannot match and the tool says nothing of it either. */
  #isSearched({ records }: LogEvent): boolean {
    const { select, isDebug } = this.#options;
    if (isDebug) return true;
    const { types, file, hostname } = select;
    if (types === null || file !== null || hostname !== null) return true;
    return records.some(({ type }) => types.includes(type));
  }

  /** True where an event with these fields is asked for, and is to be printed. No record's text is looked at but for names of users. */
  matches(event: LogEvent, fields: SearchFields): boolean {
    const { select } = this.#options;
    if (!isInSpan(event, select)) return false;
    if (!isMatch(event, fields, select, this.#names.userName ?? (() => null))) return false;
    this.hasMatched = true;
    if (this.#gate?.lets(event) === false) return false;
    this.hasFound = true;
    return true;
  }

  /** An event is to be printed that was judged elsewhere, without a gate. */
  find(): void {
    this.hasMatched = true;
    this.hasFound = true;
  }

  /** An event that matches as it is printed. */
  text(event: LogEvent): string {
    return this.#print(event);
  }

  /** True where {@link addLines} may print an event of no records of auditd's own: the format says no more than its lines. */
  get printsLines(): boolean {
    const { format, escape } = this.#options;
    return format === "raw" || (format === "default" && (escape === "tty" || escape === "raw"));
  }

  /** Prints an event of this second from its lines. @returns false where {@link text} must, because of what is in them. */
  addLines(sec: number, lines: LineSpan, out: GatheredBytes): boolean {
    if (this.#options.format === "raw") return this.#copier.raw(lines, out);
    if (sec !== this.#headSec) {
      this.#headSec = sec;
      this.#head = plainHead(sec);
    }
    return this.#copier.plain(this.#head, lines, out);
  }

  /** Prints an event of a log, from its lines where they stand together and the format says no more than these. */
  print(event: LogEvent, out: GatheredBytes): void {
    const lines = this.printsLines && !isDaemonEvent(event) ? (event.lines ?? null) : null;
    if (lines === null || !this.addLines(event.sec, lines, out)) out.addText(this.text(event));
  }

  #printer(): (event: LogEvent) => string {
    const { format, escape, select } = this.#options;
    if (format === "raw") return rawEvent;
    if (format === "json") {
      const json = new JsonEvents(this.#notes.warn);
      return (event) => json.text(event);
    }
    if (format === "csv") {
      const csv = new CsvEvents(this.#options, new FieldWords(this.#names, escape), this.#notes.warn);
      return (event) => csv.text(event);
    }
    if (format === "text") {
      const sentences = new Sentences(new FieldWords(this.#names, escape), this.#options.isDebug);
      return (event) => sentences.text(event);
    }
    if (format !== "interpret") return (event) => plainEvent(event, escape);
    const events = new InterpretedEvents(this.#names, escape);
    return (event) => events.text(event, asksForNames(select) ? nameAdditions(event) : null);
  }
}
