import { ByteTexts } from "../../lib/byte-texts.ts";
import type { EventColumns } from "../../model/event.ts";
import { EMPTY_ROW } from "./columns-fields.ts";
import { EventColumnReader } from "./event-columns.ts";
import type { Group } from "./groups.ts";

/** Beyond so many the texts begin anew, so that a daemon does not keep all that it ever read. */
const MAX_TEXTS = 16_384;
const MAX_TEXT_BYTES = 2 << 20;

const EMPTY: readonly number[] = [...EMPTY_ROW];

/** The columns of events one by one, for a commit. */
export class LiveColumns {
  #numbers = new ByteTexts(MAX_TEXTS, MAX_TEXT_BYTES);
  #reader = new EventColumnReader(this.#numbers);
  /** By number, from 1. */
  #texts: string[] = [""];
  #textBytes = 0;

  of(group: Group): EventColumns {
    if (this.#texts.length > MAX_TEXTS || this.#textBytes > MAX_TEXT_BYTES) this.#begin();
    this.#reader.read(group);
    for (const text of this.#numbers.take()) {
      this.#texts.push(text);
      this.#textBytes += text.length;
    }
    const { row, paths } = this.#reader;
    // Copied by hand: Array.from takes four times as long.
    const values = [...EMPTY];
    for (let at = 0; at < values.length; at++) values[at] = row[at] as number;
    return { row: values, paths: [...paths], texts: this.#texts };
  }

  #begin(): void {
    this.#numbers = new ByteTexts(MAX_TEXTS, MAX_TEXT_BYTES);
    this.#reader = new EventColumnReader(this.#numbers);
    this.#texts = [""];
    this.#textBytes = 0;
  }
}
