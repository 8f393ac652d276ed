import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { ColumnScanner, type ScannedColumns } from "../events/audit/columns.ts";
import { DockwardenError } from "../model/fault.ts";
import type { BulkBatch } from "../store/sqlite/bulk.ts";
import { openKnownAudit } from "../store/sqlite/known-audit.ts";
import { SharedBuffers } from "./import-buffers.ts";
import { linePieces, openInput } from "./import-input.ts";
import { KnownLines } from "./import-known.ts";
import {
  type ImportMessage,
  type ImportReply,
  type ImportTask,
  postedRows,
  rowsOf,
  transferOf,
} from "./import-messages.ts";

/** Batches that may be under way to the writing thread. */
const CREDIT = 2;
const BUFFER_BYTES = 256 * 1024;
const BATCH_EVENTS = 4096;
const BATCH_BYTES = 8 << 20;
/** A progress message at least so often while all that is read is known. */
const QUIET_BYTES = 16 << 20;
const NEWLINE = 10;

/** Reads logs, leaves out what is stored, and gives the rest as columns and blocks to the writing thread. */
class Reader {
  readonly #port: MessagePort;
  #scanner: ColumnScanner;
  #end: number;
  #blocks: Uint8Array[] = [];
  #blockBytes = 0;
  #segments: { at: number; firstLine: Uint8Array; name: string }[] = [];
  #batchLines = 0;
  #credit = CREDIT;
  readonly #buffers = new SharedBuffers(BUFFER_BYTES);
  /** Batches that were posted, and those of them that are written. */
  #batches = 1;
  #written = 0;
  /** Columns of batches that are written. */
  readonly #spare: ScannedColumns[] = [];
  #waiting: (() => void) | null = null;
  #taken: (ImportReply & { kind: "cut" }) | null = null;
  #fileBytes = 0;
  #filesBytesBefore = 0;
  #lines = 0;
  #knownBytes = 0;
  #quietBytes = 0;

  constructor(port: MessagePort, startOffset: number) {
    this.#port = port;
    this.#end = startOffset;
    this.#scanner = new ColumnScanner(startOffset);
    port.on("message", (reply: ImportReply) => {
      if (reply.kind === "written") {
        this.#credit++;
        this.#written++;
        this.#spare.push(rowsOf(reply.rows, true));
      } else this.#taken = reply;
      this.#waiting?.();
    });
  }

  async read(path: string, known: KnownLines | null): Promise<void> {
    await this.#settled();
    known?.begin();
    using input = openInput(path);
    let isEmpty = true;
    let isContinued = false;
    try {
      for await (const { bytes, buffer } of linePieces(input, this.#buffers)) {
        isEmpty = false;
        this.#fileBytes = input.readBytes;
        const { parts, unfinishedAt } = known?.newParts(bytes) ?? {
          parts: [0, bytes.length],
          unfinishedAt: null,
        };
        if (unfinishedAt !== null) isContinued = await this.#takeBack(unfinishedAt);
        let from = unfinishedAt === null ? 0 : (parts[0] ?? 0);
        for (let at = 0; at < parts.length; at += 2) {
          const [start, end] = [parts[at] ?? 0, parts[at + 1] ?? 0];
          if (start > from) isContinued = false;
          this.#take(bytes.subarray(start, end), isContinued ? null : input.name);
          isContinued = true;
          from = end;
        }
        if (from < bytes.length) isContinued = false;
        if (buffer !== null) {
          if (parts.length === 0) this.#buffers.giveBack(buffer);
          else this.#buffers.lend(buffer, this.#end, this.#batches);
        }
        this.#knownBytes += bytes.length - newBytes(parts);
        this.#quietBytes += bytes.length;
        if (this.#isFull() || this.#quietBytes >= QUIET_BYTES) await this.#post();
      }
    } finally {
      this.#filesBytesBefore += input.readBytes;
      this.#fileBytes = 0;
    }
    if (isEmpty)
      throw new DockwardenError("DW_IMPORT_EMPTY", `${input.name}: is empty; nothing was imported from it`);
  }

  /**
   * Takes back the stored beginning of a line, if it is the last of what imports stored.
   * @returns whether the line goes on behind the file's own lines.
   */
  async #takeBack(at: number): Promise<boolean> {
    this.#scanner.flush();
    await this.#post();
    await this.#settled();
    this.#taken = null;
    this.#say({ kind: "cut", at });
    while (this.#taken === null) await this.#acknowledged();
    const { end, bytes, isSegmentStart } = this.#taken as ImportReply & { kind: "cut" };
    if (end === this.#end) return false;
    this.#end = end;
    this.#scanner = new ColumnScanner(end);
    if (bytes.length > 0) this.#take(Buffer.from(bytes), null);
    return !isSegmentStart;
  }

  async finish(): Promise<void> {
    this.#scanner.flush();
    await this.#post();
    await this.#settled();
    this.#say({ kind: "done", progress: this.#progress() });
  }

  say(fault: DockwardenError): void {
    this.#say({ kind: "fault", fault: { code: fault.code, text: fault.message } });
  }

  #take(bytes: Buffer, newSegment: string | null): void {
    if (newSegment !== null) {
      const newline = bytes.indexOf(NEWLINE);
      // A copy: a view would carry the whole buffer to the other thread.
      const firstLine = Uint8Array.from(newline < 0 ? bytes : bytes.subarray(0, newline + 1));
      this.#segments.push({ at: this.#end, firstLine, name: newSegment });
    }
    this.#scanner.push(bytes, true);
    this.#blocks.push(bytes);
    this.#blockBytes += bytes.length;
    this.#end += bytes.length;
    const lines = countLines(bytes);
    this.#batchLines += lines;
    this.#lines += lines;
  }

  #isFull(): boolean {
    return this.#scanner.count >= BATCH_EVENTS || this.#blockBytes >= BATCH_BYTES;
  }

  async #post(): Promise<void> {
    while (this.#credit === 0) await this.#acknowledged();
    this.#credit--;
    this.#batches++;
    const scanned = this.#scanner.take(this.#spare.pop());
    const { texts, firstText, faults } = scanned;
    const batch = {
      blocks: this.#blocks,
      segments: this.#segments,
      texts,
      firstText,
      faults,
      lines: this.#batchLines,
      pendingBytes: this.#scanner.pendingBytes,
    } satisfies Omit<BulkBatch, "rows">;
    const rows = postedRows(scanned);
    this.#port.postMessage(
      { kind: "batch", batch: { ...batch, rows }, progress: this.#progress() } satisfies ImportMessage,
      transferOf(rows),
    );
    this.#blocks = [];
    this.#segments = [];
    this.#blockBytes = 0;
    this.#batchLines = 0;
    this.#quietBytes = 0;
    // The thread is single: replies are taken only while something is awaited.
    await new Promise(setImmediate);
    this.#buffers.collect(this.#written, this.#end - this.#scanner.pendingBytes);
  }

  #progress() {
    return {
      fileBytes: this.#filesBytesBefore + this.#fileBytes,
      lines: this.#lines,
      knownBytes: this.#knownBytes,
    };
  }

  /** Resolves when all that was posted is committed. */
  async #settled(): Promise<void> {
    if (this.#blocks.length > 0) await this.#post();
    while (this.#credit < CREDIT) await this.#acknowledged();
  }
  #acknowledged(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
  #say(message: ImportMessage): void {
    this.#port.postMessage(message, []);
  }
}

const newBytes = (parts: readonly number[]): number => {
  let sum = 0;
  for (let at = 0; at < parts.length; at += 2) sum += (parts[at + 1] ?? 0) - (parts[at] ?? 0);
  return sum;
};

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return bytes.at(-1) === NEWLINE ? count : count + 1;
}

async function main(port: MessagePort, task: ImportTask): Promise<void> {
  const reader = new Reader(port, task.startOffset);
  using known = openKnownAudit(task.database);
  const lines = new KnownLines(known);
  for (const [at, path] of task.paths.entries())
    try {
      await reader.read(path, task.isFresh && at === 0 ? null : lines);
    } catch (error) {
      if (!(error instanceof DockwardenError) || !error.code.startsWith("DW_IMPORT_")) throw error;
      reader.say(error);
    }
  await reader.finish();
}

if (parentPort !== null) {
  const port = parentPort;
  try {
    await main(port, workerData as ImportTask);
  } catch (error) {
    const code = error instanceof DockwardenError ? error.code : "";
    port.postMessage({ kind: "broken", code, text: (error as Error).message } satisfies ImportMessage, []);
  }
  // The port would keep the thread alive.
  port.close();
}
