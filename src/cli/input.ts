import { readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Readable, Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { printable } from "../lib/printable.ts";
import { unpacked } from "../lib/unpacked.ts";
import { DockwardenError } from "../model/fault.ts";

const CHUNK_BYTES = 512 << 10;
/** What fits into a core's cache is read again from there: 5 % less CPU than chunks of twice the size. */
const PLAIN_BYTES = 256 << 10;

/** The bytes of an open file that is not compressed; each chunk is used again for the next but one. */
function* plainChunks({ fd }: FileHandle): Generator<Buffer> {
  // Two, so that one can be written out while the other is read into.
  const buffers = [Buffer.allocUnsafeSlow(PLAIN_BYTES), Buffer.allocUnsafeSlow(PLAIN_BYTES)] as const;
  for (let turn = 0; ; turn ^= 1) {
    // Not through the pool of threads: that takes ten times as long as what is copied.
    const bytesRead = readSync(fd, buffers[turn as 0 | 1], 0, PLAIN_BYTES, null);
    if (bytesRead === 0) return;
    yield buffers[turn as 0 | 1].subarray(0, bytesRead);
  }
}

/** The decompressor for a file that begins like this, or null for plain text. */
function decompressorOf(head: Buffer): Transform | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return createGunzip({ chunkSize: CHUNK_BYTES });
  if (head.readUInt32LE(0) === 0xfd2fb528) return createZstdDecompress({ chunkSize: CHUNK_BYTES });
  return null;
}

/** What a failed read of `name` means, and what to do. */
function inputError(name: string, cause: unknown): DockwardenError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const [own, text] = {
    ENOENT: ["DW_INPUT_MISSING", "no such file"],
    EACCES: ["DW_INPUT_DENIED", "permission denied; run as a user who may read it"],
    EISDIR: ["DW_INPUT_DIRECTORY", "is a directory; name a file in it"],
    Z_BUF_ERROR: ["DW_INPUT_TRUNCATED", "the compressed data end too early; what came before was read"],
    Z_DATA_ERROR: ["DW_INPUT_CORRUPT", "the compressed data are damaged; what came before was read"],
  }[code] ?? [
    code.startsWith("ZSTD") ? "DW_INPUT_CORRUPT" : "DW_INPUT_READ",
    cause instanceof Error ? cause.message : String(cause),
  ];
  return new DockwardenError(own ?? "DW_INPUT_READ", `${printable(name)}: ${text}`, { cause });
}

async function isPlain(file: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
  return bytesRead < 4 || decompressorOf(buffer) === null;
}

/** One chunk from the front of a stream, put back. */
async function peeked(stream: Readable): Promise<Buffer> {
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk as Uint8Array);
    stream.unshift(bytes);
    return bytes;
  }
  return Buffer.alloc(0);
}

/**
 * The bytes of a file, of a pipe, or of standard input (`-`), in chunks of their own; what is compressed by gzip or
 * zstd, as its first bytes say, is decompressed.
 * @param isLent chunks are used again once the next but one is asked for: reads of plain files then allocate nothing.
 * @throws DockwardenError DW_INPUT_… naming the input: missing, denied, a directory, compressed data that are cut or damaged.
 */
export async function* inputChunks(path: string, isLent = false): AsyncGenerator<Buffer> {
  const name = path === "-" ? "standard input" : path;
  try {
    await using stack = new AsyncDisposableStack();
    let stream: Readable = process.stdin;
    if (path !== "-") {
      const file = await open(path, "r");
      stack.defer(() => file.close());
      const stat = await file.stat();
      if (stat.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
      if (isLent && stat.isFile() && (await isPlain(file))) {
        yield* plainChunks(file);
        return;
      }
      stream = file.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false });
    }
    const head = await peeked(stream);
    const decompressor = head.length < 4 ? null : decompressorOf(head);
    if (decompressor === null) for await (const chunk of stream) yield chunk as Buffer;
    else yield* unpacked(decompressor, stream);
  } catch (error) {
    throw error instanceof DockwardenError ? error : inputError(name, error);
  }
}
