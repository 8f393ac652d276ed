import { framesOf, type PackedStretch, type Stretch } from "./raw-stretch.ts";

/** Loaded when something is packed or unpacked: a report of columns alone starts 2 ms earlier without it. */
const zlib = () => process.getBuiltinModule("node:zlib");
/** On audit logs level 2 gives as few bytes as 3 in half the time. */
const params = () => ({ [zlib().constants.ZSTD_c_compressionLevel]: 2 });

/** Bytes of log as a zstd frame. */
export function packBytes(bytes: Uint8Array): Buffer {
  // Fits what an audit log comes down to; the output is held in pieces of this size.
  return zlib().zstdCompressSync(bytes, { chunkSize: Math.max(1024, bytes.length >> 3), params: params() });
}

/** Bytes of room behind those that are unpacked. */
const SPARE = 64;

/** The bytes of a zstd frame. @param size of the bytes. @throws RangeError and zlib's errors where it is damaged. */
export function unpackBytes(frame: Uint8Array, size: number): Buffer {
  const bytes = zlib().zstdDecompressSync(frame, { chunkSize: size + SPARE, maxOutputLength: size + SPARE });
  if (bytes.length !== size) throw new RangeError(`${bytes.length} bytes instead of ${size}`);
  return bytes;
}

/**
 * Gives the memory of unpacked bytes back, so that the next ones are unpacked into it: they are gone then. Where garbage
 * collection is left to do that each frame gets new memory, and a third of the time goes to the kernel, which clears it.
 */
export function release({ buffer, length }: Buffer): void {
  // Of small ones several may have one buffer.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length + SPARE) buffer.transfer(0);
}

/** When the first buffer is given back V8 compiles anew all that reads arrays, 10 ms in a search: best before there is much. */
export const expectReleases = (): void => void new ArrayBuffer(SPARE).transfer(0);

/** Packs all frames. */
export const packStretch = (stretch: Stretch): PackedStretch => ({
  start: stretch.start,
  ends: stretch.ends,
  order: stretch.order,
  frames: Array.from(framesOf(stretch), packBytes),
});

/** Packs one frame after the other on zlib's threads. */
export interface Packer extends Disposable {
  pack(stretch: Stretch): Promise<PackedStretch>;
}

/**
 * Opens a packer, for an import: of the output buffers that {@link packStretch} leaves behind, 32 MB gather before V8
 * collects them.
 */
export function openPacker(): Packer {
  const { constants, createZstdCompress } = zlib();
  const stream = createZstdCompress({ chunkSize: 32 * 1024, params: params() });
  let out: Buffer[] = [];
  stream.on("data", (bytes: Buffer) => out.push(bytes));
  // Each frame has a listener of its own; between two there is none to tell.
  stream.on("error", () => {});
  const packed = (bytes: Uint8Array): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      stream.once("error", reject);
      stream.write(bytes);
      // Ends the frame: what is written next begins another.
      stream.flush(constants.ZSTD_e_end, () => {
        stream.removeListener("error", reject);
        const frame = Buffer.concat(out);
        out = [];
        resolve(frame);
      });
    });
  return {
    async pack(stretch) {
      const frames: Buffer[] = [];
      for (const frame of framesOf(stretch)) frames.push(await packed(frame));
      return { start: stretch.start, ends: stretch.ends, order: stretch.order, frames };
    },
    [Symbol.dispose]: () => void stream.destroy(),
  };
}
