import { isUtf8 } from "node:buffer";
import { readable } from "../../lib/latin1.ts";
import type { RecordType } from "./record-type.ts";
import { RecordScanner, VALUE } from "./scan.ts";

const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;
const COMMA = 44;
const HEX = Buffer.from("0123456789abcdef");
/** Short escapes of RFC 8259 by byte; 0 where there is none. */
const SHORT = new Uint8Array(32);
SHORT[8] = 98;
SHORT[9] = 116;
SHORT[10] = 110;
SHORT[12] = 102;
SHORT[13] = 114;
/** 1 for bytes that stand for themselves in a JSON string. */
const PLAIN = new Uint8Array(256);
for (let c = SPACE; c < 128; c += 1) PLAIN[c] = c === QUOTE || c === BACKSLASH ? 0 : 1;
const ENRICHED = Buffer.from('},"enriched":{');
const NO_NODE = 'null,"records":[';

/** What is written before an event's records. */
export interface EventHead {
  readonly timeMs: number;
  readonly serial: number;
  readonly node: string | null;
}

/**
 * Writes events as JSON Lines, straight from the log's bytes into bytes: the same fields as `parseRecord`, without
 * strings or objects. A value that is valid UTF-8 stays as it is; in any other each byte from 0x80 up is the
 * character of that number (latin1), so that no byte is lost.
 */
export class JsonLines {
  #out: Buffer;
  #at = 0;
  #records = 0;
  #scratch = Buffer.alloc(1 << 16);
  readonly #capacity: number;
  readonly #scanner = new RecordScanner();
  /** The second whose ISO text `#iso` is: neighbours in a log mostly share it. */
  #second = Number.NaN;
  #iso = "";
  #type: RecordType | null = null;
  #mark: Buffer = Buffer.alloc(0);
  readonly #marks = new Map<RecordType, Buffer>();

  /** @param capacity how many bytes a buffer that {@link take} gives out begins with. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#out = Buffer.allocUnsafeSlow(capacity);
  }

  /** Bytes written since the last {@link take}. */
  get size(): number {
    return this.#at;
  }

  /** Gives out what was written and begins a new buffer. */
  take(): Buffer {
    const taken = this.#out.subarray(0, this.#at);
    this.#out = Buffer.allocUnsafeSlow(this.#capacity);
    this.#at = 0;
    return taken;
  }

  begin({ timeMs, serial, node }: EventHead): void {
    const second = Math.floor(timeMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#iso = new Date(second * 1000).toISOString().slice(0, 20);
    }
    const millis = String(Math.floor(timeMs) - second * 1000).padStart(3, "0");
    const head = `{"time":"${this.#iso}${millis}Z","serial":${serial},"node":`;
    this.#room(head.length + 64);
    this.#at += this.#out.write(head, this.#at, "latin1");
    this.#text(node === null ? NO_NODE : `${JSON.stringify(readable(node))},"records":[`);
    this.#records = 0;
  }

  /** One record; its fields are in [body, end) of `bytes`. */
  record(bytes: Buffer, body: number, end: number, type: RecordType): void {
    const scanner = this.#scanner;
    scanner.scan(bytes, body, end, type);
    // For the type (at most 64 bytes, escaped) and the marks.
    this.#room(1024);
    if (this.#records > 0) this.#out[this.#at++] = COMMA;
    this.#records += 1;
    this.#copy(this.#markOf(type));
    this.#fields(bytes, 0, scanner.enrichedAt);
    this.#copy(ENRICHED);
    this.#fields(bytes, scanner.enrichedAt, scanner.count);
    this.#out[this.#at++] = 125;
    this.#out[this.#at++] = 125;
  }

  end(): void {
    this.#text("]}\n");
  }

  /** `{"type":"…","fields":{` of a type. */
  #markOf(type: RecordType): Buffer {
    if (type === this.#type) return this.#mark;
    this.#type = type;
    const known = this.#marks.get(type);
    if (known !== undefined) return (this.#mark = known);
    if (this.#marks.size > 512) this.#marks.clear();
    this.#mark = Buffer.from(`{"type":${JSON.stringify(readable(type.name))},"fields":{`);
    this.#marks.set(type, this.#mark);
    return this.#mark;
  }

  #fields(bytes: Buffer, from: number, to: number): void {
    const scanner = this.#scanner;
    for (let index = from; index < to; index += 1) {
      const { json } = scanner.name(index);
      // A byte takes at most six (`\u0000`); the rest is for marks, and for the record's end.
      this.#room(json.length + (scanner.end(index) - scanner.start(index)) * 6 + 64);
      if (index > from) this.#out[this.#at++] = COMMA;
      this.#copy(json);
      this.#value(bytes, index);
    }
  }

  #value(bytes: Buffer, index: number): void {
    const scanner = this.#scanner;
    const start = scanner.start(index);
    const end = scanner.end(index);
    const kind = scanner.kind(index);
    if (kind === VALUE.plain) this.#string(bytes, start, end);
    else if (kind === VALUE.hex) {
      const size = (end - start) >> 1;
      if (size > this.#scratch.length) this.#scratch = Buffer.alloc(size);
      const scratch = this.#scratch;
      for (let at = 0, p = start; at < size; at += 1, p += 2)
        scratch[at] = (digit(bytes[p] as number) << 4) | digit(bytes[p + 1] as number);
      this.#string(scratch, 0, size);
    } else {
      const words = Buffer.from(bytes.toString("latin1", start, end).trim().split(/ +/).join(","), "latin1");
      this.#string(words, 0, words.length);
    }
  }

  /** A JSON string. There is room for it: see `#fields`. */
  #string(bytes: Buffer, start: number, end: number): void {
    const out = this.#out;
    let at = this.#at;
    out[at++] = QUOTE;
    let isAscii = true;
    for (let p = start; p < end; p += 1) {
      const c = bytes[p] as number;
      if (PLAIN[c] === 1) {
        out[at++] = c;
        continue;
      }
      if (c >= 128) {
        if (isAscii && !isUtf8(bytes.subarray(start, end))) {
          this.#at = at;
          this.#latin1(bytes, p, end);
          return;
        }
        isAscii = false;
        out[at++] = c;
        continue;
      }
      at = escaped(out, at, c);
    }
    out[at++] = QUOTE;
    this.#at = at;
  }

  /** The rest of a string that is not UTF-8: what stands before `start` is ASCII. */
  #latin1(bytes: Buffer, start: number, end: number): void {
    const out = this.#out;
    let at = this.#at;
    for (let p = start; p < end; p += 1) {
      const c = bytes[p] as number;
      if (c >= 128) {
        out[at++] = 0xc0 | (c >> 6);
        out[at++] = 0x80 | (c & 63);
      } else if (c >= SPACE && c !== QUOTE && c !== BACKSLASH) out[at++] = c;
      else at = escaped(out, at, c);
    }
    out[at++] = QUOTE;
    this.#at = at;
  }

  #copy(piece: Buffer): void {
    const out = this.#out;
    let at = this.#at;
    for (let k = 0; k < piece.length; k += 1) out[at++] = piece[k] as number;
    this.#at = at;
  }

  #text(text: string): void {
    this.#room(text.length * 3);
    this.#at += this.#out.write(text, this.#at);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#out.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#out.length * 2, this.#at + bytes));
    this.#out.copy(larger, 0, 0, this.#at);
    this.#out = larger;
  }
}

function escaped(out: Buffer, from: number, c: number): number {
  let at = from;
  out[at++] = BACKSLASH;
  if (c === QUOTE || c === BACKSLASH) out[at++] = c;
  else if (SHORT[c] !== 0) out[at++] = SHORT[c] as number;
  else {
    out[at++] = 117;
    out[at++] = 48;
    out[at++] = 48;
    out[at++] = HEX[c >> 4] as number;
    out[at++] = HEX[c & 15] as number;
  }
  return at;
}

/** The value of an upper-case hex digit. */
const digit = (c: number): number => (c < 58 ? c - 48 : c - 55);
