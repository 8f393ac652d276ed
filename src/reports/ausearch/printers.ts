import type { ExtractNotes } from "../../query/extract.ts";
import type { LogEvent } from "../../query/log-event.ts";
import type { HostNames } from "../normal/field-words.ts";
import { asksForNames, nameAdditions } from "./match.ts";
import { plainEvent, rawEvent } from "./plain.ts";
import type { SearchOptions } from "./selectors.ts";

/** An event as a format prints it, latin1. */
export type EventPrinter = (event: LogEvent) => string;

/** The printer of the format that is asked for. Other formats' modules, half of all that a search has, are not read. */
export async function openPrinter(
  options: SearchOptions,
  names: HostNames,
  notes: ExtractNotes,
): Promise<EventPrinter> {
  const { format, escape, select } = options;
  switch (format) {
    case "raw":
      return rawEvent;
    case "default":
      return (event) => plainEvent(event, escape);
    case "json": {
      const { JsonEvents } = await import("./json-events.ts");
      const json = new JsonEvents(notes.warn);
      return (event) => json.text(event);
    }
    case "csv": {
      const { CsvEvents } = await import("../normal/csv.ts");
      const { FieldWords } = await import("../normal/field-words.ts");
      const csv = new CsvEvents(options, new FieldWords(names, escape), notes.warn);
      return (event) => csv.text(event);
    }
    case "text": {
      const { Sentences } = await import("../normal/sentences.ts");
      const { FieldWords } = await import("../normal/field-words.ts");
      const sentences = new Sentences(new FieldWords(names, escape), options.isDebug);
      return (event) => sentences.text(event);
    }
    case "interpret": {
      const { InterpretedEvents } = await import("./interpreted-event.ts");
      const events = new InterpretedEvents(names, escape);
      return (event) => events.text(event, asksForNames(select) ? nameAdditions(event) : null);
    }
  }
}
