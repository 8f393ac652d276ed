import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../errno.ts";
import { type FileFacts, factsOf } from "./log-file.ts";
import { compareRotated, type Packing, parseRotatedName, type RotatedName } from "./names.ts";

/** One file of a log as it lay in its folder at one moment. */
export interface TrailFile {
  readonly path: string;
  readonly packing: Packing;
  readonly stem: string;
  /** The log's own path, where the writer writes. */
  readonly current: boolean;
  readonly facts: FileFacts;
}

/** A log's files from the oldest to the newest; the current one, where it exists, is the last. */
export type Trail = readonly TrailFile[];

/** @returns true where the two are one file. */
export const sameFile = (
  a: { readonly dev: string; readonly ino: string },
  b: { readonly dev: string; readonly ino: string },
): boolean => a.ino === b.ino && a.dev === b.dev;

const TRIES = 5;

/**
 * Lists a log with its rotated files, also while it is being rotated. Rotation renames from the highest number down,
 * so names are looked at from the lowest up: what moves meanwhile is met again, never missed, and one file met twice
 * shows that the list must be made again.
 * @throws the system's error where the folder cannot be read; a missing folder is an empty trail.
 */
export async function listTrail(path: string): Promise<Trail> {
  for (let tries = 1; ; tries += 1) {
    const files = await listOnce(path);
    const ids = new Set(files.map((file) => `${file.facts.dev}:${file.facts.ino}`));
    if (ids.size === files.length || tries === TRIES) return distinct(files);
  }
}

async function listOnce(path: string): Promise<TrailFile[]> {
  const current = await lookAt(path, "plain", basename(path), true);
  const names: { readonly folder: string; readonly rotated: RotatedName }[] = [];
  for (const place of await places(path))
    for (const name of await namesIn(dirname(place))) {
      const rotated = parseRotatedName(name, basename(place));
      if (rotated !== null && join(dirname(place), name) !== place)
        names.push({ folder: dirname(place), rotated });
    }
  names.sort((a, b) => compareRotated(b.rotated, a.rotated));
  const newestFirst: TrailFile[] = current === null ? [] : [current];
  for (const { folder, rotated } of names) {
    const file = await lookAt(join(folder, rotated.name), rotated.packing, rotated.stem, false);
    if (file !== null) newestFirst.push(file);
  }
  return newestFirst.reverse();
}

/** The path itself and, where it is a symbolic link, what it leads to: rotation may happen at either. */
export async function places(path: string): Promise<readonly string[]> {
  try {
    const real = await realpath(path);
    return real === path || dirname(real) === dirname(path) ? [path] : [path, real];
  } catch {
    return [path];
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // A folder may be passable and not listable: the log itself can still be followed.
    if (["ENOENT", "EACCES", "ENOTDIR"].includes(errnoOf(error))) return [];
    throw error;
  }
}

async function lookAt(
  path: string,
  packing: Packing,
  stem: string,
  current: boolean,
): Promise<TrailFile | null> {
  try {
    const stats = await stat(path, { bigint: true });
    return stats.isFile() ? { path, packing, stem, current, facts: factsOf(stats) } : null;
  } catch (error) {
    if (["ENOENT", "EACCES", "ENOTDIR", "ELOOP"].includes(errnoOf(error))) return null;
    throw error;
  }
}

/** Leaves out hard links and symbolic links to a file that is there already, and a packed copy beside its original (being packed just now). */
function distinct(files: readonly TrailFile[]): Trail {
  const ids = new Set<string>();
  const plain = new Set(files.filter((file) => file.packing === "plain").map((file) => file.stem));
  const kept: TrailFile[] = [];
  for (const file of files.toReversed()) {
    const id = `${file.facts.dev}:${file.facts.ino}`;
    if (ids.has(id) || (file.packing !== "plain" && plain.has(file.stem))) continue;
    ids.add(id);
    kept.push(file);
  }
  return kept.reverse();
}

/** Names a file for as long as it exists: inodes are given again, together with a time of birth they are not. */
export const identityOf = (facts: FileFacts): string => `${facts.dev}:${facts.ino}:${facts.bornMs}`;

/**
 * The file whose lines follow those of `file`: its neighbour where it is still in the trail, else the oldest one that
 * was written to after it. Packing keeps the time of the last write, so a packed copy of `file` itself does not count.
 * Times of writing come in steps of 4 ms: among equals it is a file that was born later and was not read before.
 * @returns null where `file` is the newest.
 */
export function successorOf(trail: Trail, file: FileFacts, passed: ReadonlySet<string>): TrailFile | null {
  const at = trail.findIndex((other) => sameFile(other.facts, file));
  if (at !== -1) return trail[at + 1] ?? null;
  const follows = ({ facts, current, packing }: TrailFile): boolean => {
    if (current || facts.mtimeMs > file.mtimeMs) return true;
    const even = facts.mtimeMs === file.mtimeMs && packing === "plain";
    return even && facts.bornMs > file.bornMs && !passed.has(identityOf(facts));
  };
  return trail.find(follows) ?? null;
}
