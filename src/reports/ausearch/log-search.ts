import { type ExtractNotes, extractFields } from "../../query/extract.ts";
import type { LogEvent } from "../../query/log-event.ts";
import type { Wanted } from "../../query/search-fields.ts";
import { isInSpan, wantedBy } from "./match.ts";
import type { Search, SearchParts } from "./search.ts";
import type { SearchOptions } from "./selectors.ts";

/** Judges the events of a log: reads what is asked for from the texts of their records. */
export class LogSearch {
  readonly #search: Search;
  readonly #options: SearchOptions;
  readonly #notes: ExtractNotes;
  readonly #wanted: Wanted;

  constructor(search: Search, { options, notes }: SearchParts) {
    this.#search = search;
    this.#options = options;
    this.#notes = notes;
    this.#wanted = wantedBy(options.select, options.format);
  }

  /** True where the event is asked for, and is to be printed. */
  passes(event: LogEvent): boolean {
    if (!isInSpan(event, this.#options.select) || !this.#isSearched(event)) return false;
    const fields = extractFields(event, this.#wanted, this.#notes);
    return fields !== null && this.#search.matches(event, fields);
  }

  /** The event's text, latin1, or null where it is not to be printed. */
  take(event: LogEvent): string | null {
    return this.passes(event) ? this.#search.text(event) : null;
  }

  /** False where an event cannot match and the tool says nothing of it either. */
  #isSearched({ records }: LogEvent): boolean {
    const { select, isDebug } = this.#options;
    if (isDebug) return true;
    const { types, file, hostname } = select;
    if (types === null || file !== null || hostname !== null) return true;
    return records.some(({ type }) => types.includes(type));
  }
}
