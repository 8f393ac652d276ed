import { expect, it } from "vitest";
import { compareRotated, parseRotatedName } from "../../../src/sources/file/names.ts";

it("knows the rotated files of a log and their order", () => {
  const names = [
    "audit.log",
    "audit.log.1",
    "audit.log.10.gz",
    "audit.log.2",
    "audit.log-20261123",
    "audit.log-20261122.zst",
    "audit.log-1795511325.xz",
    "audit-20261121.log.gz",
    "audit.log.2026-11-24T10:00:00",
    "audit.log.bak",
    "audit.log.1.tmp",
    "audit.logs.1",
    "other.log.1",
    "audit.log~",
  ];

  const rotated = names.map((name) => parseRotatedName(name, "audit.log")).filter((name) => name !== null);

  expect(rotated.toSorted(compareRotated).map(({ name, packing }) => `${name} ${packing}`)).toEqual([
    "audit-20261121.log.gz gzip",
    "audit.log-1795511325.xz foreign",
    "audit.log-20261122.zst zstd",
    "audit.log-20261123 plain",
    "audit.log.2026-11-24T10:00:00 plain",
    "audit.log.10.gz gzip",
    "audit.log.2 plain",
    "audit.log.1 plain",
  ]);
});
