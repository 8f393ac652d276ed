import type { LogEvent } from "../../query/log-event.ts";
import { readHeader } from "../../records/audit/header.ts";
import { JsonLines } from "../../records/audit/json.ts";

const OUT_BYTES = 16 << 10;

/**
 * Prints events as JSON Lines, each as `dockwarden parse` does: `ausearch --json`, which is ours and not the real tool's.
 * The text is UTF-8 bytes, one character each, as all output here.
 */
export class JsonEvents {
  readonly #json = new JsonLines(OUT_BYTES);
  readonly #warn: (text: string) => void;

  /** @param warn takes what is said on standard error of lines that are no records. */
  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  text({ sec, milli, serial, node, records }: LogEvent): string {
    this.#json.begin({ timeMs: sec * 1000 + milli, serial, node });
    for (const record of records) {
      const added = record.interpretation();
      const line = Buffer.from(
        added === null ? record.message() : `${record.message()}\x1d${added}`,
        "latin1",
      );
      const header = readHeader(line);
      if (header.ok) this.#json.record(line, header.value.body, line.length, header.value.type);
      else this.#warn(`event ${serial}: ${header.fault.reason} (${header.fault.code})\n`);
    }
    this.#json.end();
    return this.#json.take().toString("latin1");
  }
}
