import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { unpacked } from "../../lib/unpacked.ts";
import { DockwardenError } from "../../model/fault.ts";
import type { Packing } from "./names.ts";

/** What tells one file from another, and how far it goes. */
export interface FileFacts {
  readonly dev: string;
  readonly ino: string;
  readonly sizeBytes: number;
  /** Milliseconds with a fraction. */
  readonly mtimeMs: number;
  readonly bornMs: number;
}

/** One opened file of a log, whatever its name is by now. A packed one reads as what it holds. */
export interface LogFile extends AsyncDisposable {
  readonly name: string;
  readonly dev: string;
  readonly ino: string;
  readonly packing: Packing;
  /** As it was when it was opened. */
  readonly opened: FileFacts;
  /** The descriptor, for a watcher. */
  readonly fd: number;
  facts(): Promise<FileFacts>;
  /** Up to `max` bytes from `offset`; empty at the end. @throws DockwardenError DW_SOURCE_PACKED when the packing is broken. */
  read(offset: number, max: number): Promise<Buffer>;
  /** Opens the same file once more, under whatever name it has by now. */
  again(): Promise<LogFile>;
}

/** @returns the facts of a stat answer. */
export function factsOf(stats: BigIntStats): FileFacts {
  return {
    dev: String(stats.dev),
    ino: String(stats.ino),
    sizeBytes: Number(stats.size),
    mtimeMs: Number(stats.mtimeNs) / 1e6,
    bornMs: Number(stats.birthtimeNs) / 1e6,
  };
}

/** Opens a regular file for reading. @throws the system's error, or DW_SOURCE_NOT_A_FILE. */
export const openLogFile = (name: string, packing: Packing): Promise<LogFile> => openAs(name, name, packing);

async function openAs(at: string, name: string, packing: Packing): Promise<LogFile> {
  // Without O_NONBLOCK the open of a FIFO would hang until somebody writes to it.
  const handle = await open(at, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile())
      throw new DockwardenError("DW_SOURCE_NOT_A_FILE", `${name}: expected a regular file`);
    const opened = factsOf(stats);
    const bytes = packing === "plain" ? plainBytes(handle) : unpackedBytes(handle, name, packing);
    return {
      name,
      dev: opened.dev,
      ino: opened.ino,
      packing,
      opened,
      fd: handle.fd,
      facts: async () => factsOf(await handle.stat({ bigint: true })),
      read: (offset, max) => bytes.read(offset, max),
      again: () => openAs(`/proc/self/fd/${handle.fd}`, name, packing),
      async [Symbol.asyncDispose]() {
        await bytes.close();
        await handle.close();
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Bytes {
  read(offset: number, max: number): Promise<Buffer>;
  close(): Promise<void>;
}

function plainBytes(handle: FileHandle): Bytes {
  return {
    async read(offset, max) {
      const buffer = Buffer.allocUnsafeSlow(max);
      const { bytesRead } = await handle.read(buffer, 0, max, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: async () => {},
  };
}

/** Unpacks forward; going back begins anew. Holds what comes of one piece. */
function unpackedBytes(handle: FileHandle, name: string, packing: Packing): Bytes {
  let chunks: AsyncGenerator<Buffer> | null = null;
  let chunk: Buffer = Buffer.alloc(0);
  let at = 0;

  async function begin(): Promise<AsyncGenerator<Buffer>> {
    await chunks?.return(null);
    chunk = Buffer.alloc(0);
    at = 0;
    return unpacked(packing === "gzip" ? createGunzip() : createZstdDecompress(), packedChunks(handle));
  }
  return {
    async read(offset, max) {
      if (packing === "foreign")
        throw new DockwardenError("DW_SOURCE_PACKED", `${name}: expected plain text, .gz or .zst`);
      if (chunks === null || offset < at) chunks = await begin();
      try {
        while (at + chunk.length <= offset) {
          at += chunk.length;
          const next = await chunks.next();
          chunk = next.done === true ? Buffer.alloc(0) : next.value;
          if (next.done === true) return chunk;
        }
      } catch (cause) {
        chunks = null;
        throw new DockwardenError("DW_SOURCE_PACKED", `${name}: broken after ${at} unpacked bytes`, {
          cause,
        });
      }
      return Buffer.from(chunk.subarray(offset - at, offset - at + max));
    },
    async close() {
      await chunks?.return(null);
    },
  };
}

async function* packedChunks(handle: FileHandle): AsyncGenerator<Buffer> {
  const size = 64 * 1024;
  for (let offset = 0; ; ) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(size), 0, size, offset);
    if (bytesRead === 0) return;
    offset += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
