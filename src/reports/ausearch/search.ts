import type { GatheredBytes } from "../../lib/gathered-bytes.ts";
import type { ExtractNotes } from "../../query/extract.ts";
import type { LogEvent } from "../../query/log-event.ts";
import type { SearchFields, Wanted } from "../../query/search-fields.ts";
import type { HostNames } from "../normal/field-words.ts";
import { LineCopier, type LineSpan } from "./line-copier.ts";
import { isInSpan, isMatch, wantedBy } from "./match.ts";
import { isDaemonEvent, plainHead } from "./plain.ts";
import { type EventPrinter, openPrinter } from "./printers.ts";
import type { SearchOptions } from "./selectors.ts";

/** Says which of the events that match are printed. */
export interface Gate {
  lets(event: LogEvent): boolean;
}

/** What a search is made of. */
export interface SearchParts {
  readonly options: SearchOptions;
  readonly names: HostNames;
  readonly notes: ExtractNotes;
  readonly gate?: Gate | null;
}

/** Judges events by their fields and prints those that match. */
export class Search {
  /** True once an event was printed. */
  hasFound = false;
  /** True once an event matched, printed or not. */
  hasMatched = false;
  readonly #options: SearchOptions;
  readonly #names: HostNames;
  readonly #wanted: Wanted;
  readonly #print: EventPrinter;
  readonly #gate: Gate | null;
  readonly #copier = new LineCopier();
  /** What stands before an event of this second, in which most follow another. */
  #head = "";
  #headSec = -1;

  private constructor({ options, names, gate = null }: SearchParts, print: EventPrinter) {
    this.#gate = gate;
    this.#options = options;
    this.#names = names;
    this.#print = print;
    this.#wanted = wantedBy(options.select, options.format);
  }

  static async open(parts: SearchParts): Promise<Search> {
    return new Search(parts, await openPrinter(parts));
  }

  /** What it reads of an event in a usual form; null where it looks at the lines themselves. */
  get wantedColumns(): Wanted | null {
    const { select, isDebug } = this.#options;
    const { subject, object, anyContext } = select;
    const isLabelled = subject !== null || object !== null || anyContext;
    // Labels are not in the columns.
    return isDebug || isLabelled ? null : this.#wanted;
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
}
