import { accessSync, closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { unpacked } from "../lib/unpacked.ts";
import { DockwardenError } from "../model/fault.ts";
import type { SharedBuffers } from "./import-buffers.ts";

const READ_BYTES = 256 * 1024;
const PACKED_READ_BYTES = 64 * 1024;
const NEWLINE = 10;
const STDIN = 0;

/** How a log lies in its file; told by its first bytes, not by its name. */
export type Packing = "plain" | "gzip" | "zstd";

/** A log to read: where, and how it lies there. */
export interface Input extends Disposable {
  readonly name: string;
  /** Bytes of the file, compressed as it may be; null for a pipe. */
  readonly sizeBytes: number | null;
  readonly packing: Packing;
  /** Bytes of the file that were read. */
  readonly readBytes: number;
  /**
   * The log's bytes. @throws DockwardenError DW_IMPORT_TRUNCATED or DW_IMPORT_DAMAGED behind all that could be
   * unpacked; DW_IMPORT_UNREADABLE.
   */
  bytes(): AsyncGenerator<Buffer>;
  /** For plain logs: reads into `buffer` from `at` on. @returns how many bytes; 0 at the end. */
  readInto(buffer: Buffer, at: number): number;
}

async function* empty(): AsyncGenerator<Buffer> {}

function packingOf(head: Buffer): Packing {
  if (head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  return head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528 ? "zstd" : "plain";
}

/**
 * Opens a log: a plain, gzip or zstd file, a FIFO, or `-` for standard input.
 * @param options.isPeek only looks: a FIFO is not opened, because its bytes can be read but once.
 * @throws DockwardenError DW_IMPORT_DIRECTORY, DW_IMPORT_UNREADABLE.
 */
export function openInput(path: string, options: { readonly isPeek?: boolean } = {}): Input {
  const name = path === "-" ? "standard input" : path;
  let handle = STDIN;
  let sizeBytes: number | null = null;
  let readBytes = 0;
  let head: Buffer = Buffer.alloc(0);
  const unreadable = (cause: unknown): DockwardenError =>
    new DockwardenError("DW_IMPORT_UNREADABLE", `${name}: cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  try {
    if (options.isPeek === true && !statSync(path).isFile() && !statSync(path).isDirectory()) {
      accessSync(path, constants.R_OK);
      return {
        name,
        sizeBytes,
        packing: "plain",
        readBytes: 0,
        bytes: () => empty(),
        readInto: () => 0,
        [Symbol.dispose]: () => {},
      };
    }
    if (path !== "-") handle = openSync(path, "r");
    const stat = fstatSync(handle);
    if (stat.isDirectory())
      throw new DockwardenError(
        "DW_IMPORT_DIRECTORY",
        `${name}: is a directory; name the logs in it (${name}/audit.log*)`,
      );
    if (stat.isFile()) sizeBytes = stat.size;
    head = readSome(4);
  } catch (error) {
    if (handle !== STDIN) closeSync(handle);
    throw error instanceof DockwardenError ? error : unreadable(error);
  }
  const packing = packingOf(head);

  /** At least `least` bytes, unless the input ends before. */
  function readSome(least: number, most = least): Buffer {
    const bytes = Buffer.allocUnsafeSlow(most);
    let filled = 0;
    while (filled < least) {
      const read = readOnce(bytes, filled);
      if (read === 0) break;
      filled += read;
    }
    readBytes += filled;
    return bytes.subarray(0, filled);
  }
  function readInto(buffer: Buffer, at: number): number {
    const read = readOnce(buffer, at);
    readBytes += read;
    return read;
  }
  function readOnce(bytes: Buffer, at: number): number {
    for (;;) {
      try {
        return readSync(handle, bytes, at, bytes.length - at, null);
      } catch (error) {
        // Standard input may be a non-blocking terminal or pipe.
        if ((error as NodeJS.ErrnoException).code === "EAGAIN")
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        else if ((error as NodeJS.ErrnoException).code === "EOF") return 0;
        else throw unreadable(error);
      }
    }
  }
  function* plain(size: number): Generator<Buffer> {
    if (head.length > 0) yield head;
    head = Buffer.alloc(0);
    for (;;) {
      const bytes = readSome(1, size);
      if (bytes.length === 0) return;
      yield bytes;
    }
  }

  return {
    name,
    sizeBytes,
    packing,
    get readBytes() {
      return readBytes;
    },
    readInto(buffer, at) {
      if (head.length > 0) {
        head.copy(buffer, at);
        const { length } = head;
        head = Buffer.alloc(0);
        return length + readInto(buffer, at + length);
      }
      return readInto(buffer, at);
    },
    async *bytes() {
      if (packing === "plain") yield* plain(READ_BYTES);
      else
        try {
          yield* unpacked(
            packing === "gzip" ? createGunzip() : createZstdDecompress(),
            plain(PACKED_READ_BYTES),
          );
        } catch (error) {
          throw error instanceof DockwardenError ? error : packedError(name, readBytes, error as Error);
        }
    },
    [Symbol.dispose]: () => {
      if (handle !== STDIN) closeSync(handle);
    },
  };
}

/** What a fault of unpacking means. */
function packedError(name: string, readBytes: number, cause: Error): DockwardenError {
  const isCut = /unexpected end|truncated/i.test(cause.message);
  return new DockwardenError(
    isCut ? "DW_IMPORT_TRUNCATED" : "DW_IMPORT_DAMAGED",
    isCut
      ? `${name}: ends in the middle, after ${readBytes} compressed bytes; what came before was taken`
      : `${name}: cannot be unpacked from about byte ${readBytes} on (${cause.message}); what came before was taken`,
    { cause },
  );
}

/** Whole lines, and the shared buffer that holds them, if one does. */
export interface LinePiece {
  readonly bytes: Buffer;
  readonly buffer: Buffer | null;
}

/** The log in pieces of whole lines: plain files are read straight into shared buffers. */
export async function* linePieces(input: Input, buffers: SharedBuffers): AsyncGenerator<LinePiece> {
  if (input.packing !== "plain") {
    for await (const bytes of wholeLines(input.bytes())) yield { bytes, buffer: null };
    return;
  }
  let carry: Buffer = Buffer.alloc(0);
  for (;;) {
    const pooled = buffers.take();
    // A line longer than a buffer gets one of its own, twice as long as what there is of it.
    const isLong = carry.length * 2 > pooled.length;
    if (isLong) buffers.giveBack(pooled);
    const buffer = isLong ? Buffer.allocUnsafeSlow(carry.length * 2) : pooled;
    carry.copy(buffer);
    const read = input.readInto(buffer, carry.length);
    const filled = carry.length + read;
    const whole = read === 0 ? filled : buffer.lastIndexOf(NEWLINE, filled - 1) + 1;
    carry = Buffer.from(buffer.subarray(whole, filled));
    if (whole > 0) yield { bytes: buffer.subarray(0, whole), buffer: isLong ? null : buffer };
    else if (!isLong) buffers.giveBack(buffer);
    if (read === 0) return;
  }
}

/** Joins what was read into whole lines; only the last piece may lack its newline. */
export async function* wholeLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let open: Buffer[] = [];
  let openBytes = 0;
  let fault: unknown = null;
  try {
    for await (const piece of bytes) {
      const end = piece.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        open.push(piece.subarray(0, end));
        openBytes += end;
        // Small pieces (a terminal, a FIFO, gzip) are gathered.
        if (openBytes >= READ_BYTES / 2) {
          yield open.length === 1 ? (open[0] as Buffer) : Buffer.concat(open, openBytes);
          open = [];
          openBytes = 0;
        }
      }
      if (end < piece.length) {
        open.push(piece.subarray(end));
        openBytes += piece.length - end;
      }
    }
  } catch (error) {
    // What was read before it is given first.
    fault = error;
  }
  if (openBytes > 0) yield Buffer.concat(open, openBytes);
  if (fault !== null) throw fault;
}
