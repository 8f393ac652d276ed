import { auditRef, serial } from "../model/ids.ts";
import { HeaderReader } from "../records/audit/header.ts";
import type { KnownAudit } from "../store/sqlite/known-audit.ts";

const NEWLINE = 10;

/** Where the next line begins. */
const nextLine = (bytes: Buffer, at: number): number => {
  const newline = bytes.indexOf(NEWLINE, at);
  return newline < 0 ? bytes.length : newline + 1;
};

/** How many bytes are the same from these two places on. */
function sameBytes(a: Buffer, aFrom: number, b: Buffer, bFrom: number): number {
  const most = Math.min(a.length - aFrom, b.length - bFrom);
  if (a.compare(b, bFrom, bFrom + most, aFrom, aFrom + most) === 0) return most;
  let low = 0;
  let high = most;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (a.compare(b, bFrom + low, bFrom + middle, aFrom + low, aFrom + middle) === 0) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Tells which lines of a log are stored already, by their content: neither its name nor its compression matters, nor
 * whether an import or the daemon read it. A run of known lines begins at a file's first line or at a line whose event
 * has that very line, and goes on as long as the bytes are the same as the stored ones.
 */
export class KnownLines {
  readonly #known: KnownAudit;
  readonly #header = new HeaderReader();
  /** Offset of the stored byte that the next byte is compared with; −1: what comes is new so far. */
  #at = -1;
  #isFileStart = true;
  #unfinishedAt: number | null = null;

  constructor(known: KnownAudit) {
    this.#known = known;
  }

  /** Another file begins. */
  begin(): void {
    this.#known.refresh();
    this.#at = -1;
    this.#isFileStart = true;
  }

  /**
   * The parts of `bytes` (whole lines; the file's last may lack its newline) that are new: start, end, start, end, …
   * `unfinishedAt` is where the stored bytes end in the middle of the first new line: the log has grown since.
   */
  newParts(bytes: Buffer): { readonly parts: readonly number[]; readonly unfinishedAt: number | null } {
    const parts: number[] = [];
    this.#unfinishedAt = null;
    let mayOverlap: boolean | null = null;
    for (let p = 0; p < bytes.length; ) {
      if (this.#at < 0 && this.#isFileStart) this.#at = this.#fileAt(bytes);
      this.#isFileStart = false;
      if (this.#at >= 0) {
        p = this.#follow(bytes, p);
        if (this.#at >= 0) break;
        if (p >= bytes.length) break;
      }
      mayOverlap ??= this.#overlaps(bytes);
      if (!mayOverlap) {
        add(parts, p, bytes.length);
        break;
      }
      const end = nextLine(bytes, p);
      this.#at = this.#lineAt(bytes, p, end);
      if (this.#at >= 0) continue;
      add(parts, p, end);
      p = end;
    }
    return { parts, unfinishedAt: this.#unfinishedAt };
  }

  /** Compares from `p` with the stored bytes. @returns where they part, at the beginning of a line; `#at` is −1 then. */
  #follow(bytes: Buffer, p: number): number {
    const start = p;
    while (p < bytes.length) {
      const block = this.#known.block(this.#at);
      if (block === null) break;
      const from = this.#at - block.start;
      const same = sameBytes(bytes, p, block.bytes, from);
      p += same;
      this.#at += same;
      if (same < block.bytes.length - from && p < bytes.length) break;
    }
    if (p === bytes.length) return p;
    const stored = this.#at;
    this.#at = -1;
    if (p === start) return p;
    // A line of which only the beginning is stored is new.
    const line = Math.max(start, bytes.lastIndexOf(NEWLINE, p - 1) + 1);
    if (line < p && this.#known.block(stored) === null) this.#unfinishedAt = stored - (p - line);
    return line;
  }

  /** Where this file's beginning is stored: of several places the one that goes on longest. */
  #fileAt(bytes: Buffer): number {
    const end = nextLine(bytes, 0);
    let best = -1;
    let most = 0;
    for (const at of [...this.#known.startsWith(bytes.subarray(0, end)), this.#lineAt(bytes, 0, end)]) {
      if (at < 0) continue;
      const block = this.#known.block(at);
      const same = block === null ? 0 : sameBytes(bytes, 0, block.bytes, at - block.start);
      if (same >= end && same > most) {
        most = same;
        best = at;
      }
    }
    return best;
  }

  /** Where this line is stored as a line of its event; −1 where it is not. */
  #lineAt(bytes: Buffer, start: number, end: number): number {
    const header = this.#header;
    const stop = bytes[end - 1] === NEWLINE ? end - 1 : end;
    if (!header.read(bytes, start, stop)) return -1;
    const time = bytes.toString("latin1", header.timeStart, header.timeEnd);
    const node =
      header.nodeStart === header.nodeEnd ? null : bytes.toString("latin1", header.nodeStart, header.nodeEnd);
    const lines = this.#known.linesOf(auditRef(time, serial(header.serial), node));
    if (lines.length === 0) return -1;
    const text = bytes.toString("latin1", start, stop);
    return lines.find((line) => line.text === text && line.size === end - start)?.at ?? -1;
  }

  /** False where no stored event is of the time that these lines span. */
  #overlaps(bytes: Buffer): boolean {
    const header = this.#header;
    let low = Infinity;
    let high = -Infinity;
    for (let at = 0; at < bytes.length; ) {
      const end = nextLine(bytes, at);
      if (header.read(bytes, at, end)) {
        low = Math.min(low, header.timeMs);
        high = Math.max(high, header.timeMs);
      }
      at = end;
    }
    return low <= high && this.#known.hasEventsWithin(low, high);
  }
}

/** Adds [start, end), joined to the part before where they meet. */
function add(parts: number[], start: number, end: number): void {
  if (parts.at(-1) === start) parts[parts.length - 1] = end;
  else parts.push(start, end);
}
