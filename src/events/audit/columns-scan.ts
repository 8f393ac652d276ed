import type { FieldMeaning } from "./columns-fields.ts";

const SPACE = 32;
const QUOTE = 34;
const APOSTROPHE = 39;
const OPEN = 40;
const CLOSE = 41;
const COMMA = 44;
const COLON = 58;
const EQUALS = 61;
const BRACE = 123;
const ENRICHED = 0x1d;
const SLOTS = 4096;
const MIN_NAME = 2;
const MSG = "msg";
const AVC = "avc:";

/** Where the value of a wanted field stands. */
export type FieldSink = (meaning: FieldMeaning, start: number, end: number, isQuoted: boolean) => boolean;

/** A field's name by a hash of its first, second and last byte and its length; made so that no two wanted names collide. */
const slotOf = (first: number, second: number, last: number, length: number): number =>
  (first * 7 + second * 61 + last * 463 + length * 1031) & (SLOTS - 1);

/**
 * Finds the wanted fields of records as the kernel and the usual programs write them, several times faster than a
 * full scan, because no other field is kept or even hashed. What is not in the usual form it leaves to the full scanner.
 */
export class QuickScan {
  readonly #slots: (FieldMeaning | undefined)[] = [];

  /** @throws RangeError where two names would share a slot: a name was added, change the hash. */
  constructor(wanted: readonly FieldMeaning[]) {
    for (let slot = 0; slot < SLOTS; slot++) this.#slots.push(undefined);
    for (const meaning of wanted) {
      const { name } = meaning;
      const slot = slotOf(
        name.charCodeAt(0),
        name.charCodeAt(1),
        name.charCodeAt(name.length - 1),
        name.length,
      );
      if (this.#slots[slot] !== undefined || name.length < MIN_NAME)
        throw new RangeError(`field name ${name} cannot be told from ${this.#slots[slot]?.name ?? "others"}`);
      this.#slots[slot] = meaning;
    }
  }

  /** The wanted field with this name. */
  find(bytes: Uint8Array, start: number, length: number): FieldMeaning | undefined {
    if (length < MIN_NAME) return undefined;
    const first = bytes[start] as number;
    const second = bytes[start + 1] as number;
    const last = bytes[start + length - 1] as number;
    const meaning = this.#slots[slotOf(first, second, last, length)];
    return meaning !== undefined && isName(bytes, start, length, meaning.name) ? meaning : undefined;
  }

  /**
   * Gives each wanted field of [start, end) to `sink` in order, until that returns false.
   * @returns false where the record is not in the usual form: what was given must be forgotten.
   */
  scan(bytes: Uint8Array, start: number, end: number, sink: FieldSink): boolean {
    let p = start;
    let stop = end;
    for (;;) {
      while (p < stop && bytes[p] === SPACE) p++;
      if (p >= stop) return true;
      const nameStart = p;
      let c = bytes[p] as number;
      if (c === ENRICHED) return true;
      if (c === OPEN) return false;
      while (c !== EQUALS && c !== SPACE && c !== ENRICHED) {
        if (++p >= stop) return true;
        c = bytes[p] as number;
      }
      const length = p - nameStart;
      if (c !== EQUALS) {
        // What follows has fields without names.
        if (length === AVC.length && isName(bytes, nameStart, length, AVC)) return false;
        continue;
      }
      p++;
      if (length === 0) continue;
      const valueStart = p;
      const first = p < stop ? (bytes[p] as number) : SPACE;
      let valueEnd = p;
      const isQuoted = first === QUOTE;
      if (isQuoted) {
        p++;
        while (p < stop && (c = bytes[p] as number) !== QUOTE && c !== ENRICHED) p++;
        valueEnd = p;
        if (p < stop && bytes[p] === QUOTE) p++;
        if (p < stop && (bytes[p] === COMMA || bytes[p] === CLOSE)) p++;
      } else if (first === APOSTROPHE) {
        // Only msg='…' that ends the record, with no other apostrophe, and not within another.
        if (stop !== end || !isName(bytes, nameStart, length, MSG)) return false;
        const close = closingApostrophe(bytes, p + 1, end);
        if (close < 0) return false;
        p++;
        stop = close;
        continue;
      } else {
        if (first === BRACE) return false;
        while (p < stop && (c = bytes[p] as number) !== SPACE && c !== ENRICHED) p++;
        valueEnd = p;
        if (valueEnd - valueStart > 1) {
          const last = bytes[valueEnd - 1];
          if (last === COLON) return false;
          if (last === COMMA) valueEnd--;
        }
      }
      const meaning = this.find(bytes, nameStart, length);
      if (meaning === undefined) continue;
      if (!sink(meaning, isQuoted ? valueStart + 1 : valueStart, valueEnd, isQuoted)) return true;
    }
  }
}

function isName(bytes: Uint8Array, start: number, length: number, name: string): boolean {
  if (length !== name.length) return false;
  for (let at = 0; at < length; at++) if (bytes[start + at] !== name.charCodeAt(at)) return false;
  return true;
}

/** Where the only apostrophe from `start` on stands, if nothing but spaces or the enriched part follows; else −1. */
function closingApostrophe(bytes: Uint8Array, start: number, end: number): number {
  let close = -1;
  for (let at = start; at < end; at++) {
    const c = bytes[at] as number;
    if (c === ENRICHED) break;
    if (close >= 0 && c !== SPACE) return -1;
    if (c === APOSTROPHE) close = at;
  }
  return close;
}
