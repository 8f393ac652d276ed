import { LogReader } from "../query/log-reader.ts";
import { CheckpointGate } from "../reports/ausearch/checkpoint.ts";
import { LogSearch } from "../reports/ausearch/log-search.ts";
import { probeOf } from "../reports/ausearch/probe.ts";
import { Search, type SearchParts } from "../reports/ausearch/search.ts";
import type { SearchOptions } from "../reports/ausearch/selectors.ts";
import type { HostNames } from "../reports/normal/field-words.ts";
import { type AuditLog, auditdSettings, auditLogs, damageOf } from "./audit-logs.ts";
import { isLogOf, loadCheckpoint, saveCheckpoint } from "./ausearch-checkpoint.ts";
import type { Terminal } from "./command.ts";
import { type LogPlace, LogUnreadable } from "./log-place.ts";
import { Output } from "./output.ts";

/** Exit codes of the real tool: the checkpoint cannot be used, could not be written, is of another log. */
const EXIT = { done: 0, failed: 1, badCheckpoint: 10, unwritten: 11, corrupted: 12 } as const;

/** How a search of logs ended. */
export interface SearchEnd {
  /** 0 where it went well, whatever was found. */
  readonly code: number;
  readonly hasFound: boolean;
}

/**
 * Searches logs. With a checkpoint it begins behind the event that was looked at last, does not take the log's end for
 * the end of the events that are open there, and writes a new checkpoint.
 */
export async function searchLogs(
  place: LogPlace,
  options: SearchOptions,
  names: HostNames,
  terminal: Terminal,
): Promise<SearchEnd> {
  const note = (text: string) => void terminal.err.write(Buffer.from(text, "latin1"));
  const notes = { warn: note, ...(options.isDebug ? { debug: note } : {}) };
  if (options.checkpoint === null) {
    const parts: SearchParts = { options, names, notes };
    const search = await Search.open(parts);
    const { code } = await read(place, parts, search, () => true, terminal);
    return { code, hasFound: search.hasFound };
  }
  const path = Buffer.from(options.checkpoint, "latin1").toString("utf8");
  const loaded = loadCheckpoint(path, options.checkpoint);
  if (!loaded.ok) {
    note(loaded.error);
    return { code: EXIT.badCheckpoint, hasFound: false };
  }
  const { checkpoint } = loaded;
  const gate = new CheckpointGate(checkpoint?.event ?? null, options.isCheckpointTime);
  const parts: SearchParts = { options, names, notes, gate };
  const search = await Search.open(parts);
  const isOfCheckpoint = (log: AuditLog): boolean =>
    checkpoint === null || options.isCheckpointTime || isLogOf(checkpoint, log.name);
  const { code, last } = await read(place, parts, search, isOfCheckpoint, terminal, gate);
  const { hasFound } = search;
  if (place.kind === "stdin") {
    note("Warning - checkpointing stdin is not supported");
    return { code, hasFound };
  }
  if (gate.corrupted !== null) return { code: EXIT.corrupted, hasFound };
  const fault =
    code === EXIT.done && last !== null ? saveCheckpoint(path, options.checkpoint, last, gate.last) : null;
  if (fault === null) return { code, hasFound };
  note(fault);
  return { code: EXIT.unwritten, hasFound };
}

/**
 * Reads the logs up to where the search is done.
 * @returns the last log that was read.
 * @throws DockwardenError DW_INPUT_… once all is said that was read, where one of them is damaged.
 */
async function read(
  place: LogPlace,
  parts: SearchParts,
  search: Search,
  isOfCheckpoint: (log: AuditLog) => boolean,
  terminal: Terminal,
  gate: CheckpointGate | null = null,
): Promise<{ readonly code: number; readonly last: string | null }> {
  const note = (text: string) => void terminal.err.write(Buffer.from(text, "latin1"));
  const { options } = parts;
  const output = new Output(terminal);
  const judge = new LogSearch(search, parts);
  // After the first match the tool leaves the log, also where a checkpoint keeps that from being printed.
  const isDone = () => (options.isJustOne && search.hasMatched) || (gate?.corrupted ?? null) !== null;
  const reader = new LogReader({
    isChunkLent: true,
    range: { start: options.select.startSec, end: options.select.endSec },
    timeoutSec: options.timeoutSec === 0 ? auditdSettings().timeoutSec : options.timeoutSec,
    onEvent: (event) => {
      if (isDone()) return;
      if (judge.passes(event)) search.print(event, output.waiting);
      if (!isDone()) gate?.pass(event);
    },
    onBadTime: (text) => {
      // What is left of the chunk the tool does not read.
      if (!isDone()) note(`Error extracting time stamp (${text})\n`);
    },
    // A checkpoint is of the last event that was looked at, whether it matches or not.
    probe: gate === null && !options.isDebug ? probeOf(options.select) : null,
  });
  let last: string | null = null;
  try {
    const logs = since(auditLogs(place, note), place, isOfCheckpoint);
    if (logs === null) return { code: EXIT.badCheckpoint, last };
    for (const log of logs) {
      last = log.name;
      for await (const chunk of log.chunks()) {
        // The tool reads no further than to the event that ends it; it may go on with the next log from there.
        for (const piece of options.isJustOne && gate !== null ? linesOf(chunk) : [chunk]) {
          reader.push(piece);
          if (isDone()) break;
        }
        if (output.waiting.isEnough) await output.flush();
        if (isDone()) break;
      }
      if (!isDone()) reader.endFile(log.isLast && gate === null);
      if (gate !== null && gate.corrupted !== null) {
        note(gate.corrupted);
        return { code: EXIT.badCheckpoint, last };
      }
      if (options.isJustOne && search.hasFound) break;
      search.hasMatched = false;
    }
    const damage = damageOf(logs);
    if (damage !== null) throw damage;
    return { code: EXIT.done, last };
  } catch (error) {
    if (!(error instanceof LogUnreadable)) throw error;
    await output.flush();
    note(error.message);
    return { code: EXIT.failed, last };
  } finally {
    await output.flush();
  }
}

function* linesOf(chunk: Buffer): Generator<Buffer> {
  for (let start = 0; start < chunk.length; ) {
    const newline = chunk.indexOf(10, start);
    const end = newline < 0 ? chunk.length : newline + 1;
    yield chunk.subarray(start, end);
    start = end;
  }
}

/** The logs from a checkpoint's on; a log that was named alone is read whatever it is. Null where there is none. */
function since(
  logs: readonly AuditLog[],
  place: LogPlace,
  isOfCheckpoint: (log: AuditLog) => boolean,
): readonly AuditLog[] | null {
  const isAlone = place.kind === "stdin" || (place.kind === "path" && logs[0]?.name === place.path);
  if (isAlone) return logs;
  const from = logs.findLastIndex(isOfCheckpoint);
  if (from < 0) return null;
  return isOfCheckpoint(logs[0] as AuditLog) ? logs : logs.slice(from);
}
