import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, it } from "vitest";
import { openLogFile } from "../../../src/sources/file/log-file.ts";
import { openFolder } from "../follow.ts";

const text = Buffer.from("type=EOE msg=audit(1795511326.138:10127): \n");

// A fault of the unpacker in closing is thrown outside every promise, where it would end the daemon: only this listener sees it.
it.each([
  ["gzip", gzipSync(text)],
  ["zstd", zstdCompressSync(text)],
] as const)("can close a %s file wherever its reading stands", async (packing, packed) => {
  using folder = openFolder();
  const path = join(folder.path, "audit.log.1");
  writeFileSync(path, packed);
  const faults: unknown[] = [];
  const catchFault = (fault: unknown): void => void faults.push(fault);
  process.on("uncaughtException", catchFault);

  for (let turn = 0; turn < 1000; turn += 1) {
    const file = await openLogFile(path, packing);
    if (turn % 2 === 0) expect(await file.read(text.length, 64)).toHaveLength(0);
    if (turn % 3 === 0) expect(await file.read(0, 8)).toEqual(text.subarray(0, 8));
    await file[Symbol.asyncDispose]();
  }
  await new Promise((resolve) => setImmediate(resolve));
  process.off("uncaughtException", catchFault);

  expect(faults).toEqual([]);
});
