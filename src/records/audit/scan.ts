import { ByteMap, hashOf } from "./byte-map.ts";
import { type FieldName, fieldName } from "./field-name.ts";
import type { RecordType } from "./record-type.ts";

/** How a value's bytes are read. */
export const VALUE = {
  /** As they are. */
  plain: 0,
  /** Hex digits, two for each byte. */
  hex: 1,
  /** Words between braces, joined by commas as libauparse does (`{ read write }` is `read,write`). */
  words: 2,
} as const;
export type ValueKind = (typeof VALUE)[keyof typeof VALUE];

const SPACE = 32;
const QUOTE = 34;
const APOSTROPHE = 39;
const OPEN = 40;
const CLOSE = 41;
const COMMA = 44;
const COLON = 58;
const EQUALS = 61;
const BRACE = 123;
const BRACE_END = 125;
/** What follows this byte was added by auditd (`log_format = ENRICHED`). */
const ENRICHED = 0x1d;

const LEVEL = { outer: 0, inner: 1, enriched: 2 } as const;

/**
 * Finds the fields of one record as offsets into its bytes; values become text only where somebody asks. One
 * scanner is used for many records, one after the other.
 *
 * The grammar is that of libauparse (auparse/ellist.c): words that are split by spaces, `name=value`, the value in
 * double quotes or not; other words are ignored, except the verdict and permissions of an AVC. Beyond it: values of
 * several words in `op` and `text`, AppArmor's mode behind a label, and what RHEL 4 to 6 wrote: `(name=value, …)`, `name=value:`, `old auid=… new auid=…`.
 */
export class RecordScanner {
  /** Fields [0, enrichedAt) are the record's own, [enrichedAt, count) the enriched ones. */
  count = 0;
  enrichedAt = 0;
  #names: FieldName[] = [];
  /** Start, end, kind, level of each value. */
  #spans = new Int32Array(256);
  /** Field id → 1 + index of the field in this section, valid where `#seenIn` is the section's number. */
  #seenAt = new Int32Array(64);
  #seenIn = new Int32Array(64);
  #section = 0;
  /** What was found out about the section being read, so that a line of a MiB is not searched again and again. */
  #ownEnd = -1;
  #tail = -1;
  #hasNoApostrophe = false;
  #hasNoBrace = false;
  #stop = 0;
  #type: RecordType | null = null;
  readonly #map = new ByteMap((text, id) => {
    if (id === 0) this.#forgetFollowers();
    return fieldName(text, id);
  }, 2048);
  /** Stands before the first field of a section; one for each record type. */
  #first: FieldName | null = null;
  readonly #firsts = new Map<RecordType, FieldName>();

  name(index: number): FieldName {
    return this.#names[index] as FieldName;
  }
  start(index: number): number {
    return this.#spans[index * 4] as number;
  }
  end(index: number): number {
    return this.#spans[index * 4 + 1] as number;
  }
  kind(index: number): ValueKind {
    return this.#spans[index * 4 + 2] as ValueKind;
  }

  /** Scans the body in [start, end), newline excluded. @param isOwnOnly without what auditd added. */
  scan(bytes: Buffer, start: number, end: number, type: RecordType, isOwnOnly = false): void {
    this.count = 0;
    this.#stop = end;
    this.#ownEnd = -1;
    if (type !== this.#type) {
      this.#type = type;
      this.#first = this.#firsts.get(type) ?? null;
      if (this.#first === null) {
        if (this.#firsts.size > 512) this.#firsts.clear();
        this.#first = fieldName("", -1);
        this.#firsts.set(type, this.#first);
      }
    }
    this.#newSection();
    const p = this.#fields(bytes, start, LEVEL.outer);
    this.enrichedAt = this.count;
    if (p >= end || isOwnOnly) return;
    this.#newSection();
    this.#fields(bytes, p + 1, LEVEL.enriched);
  }

  /** The map begins anew and gives ids again: names of before must not come back. */
  #forgetFollowers(): void {
    this.#firsts.clear();
    if (this.#first !== null) this.#first.follower = null;
  }

  #newSection(): void {
    this.#section = (this.#section + 1) | 0;
    this.#hasNoApostrophe = false;
    this.#hasNoBrace = false;
  }

  /** Reads fields from `from` to `#stop` or, outside of the enriched part, to the byte that begins it. @returns where it ended. */
  #fields(bytes: Buffer, from: number, level: number): number {
    const stop = this.#stop;
    const map = this.#map;
    let p = from;
    let inParens = false;
    let isOld = false;
    let before: FieldName | null = this.#first;
    for (;;) {
      let c = 0;
      while (p < stop && (c = bytes[p] as number) === SPACE) p += 1;
      if (p >= stop || c === ENRICHED) return p;
      if (c === OPEN) {
        inParens = true;
        p += 1;
      }
      const nameStart = p;
      // Most names are the ones that came here in the last such record: comparing is cheaper than looking up.
      const guess: FieldName | null = before === null ? null : before.follower;
      let name: FieldName;
      if (guess !== null && isAt(bytes, p, stop, guess.bytes)) {
        name = guess;
        p += guess.bytes.length;
      } else {
        let hash = 0;
        while (p < stop && (c = bytes[p] as number) !== EQUALS && c !== SPACE && c !== ENRICHED) {
          hash = (Math.imul(hash, 31) + c) | 0;
          p += 1;
        }
        if (p >= stop || c !== EQUALS) {
          isOld = this.#type?.isLogin === true && bytes.toString("latin1", nameStart, p) === "old";
          if (
            p - nameStart === 4 &&
            bytes[nameStart] === 97 &&
            bytes.toString("latin1", nameStart, p) === "avc:"
          )
            p = this.#avc(bytes, p, level);
          continue;
        }
        p += 1;
        if (p - 1 === nameStart) continue;
        name = map.at(bytes, nameStart, p - 1, hash);
        if (before !== null) before.follower = name;
      }
      before = name;
      // Newer kernels write `old-auid=… auid=…`, and so do we.
      if (isOld) name = this.#named(`old-${name.text}`);
      isOld = false;
      c = p < stop ? (bytes[p] as number) : SPACE;
      if (c === QUOTE) {
        const start = p + 1;
        p = start;
        while (p < stop && (c = bytes[p] as number) !== QUOTE && c !== ENRICHED) p += 1;
        this.#put(name, start, p, VALUE.plain, level);
        if (c === QUOTE && p < stop) p += 1;
        if (p < stop && (bytes[p] === COMMA || bytes[p] === CLOSE)) p += 1;
        continue;
      }
      if (c === APOSTROPHE && name.isMsg && level === LEVEL.outer) {
        p = this.#message(bytes, p + 1, name);
        continue;
      }
      if (c === APOSTROPHE && level === LEVEL.outer) {
        const close = this.#apostrophe(bytes, p + 1);
        if (close > 0) {
          this.#put(name, p + 1, close, VALUE.plain, level);
          p = close + 1;
          continue;
        }
      }
      if (c === BRACE) {
        const close = this.#brace(bytes, p, level);
        if (close > 0) {
          this.#put(name, p, close, VALUE.plain, level);
          p = close;
          continue;
        }
      }
      // Ubuntu's kernels wrote `subj==unconfined`.
      if (c === EQUALS && name.isLabel) p += 1;
      const start = p;
      while (p < stop && (c = bytes[p] as number) !== SPACE && c !== ENRICHED) p += 1;
      if (name.isWordy) p = this.#moreWords(bytes, p);
      else if (name.isLabel) p = this.#mode(bytes, p);
      this.#unquoted(bytes, name, start, p, level, inParens);
    }
  }

  #unquoted(
    bytes: Buffer,
    name: FieldName,
    start: number,
    stop: number,
    level: number,
    inParens: boolean,
  ): void {
    let end = stop;
    // Punctuation of sentences in old records; an IPv6 address may end in two colons.
    const last = bytes[end - 1];
    if (end - start > 1 && (last === COMMA || (last === COLON && bytes[end - 2] !== COLON))) end -= 1;
    if (inParens && end > start && bytes[end - 1] === CLOSE && bytes[start] !== OPEN) end -= 1;
    const isHex =
      (name.isEncoded || (name.isArgument && this.#type?.isExecve === true)) && isHexText(bytes, start, end);
    this.#put(name, start, end, isHex ? VALUE.hex : VALUE.plain, level);
  }

  /**
   * `msg='…'`: fields of its own. It ends at the last apostrophe when nothing follows that, as is usual, so that an
   * apostrophe in a name does not end it; else at the first that a space follows; else with the line.
   */
  #message(bytes: Buffer, from: number, name: FieldName): number {
    const whole = this.#stop;
    if (this.#ownEnd < 0) this.#findTail(bytes, from);
    const end = this.#ownEnd;
    const close = this.#tail >= from ? this.#tail : this.#apostrophe(bytes, from) || end;
    const before = this.count;
    this.#stop = close;
    this.#fields(bytes, from, LEVEL.inner);
    this.#stop = whole;
    this.#hasNoBrace = false;
    // Free text (`auditctl -m`) has no fields: kept whole.
    if (this.count === before) this.#put(name, from, close, VALUE.plain, LEVEL.outer);
    return close < end ? close + 1 : close;
  }

  /** Where the record's own part ends, and its last apostrophe, if only spaces follow that. */
  #findTail(bytes: Buffer, from: number): void {
    let end = from;
    while (end < this.#stop && bytes[end] !== ENRICHED) end += 1;
    this.#ownEnd = end;
    let last = end - 1;
    while (last >= from && bytes[last] === SPACE) last -= 1;
    this.#tail = last >= from && bytes[last] === APOSTROPHE ? last : -1;
  }

  /** `avc:  denied  { read write } for …`: the verdict and permissions have no names in the log; libauparse's are used. */
  #avc(bytes: Buffer, from: number, level: number): number {
    const stop = this.#stop;
    let p = from;
    while (p < stop && bytes[p] === SPACE) p += 1;
    const start = p;
    while (p < stop && (bytes[p] as number) > SPACE && bytes[p] !== EQUALS) p += 1;
    const word = bytes.toString("latin1", start, p);
    if (word !== "denied" && word !== "granted") return start;
    this.#put(this.#named("seresult"), start, p, VALUE.plain, level);
    while (p < stop && bytes[p] === SPACE) p += 1;
    if (bytes[p] !== BRACE || p >= stop) return p;
    let close = p;
    while (close < stop && bytes[close] !== BRACE_END && bytes[close] !== ENRICHED) close += 1;
    this.#put(this.#named("seperms"), p + 1, close, VALUE.words, level);
    return close < stop && bytes[close] === BRACE_END ? close + 1 : close;
  }

  #named(text: string): FieldName {
    const bytes = Buffer.from(text, "latin1");
    return this.#map.at(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length));
  }

  /** Where a value between apostrophes ends (`error_msg='success'`, device mapper): at one that a space follows; or 0. */
  #apostrophe(bytes: Buffer, from: number): number {
    if (this.#hasNoApostrophe) return 0;
    for (let p = from, c = 0; p < this.#stop && (c = bytes[p] as number) !== ENRICHED; p += 1)
      if (c === APOSTROPHE && (p + 1 >= this.#stop || bytes[p + 1] === SPACE || bytes[p + 1] === ENRICHED))
        return p;
    this.#hasNoApostrophe = true;
    return 0;
  }

  /**
   * Where a value in braces ends, or 0. In the enriched part it is the last brace of the line: a socket's path, which
   * anybody chooses, stands inside (`SADDR={ saddr_fam=local path=… }`).
   */
  #brace(bytes: Buffer, start: number, level: number): number {
    if (this.#hasNoBrace) return 0;
    let close = 0;
    for (let p = start; p < this.#stop; p += 1) {
      if (level !== LEVEL.enriched && bytes[p] === ENRICHED) break;
      if (bytes[p] !== BRACE_END) continue;
      close = p + 1;
      if (level !== LEVEL.enriched) break;
    }
    this.#hasNoBrace = close === 0;
    return close;
  }

  /** Where a value of several words ends: before the first word that has a `=`, or is a lone `:` as RHEL 5 wrote it. */
  #moreWords(bytes: Buffer, from: number): number {
    let end = from;
    for (;;) {
      let p = end;
      while (p < this.#stop && bytes[p] === SPACE) p += 1;
      if (p === end || p >= this.#stop || bytes[p] === COLON) return end;
      const start = p;
      let c = 0;
      while (p < this.#stop && (c = bytes[p] as number) !== SPACE && c !== ENRICHED) {
        if (c === EQUALS) return end;
        p += 1;
      }
      if (p === start) return end;
      end = p;
    }
  }

  /** Where a label ends: behind ` (enforce)` where that follows. */
  #mode(bytes: Buffer, from: number): number {
    if (from + 2 >= this.#stop || bytes[from] !== SPACE || bytes[from + 1] !== OPEN) return from;
    for (let p = from + 2, c = 0; p < this.#stop; p += 1) {
      c = bytes[p] as number;
      if (c === CLOSE) return p + 1;
      if (c === SPACE || c === EQUALS || c === ENRICHED) return from;
    }
    return from;
  }

  /** Keeps a value. A name that repeats keeps its first value, but an outer field goes before one inside of msg='…'. */
  #put(name: FieldName, start: number, end: number, kind: ValueKind, level: number): void {
    const { id } = name;
    if (id >= this.#seenAt.length) {
      this.#seenAt = grown(this.#seenAt, id);
      this.#seenIn = grown(this.#seenIn, id);
    }
    let index = this.count;
    if (this.#seenIn[id] === this.#section) {
      const before = (this.#seenAt[id] as number) - 1;
      // A full map starts anew and gives ids again: then the name tells.
      if (this.#names[before]?.text === name.text) {
        if ((this.#spans[before * 4 + 3] as number) <= level) return;
        index = before;
      }
    }
    const at = index * 4;
    if (at + 4 > this.#spans.length) this.#spans = grown(this.#spans, at + 4);
    const spans = this.#spans;
    spans[at] = start;
    spans[at + 1] = end;
    spans[at + 2] = kind;
    spans[at + 3] = level;
    this.#names[index] = name;
    this.#seenIn[id] = this.#section;
    this.#seenAt[id] = index + 1;
    if (index === this.count) this.count += 1;
  }
}

function isAt(bytes: Uint8Array, at: number, stop: number, word: Uint8Array): boolean {
  const { length } = word;
  if (at + length > stop) return false;
  for (let k = 0; k < length; k += 1) if (bytes[at + k] !== word[k]) return false;
  return true;
}

function grown(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(array.length * 2, index + 1));
  larger.set(array);
  return larger;
}

/** Upper-case hex digits in pairs, at least one pair. */
function isHexText(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2 || ((end - start) & 1) === 1) return false;
  for (let at = start; at < end; at += 1) {
    const c = bytes[at] as number;
    if (c < 48 || c > 70 || (c > 57 && c < 65)) return false;
  }
  return true;
}
