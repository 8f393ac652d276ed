import { nextControl, PAD_BYTES } from "../../lib/control-bytes.ts";
import type { GatheredBytes } from "../../lib/gathered-bytes.ts";

const NEWLINE = 10;
/** Behind it stands what auditd added. */
const ENRICHED = 0x1d;

/** Whole lines of one event, in [start, end) of these bytes. */
export interface LineSpan {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

const MAX_VIEWS = 64;
const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length);

/**
 * Prints the lines of events as audit's tools do, from bytes to bytes. Of lines that have other control characters than
 * those between lines and behind the kernel's own part it prints nothing: they are escaped, or the tools look no further.
 */
export class LineCopier {
  #bytes: Buffer = Buffer.alloc(0);
  #view = viewOf(this.#bytes);
  /** Of the bytes that were read of late: neighbours in time lie in several. */
  readonly #views = new Map<Buffer, DataView>();
  /** For lines at the end of a block and those that lack a newline. */
  #padded: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #head = "";
  #headBytes = this.#bytes;
  /** Of each line: where it begins, where its kernel's part ends, where its newline is. */
  readonly #starts: number[] = [];
  readonly #owns: number[] = [];
  readonly #newlines: number[] = [];

  /** An event as `plainEvent` prints it, none of auditd's own. @returns false where it was not printed. */
  plain(head: string, lines: LineSpan, out: GatheredBytes): boolean {
    const count = this.#read(lines, false);
    if (count <= 0) return false;
    if (head !== this.#head) {
      this.#head = head;
      this.#headBytes = Buffer.from(head, "latin1");
    }
    const bytes = this.#bytes;
    const into = out.room(head.length + this.#end - this.#start);
    let to = out.length;
    into.set(this.#headBytes, to);
    to += head.length;
    for (let at = count - 1; at >= 0; at--) {
      const start = this.#starts[at] ?? 0;
      const end = this.#owns[at] ?? 0;
      bytes.copy(into, to, start, end);
      to += end - start;
      into[to++] = NEWLINE;
    }
    out.length = to;
    return true;
  }

  /** An event as `rawEvent` prints it. @returns false where it was not printed. */
  raw(lines: LineSpan, out: GatheredBytes): boolean {
    const count = this.#read(lines, true);
    if (count <= 0) return false;
    const into = out.room(this.#end - this.#start + count);
    let enriched = 0;
    for (let at = 0; at < count; at++) if (this.#owns[at] !== this.#newlines[at]) enriched++;
    let to = out.length;
    if (enriched === 0 || enriched === count) {
      out.length = to + this.#bytes.copy(into, to, this.#start, this.#end);
      return true;
    }
    for (let at = 0; at < count; at++) {
      const start = this.#starts[at] ?? 0;
      const newline = this.#newlines[at] ?? 0;
      this.#bytes.copy(into, to, start, newline);
      to += newline - start;
      if (this.#owns[at] === newline) into[to++] = ENRICHED;
      into[to++] = NEWLINE;
    }
    out.length = to;
    return true;
  }

  /** Finds the lines. @returns how many there are; -1 where one has other control characters; what auditd added may have them, unless `isWhole`. */
  #read(lines: LineSpan, isWhole: boolean): number {
    this.#begin(lines);
    const view = this.#view;
    const end = this.#end;
    let count = 0;
    for (let p = this.#start; p < end; p++) {
      this.#starts[count] = p;
      p = nextControl(view, p);
      this.#owns[count] = p;
      if (view.getUint8(p) === ENRICHED) p = this.#newlineBehind(p, isWhole);
      if (p < 0 || view.getUint8(p) !== NEWLINE) return -1;
      this.#newlines[count++] = p;
    }
    return count;
  }

  #newlineBehind(mark: number, isWhole: boolean): number {
    for (let p = nextControl(this.#view, mark + 1); ; p = nextControl(this.#view, p + 1)) {
      const control = this.#view.getUint8(p);
      if (control === NEWLINE) return p;
      if (isWhole && control !== ENRICHED) return -1;
    }
  }

  #viewOf(bytes: Buffer): DataView {
    let view = this.#views.get(bytes);
    if (view === undefined) {
      if (this.#views.size >= MAX_VIEWS) this.#views.clear();
      view = viewOf(bytes);
      this.#views.set(bytes, view);
    }
    return view;
  }

  /** Sees to it that the last line ends in a newline, and that there is something behind it. */
  #begin({ bytes, start, end }: LineSpan): void {
    const isEnded = start === end || bytes[end - 1] === NEWLINE;
    if (end + PAD_BYTES <= bytes.length && isEnded) {
      if (bytes !== this.#bytes) {
        this.#bytes = bytes;
        this.#view = this.#viewOf(bytes);
      }
      this.#start = start;
      this.#end = end;
      return;
    }
    const size = end - start;
    if (size + 1 + PAD_BYTES > this.#padded.length) this.#padded = Buffer.alloc(size * 2 + 1 + PAD_BYTES);
    bytes.copy(this.#padded, 0, start, end);
    if (!isEnded) this.#padded[size] = NEWLINE;
    this.#bytes = this.#padded;
    this.#view = viewOf(this.#padded);
    this.#start = 0;
    this.#end = isEnded ? size : size + 1;
  }
}
