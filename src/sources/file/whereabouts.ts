import { stat } from "node:fs/promises";
import type { Position } from "../../model/line.ts";
import { factsOf, type LogFile, openLogFile } from "./log-file.ts";
import type { LogReader } from "./reader.ts";
import { listTrail, sameFile, successorOf, type Trail, type TrailFile } from "./trail.ts";

/** So often is looked again where rotation went on between two looks. */
const TRIES = 50;

export type FilePosition = Extract<Position, { kind: "file" }>;

/** Opens the trail's file and makes sure that the name still led to it. @returns null where it had moved on. */
async function openIn(entry: TrailFile): Promise<LogFile | null> {
  try {
    const file = await openLogFile(entry.path, entry.packing);
    if (sameFile(file, entry.facts)) return file;
    await file[Symbol.asyncDispose]();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return null;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** @returns true where the bytes before `offset` are `mark`. */
export async function holds(file: LogFile, offset: number, mark: Buffer): Promise<boolean> {
  try {
    let at = offset - mark.length;
    for (let seen = 0; seen < mark.length; ) {
      const bytes = await file.read(at, mark.length - seen);
      if (bytes.length === 0 || !bytes.equals(mark.subarray(seen, seen + bytes.length))) return false;
      seen += bytes.length;
      at += bytes.length;
    }
    return true;
  } catch {
    return false;
  }
}

/**
 * Finds the file that a position speaks of, wherever rotation has taken it: by inode and the bytes before the offset; else, where
 * the inode is another one by now (packed, copied, restored to another disk), by those bytes alone. @returns null where it is gone.
 */
export async function findPosition(path: string, from: FilePosition): Promise<LogFile | null> {
  const mark = Buffer.from(from.lastLine, "base64");
  for (let tries = 0; tries < TRIES; tries += 1) {
    const trail = await listTrail(path);
    let moved = false;
    for (const entry of byLikelihood(trail, from, mark.length > 0, from.mtimeMs)) {
      const file = await openIn(entry);
      moved ||= file === null;
      if (file === null) continue;
      if (await holds(file, from.offset, mark)) return file;
      await file[Symbol.asyncDispose]();
    }
    if (!moved) return null;
  }
  return null;
}

/**
 * The file of that inode first; the same inode on another disk next; then all others, newest first. Where there are no bytes to know it
 * by, only the first will do, and only if it was there when the position was taken: inodes are given again.
 */
function byLikelihood(
  trail: Trail,
  from: { readonly dev: string; readonly ino: string; readonly offset: number },
  marked: boolean,
  mtimeMs = Number.POSITIVE_INFINITY,
): readonly TrailFile[] {
  const rank = (entry: TrailFile): number => {
    if (sameFile(entry.facts, from)) return 0;
    return entry.facts.ino === from.ino ? 1 : 2;
  };
  return trail
    .toReversed()
    .filter((entry) => marked || (rank(entry) === 0 && entry.facts.bornMs <= mtimeMs))
    .filter((entry) => entry.packing !== "plain" || entry.facts.sizeBytes >= from.offset)
    .sort((a, b) => rank(a) - rank(b));
}

/** Finds a rotated copy of a file that was cut off in place (copytruncate): another file with the same bytes before `offset`. */
export async function findCopy(
  path: string,
  of: { readonly dev: string; readonly ino: string; readonly offset: number },
  mark: Buffer,
): Promise<LogFile | null> {
  if (mark.length === 0) return null;
  const trail = (await listTrail(path)).filter((entry) => !entry.current && !sameFile(entry.facts, of));
  for (const entry of byLikelihood(trail, { ...of, dev: "", ino: "" }, true)) {
    const file = await openIn(entry);
    if (file === null) continue;
    if (await holds(file, of.offset, mark)) return file;
    await file[Symbol.asyncDispose]();
  }
  return null;
}

/** What stands at the log's path, seen from the file that is being read. */
export type Whereabouts =
  /** The path still leads to it. */
  | { readonly kind: "current" }
  /** It has left the path; what follows it is empty, or missing, yet: the writer may still be writing to it. */
  | { readonly kind: "left" }
  | { readonly kind: "missing" }
  /**
   * It is final: nobody writes to it any more. `known` is false where it is no longer in the folder; `copied` is true where
   * the next file begins with all that was read from it.
   */
  | { readonly kind: "next"; readonly file: LogFile; readonly known: boolean; readonly copied: boolean };

/**
 * Looks for the file that follows the one being read, opens it, and looks again that it still is the one.
 * @param passed identities of files that were read before.
 */
export async function lookAhead(
  path: string,
  reader: LogReader,
  passed: ReadonlySet<string>,
): Promise<Whereabouts> {
  const { file, frontier } = reader;
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (await leadsTo(path, file)) return { kind: "current" };
    const trail = await listTrail(path);
    const facts = await file.facts();
    const entry = successorOf(trail, facts, passed);
    if (entry === null) return { kind: trail.at(-1)?.current === true ? "current" : "missing" };
    if (entry.current && entry.facts.sizeBytes === 0) return { kind: "left" };
    const next = await openIn(entry);
    if (next === null) continue;
    const again = await listTrail(path);
    const confirmed = successorOf(again, facts, passed);
    if (confirmed !== null && sameFile(confirmed.facts, next)) {
      const known = again.some((other) => sameFile(other.facts, file));
      const copied = !known && frontier.offset > 0 && (await holds(next, frontier.offset, frontier.mark));
      return { kind: "next", file: next, known, copied };
    }
    await next[Symbol.asyncDispose]();
  }
  return { kind: "left" };
}

async function leadsTo(path: string, file: LogFile): Promise<boolean> {
  try {
    return sameFile(factsOf(await stat(path, { bigint: true })), file);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

const GONE = { dev: "", ino: "", sizeBytes: 0, bornMs: Number.POSITIVE_INFINITY } as const;

/** The first file written after a position whose own file is gone; null where the log is not there. */
export async function openAfter(path: string, from: FilePosition): Promise<LogFile | null> {
  const mtimeMs = from.mtimeMs ?? Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const entry = successorOf(await listTrail(path), { ...GONE, mtimeMs }, new Set());
    if (entry === null) return null;
    const file = await openIn(entry);
    if (file !== null) return file;
  }
  return null;
}
