import type { ExtractNotes } from "../../query/extract.ts";
import type { LogEvent } from "../../query/log-event.ts";
import type { HostNames } from "../normal/field-words.ts";
import { asksForNames, nameAdditions } from "./match.ts";
import { plainEvent, rawEvent } from "./plain.ts";
import type { SearchFormat, SearchOptions } from "./selectors.ts";

/** An event as a format prints it, latin1. */
export type EventPrinter = (event: LogEvent) => string;

/** What printers are made with. */
interface PrinterParts {
  readonly options: SearchOptions;
  readonly names: HostNames;
  readonly notes: ExtractNotes;
}

/** A printer for each format. Modules of formats that are not asked for, half of all that a search has, are not read. */
const PRINTERS: { readonly [Format in SearchFormat]: (parts: PrinterParts) => Promise<EventPrinter> } = {
  raw: async () => rawEvent,
  default: async ({ options: { escape } }) => {
    return (event) => plainEvent(event, escape);
  },
  interpret: async ({ options: { escape, select }, names }) => {
    const { InterpretedEvents } = await import("./interpreted-event.ts");
    const events = new InterpretedEvents(names, escape);
    return (event) => events.text(event, asksForNames(select) ? nameAdditions(event) : null);
  },
  csv: async ({ options, names, notes }) => {
    const { CsvEvents } = await import("../normal/csv.ts");
    const { FieldWords } = await import("../normal/field-words.ts");
    const csv = new CsvEvents(options, new FieldWords(names, options.escape), notes.warn);
    return (event) => csv.text(event);
  },
  text: async ({ options: { escape, isDebug }, names }) => {
    const { Sentences } = await import("../normal/sentences.ts");
    const { FieldWords } = await import("../normal/field-words.ts");
    const sentences = new Sentences(new FieldWords(names, escape), isDebug);
    return (event) => sentences.text(event);
  },
  json: async ({ notes }) => {
    const { JsonEvents } = await import("./json-events.ts");
    const json = new JsonEvents(notes.warn);
    return (event) => json.text(event);
  },
};

/** The printer of the format that is asked for. */
export const openPrinter = (parts: PrinterParts): Promise<EventPrinter> =>
  PRINTERS[parts.options.format](parts);
