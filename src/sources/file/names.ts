/** How a rotated file is packed; `foreign` is one that cannot be read here. */
export type Packing = "plain" | "gzip" | "zstd" | "foreign";

/** A file of one log as its name tells. */
export interface RotatedName {
  readonly name: string;
  /** The name without its packing: two files with one stem hold the same lines. */
  readonly stem: string;
  readonly packing: Packing;
  /** `audit.log.3` is 3; null for a dated name. */
  readonly generation: number | null;
}

const PACKINGS: readonly (readonly [suffix: string, packing: Packing])[] = [
  [".gz", "gzip"],
  [".zst", "zstd"],
  [".xz", "foreign"],
  [".bz2", "foreign"],
  [".lz4", "foreign"],
];

/**
 * Reads a name as one of a log's rotated files: `BASE.N`, `BASE-20261124`, `BASE.2026-11-24`, `BASE-1795511325`,
 * `STEM-20261124.EXT` (logrotate's `extension`), each also packed. @returns null for any other name, the log's own included.
 */
export function parseRotatedName(name: string, base: string): RotatedName | null {
  const packed = PACKINGS.find(([suffix]) => name.endsWith(suffix));
  const stem = packed === undefined ? name : name.slice(0, -packed[0].length);
  const packing = packed === undefined ? "plain" : packed[1];
  const dot = base.lastIndexOf(".");
  const extension = dot > 0 ? base.slice(dot) : "";
  let mark: string;
  if (stem.startsWith(base)) mark = stem.slice(base.length);
  else if (dot > 0 && stem.startsWith(base.slice(0, dot)) && stem.endsWith(extension))
    mark = stem.slice(dot, -extension.length);
  else return null;
  const numbered = /^[.-](\d{1,5})$/.exec(mark);
  if (numbered !== null) return { name, stem, packing, generation: Number(numbered[1]) };
  if (!/^[.\-_]\d[\dTZ:_.-]{5,}$/.test(mark)) return null;
  return { name, stem, packing, generation: null };
}

/** Orders rotated files from the oldest to the newest: dated names by date, then numbered ones from the highest. */
export function compareRotated(a: RotatedName, b: RotatedName): number {
  if (a.generation !== null && b.generation !== null) return b.generation - a.generation;
  if (a.generation === null && b.generation === null) return a.stem < b.stem ? -1 : Number(a.stem > b.stem);
  return a.generation === null ? -1 : 1;
}
