import type { SourceNotice } from "../../model/line.ts";
import { type LogFile, openLogFile } from "./log-file.ts";
import { type LogReader, openReader } from "./reader.ts";
import { type FilePosition, findCopy, findPosition, lookAhead, openAfter } from "./whereabouts.ts";

/** What is to be told about how a place was reached. */
export type PlaceFact = Pick<SourceNotice, "kind" | "text" | "count">;

/** A reader at the byte where reading goes on, with what is to be told along with its next lines. */
export interface Place {
  readonly reader: LogReader;
  readonly facts: PlaceFact[];
  /** It begins with the unfinished line that the reader before it holds. */
  readonly continues: boolean;
  /** Nothing has been given of a log ever: the first position is told even where there are no lines, so that what comes later is news. */
  unplaced: boolean;
}

const NO_MARK = Buffer.alloc(0);

/**
 * Where reading begins: at a position, or for a first start at the beginning of the log as it is now.
 * @param appeared the log was missing when the first start looked for it: what it holds is news, no backfill.
 * @throws the system's error where the log cannot be opened.
 */
export async function placeOf(path: string, from: FilePosition | null, appeared: boolean): Promise<Place> {
  if (from !== null) return resumed(path, from);
  const file = await openLogFile(path, "plain");
  const backfillUntil = appeared ? 0 : file.opened.sizeBytes;
  return {
    reader: openReader(file, { offset: 0, mark: NO_MARK, backfillUntil }),
    facts: [],
    continues: false,
    unplaced: true,
  };
}

async function resumed(path: string, from: FilePosition): Promise<Place> {
  const mark = Buffer.from(from.lastLine, "base64");
  const found = await findPosition(path, from);
  if (found !== null) {
    const reader = openReader(found, { offset: from.offset, mark, backfillUntil: 0 });
    const text = `${path} was cut off while it was not followed; its copy ${found.name} holds the rest`;
    const cut = found.ino !== from.ino && (await isAt(path, from));
    return {
      reader,
      facts: cut ? [{ kind: "truncated", text, count: 0 }] : [],
      continues: false,
      unplaced: false,
    };
  }
  const next = (await openAfter(path, from)) ?? (await openLogFile(path, "plain"));
  const reader = begun(next);
  const fact: PlaceFact = (await isAt(path, from))
    ? {
        kind: "truncated",
        text: `${path} was cut off while it was not followed; lines after its offset ${from.offset} may be missing`,
        count: 1,
      }
    : {
        kind: "gap",
        text: `the file that was read last is gone; lines between its offset ${from.offset} and the start of ${next.name} may be missing`,
        count: 1,
      };
  return { reader, facts: [fact], continues: false, unplaced: false };
}

/** True where the position's own file, and not a later one that was given its inode again, stands at the path. */
async function isAt(path: string, from: FilePosition): Promise<boolean> {
  try {
    await using now = await openLogFile(path, "plain");
    const bornBefore = now.opened.bornMs <= (from.mtimeMs ?? Number.POSITIVE_INFINITY);
    return now.ino === from.ino && now.dev === from.dev && bornBefore;
  } catch {
    return false;
  }
}

/** What follows a file that has ended. */
export interface NextFile {
  /** Its beginning, to be called once the file before it has been read to its end. */
  enter(): Place;
  /** It is not needed after all. */
  leave(): Promise<void>;
}

/** What follows the end of a file; `current`, `left` and `missing` mean: wait, lines may still come to it. */
export async function placeAfter(
  path: string,
  reader: LogReader,
  passed: ReadonlySet<string>,
): Promise<NextFile | "current" | "left" | "missing"> {
  const ahead = await lookAhead(path, reader, passed);
  if (ahead.kind !== "next") return ahead.kind;
  const { file, known, copied } = ahead;
  return {
    enter() {
      const facts: PlaceFact[] = [];
      if (reader.broken !== null) facts.push({ kind: "gap", text: reader.broken, count: 1 });
      if (known) facts.push({ kind: "rotated", text: `${path} was rotated; ${file.name} follows`, count: 0 });
      else facts.push({ kind: "replaced", text: `${path} was replaced by another file`, count: 0 });
      return copied
        ? continued(reader, file, facts)
        : { reader: begun(file), facts, continues: false, unplaced: false };
    },
    leave: async () => file[Symbol.asyncDispose](),
  };
}

/** Where reading goes on after a file was cut off in place: in its rotated copy, else at its new beginning. */
export async function placeAfterCut(path: string, reader: LogReader, sizeBytes: number): Promise<Place> {
  const { offset, mark } = reader.frontier;
  const copy = await findCopy(path, { ...reader.file, offset }, mark);
  if (copy !== null) {
    const text = `${path} was cut off to ${sizeBytes} bytes; its copy ${copy.name} holds the rest`;
    return continued(reader, copy, [{ kind: "truncated", text, count: 0 }]);
  }
  const text = `${path} was cut off from ${offset} to ${sizeBytes} bytes; what was not read by then is gone`;
  return {
    reader: begun(await reader.file.again()),
    facts: [{ kind: "truncated", text, count: 1 }],
    continues: false,
    unplaced: false,
  };
}

/** From its first byte. */
const begun = (file: LogFile): LogReader => openReader(file, { offset: 0, mark: NO_MARK, backfillUntil: 0 });

/** From the first byte that was not given yet, in a file that begins with all that was read. */
const continued = (before: LogReader, file: LogFile, facts: PlaceFact[]): Place => ({
  reader: openReader(file, { offset: before.offset, mark: before.mark, backfillUntil: 0 }),
  facts,
  continues: true,
  unplaced: false,
});
