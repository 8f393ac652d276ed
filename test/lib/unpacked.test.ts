import {
  constants,
  createGunzip,
  createZstdDecompress,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { expect, it } from "vitest";
import { unpacked } from "../../src/lib/unpacked.ts";

const text = Buffer.from(
  Array.from({ length: 40_000 }, (_, n) => `line ${n} ${(n * 7919) % 104_729}\n`).join(""),
);
const gzip = gzipSync(text);
const zstd = zstdCompressSync(text);

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

async function read(stream: Parameters<typeof unpacked>[0], bytes: Buffer) {
  const given: Buffer[] = [];
  let fault: Error | null = null;
  try {
    for await (const piece of unpacked(stream, piecesOf(bytes))) given.push(piece);
  } catch (error) {
    fault = error as Error;
  }
  return { bytes: Buffer.concat(given), fault, isDestroyed: stream.destroyed };
}

it.each([
  ["gzip", () => createGunzip(), gzip],
  ["zstd", () => createZstdDecompress(), zstd],
] as const)("gives the bytes of whole %s", async (_, open, packed) => {
  const { bytes, fault, isDestroyed } = await read(open(), packed);

  expect(fault).toBeNull();
  expect(bytes.equals(text)).toBe(true);
  expect(isDestroyed).toBe(true);
});

it("gives all of a cut gzip that can be unpacked, then the fault", async () => {
  for (const cut of [15, 9_999, 10_000, 10_001, gzip.length >> 1, gzip.length - 9, gzip.length - 1]) {
    const part = gzip.subarray(0, cut);
    const { bytes, fault } = await read(createGunzip({ chunkSize: 512 << 10 }), part);

    expect(fault, String(cut)).not.toBeNull();
    expect(bytes.equals(gunzipSync(part, { finishFlush: constants.Z_SYNC_FLUSH })), String(cut)).toBe(true);
  }
});

it("gives what came before a damaged byte, then the fault", async () => {
  const damaged = Buffer.from(zstd);
  damaged.fill(0xff, damaged.length - 9_000, damaged.length - 8_000);
  const { bytes, fault } = await read(createZstdDecompress(), damaged);

  expect(fault).not.toBeNull();
  expect(bytes.length).toBeGreaterThan(text.length / 4);
  expect(text.subarray(0, bytes.length).equals(bytes)).toBe(true);
});

it("destroys the stream when no more is wanted", async () => {
  const stream = createGunzip();
  for await (const _ of unpacked(stream, piecesOf(gzip))) break;
  expect(stream.destroyed).toBe(true);
});
