import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { dockerLinesOf, type RecordedInspect } from "../events/docker/index.ts";
import { openSshdReader } from "../events/sshd/reader.ts";
import { DockwardenError } from "../model/fault.ts";
import { type EpochMs, epochMs } from "../model/ids.ts";
import type { LineBatch, Position, SourceName } from "../model/line.ts";
import type { Pipeline } from "./pipeline.ts";

/** One line with the time it happened, monotonic within its source so that each log keeps its own order. */
interface TimedLine {
  readonly source: SourceName;
  readonly bytes: Buffer;
  readonly timeMs: number;
  readonly end: Position;
}

/** Lines this close together go through the pipeline in one turn. */
const STEP_MS = 20;
/** What waits for time to pass is looked at this long after a step, when nothing happens in between. */
const ECHOES_MS: readonly number[] = [50, 250, 600, 1200, 2500, 5000, 30_000, 130_000];
const NEWLINE = 10;

function* linesOf(bytes: Buffer): Generator<{ line: Buffer; end: number }> {
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    yield { line: bytes.subarray(start, end), end };
    start = end;
  }
}

function auditTime(line: Buffer): number | null {
  const match = /audit\((\d+\.\d+):/.exec(line.toString("latin1", 0, 400));
  return match === null ? null : Number(match[1]) * 1000;
}

function sshdTime(line: Buffer, readMs: EpochMs): number | null {
  const reader = openSshdReader();
  const position: Position = { kind: "journal", cursor: "" };
  const { events } = reader.push({
    source: "sshd",
    bytes: line,
    position,
    backfill: false,
    notices: [],
    readMs,
  });
  return events[0]?.timeMs ?? null;
}

function dockerTime(line: Buffer): number | null {
  const { event } = JSON.parse(line.toString("utf8")) as { event: { timeNano?: number; time?: number } };
  if (event.timeNano !== undefined) return event.timeNano / 1e6;
  return event.time === undefined ? null : event.time * 1000;
}

function timed(
  source: SourceName,
  file: string,
  bytes: Buffer,
  timeOf: (line: Buffer) => number | null,
  from: Position | null,
): TimedLine[] {
  const { dev, ino } = statSync(file, { bigint: true });
  const identity = { kind: "file" as const, path: file, dev: String(dev), ino: String(ino) };
  const begin =
    from?.kind === "file" && from.dev === identity.dev && from.ino === identity.ino ? from.offset : 0;
  const lines: TimedLine[] = [];
  let last = 0;
  for (const { line, end } of linesOf(bytes)) {
    last = Math.max(last, timeOf(line) ?? last);
    const position: Position = { ...identity, offset: end, lastLine: line.subarray(-256).toString("base64") };
    if (end > begin) lines.push({ source, bytes: line, timeMs: last, end: position });
  }
  return lines;
}

/**
 * A recorded incident as lines in event time. Reads `audit.log`, `auth.log`, `docker-events.jsonl` and
 * `inspect/ID.json` below `directory`, each optional; what `positionOf` says was replayed before is left out.
 * @throws DockwardenError DW_REPLAY_EMPTY where none of the files is there.
 */
function readIncident(
  directory: string,
  positionOf: (source: SourceName) => Position | null,
): readonly TimedLine[] {
  const lines: TimedLine[] = [];
  const read = (name: string, take: (file: string, bytes: Buffer) => readonly TimedLine[]): void => {
    const file = join(directory, name);
    if (existsSync(file)) for (const line of take(file, readFileSync(file))) lines.push(line);
  };
  read("audit.log", (file, bytes) => timed("audit", file, bytes, auditTime, positionOf("audit")));
  read("auth.log", (file, bytes) => {
    const readMs = epochMs(statSync(file).mtimeMs);
    return timed("sshd", file, bytes, (line) => sshdTime(line, readMs), positionOf("sshd"));
  });
  read("docker-events.jsonl", (file, bytes) => {
    const inspect = (id: string): RecordedInspect | null => {
      const path = join(directory, "inspect", `${id}.json`);
      return /^[0-9a-f]+$/.test(id) && existsSync(path)
        ? (JSON.parse(readFileSync(path, "utf8")) as RecordedInspect)
        : null;
    };
    return timed("docker", file, dockerLinesOf(bytes, inspect), dockerTime, positionOf("docker"));
  });
  if (
    lines.length === 0 &&
    !["audit.log", "auth.log", "docker-events.jsonl"].some((name) => existsSync(join(directory, name)))
  )
    throw new DockwardenError(
      "DW_REPLAY_EMPTY",
      `${directory}: expected a recorded incident (audit.log, auth.log, docker-events.jsonl, inspect/ID.json), found none of them`,
    );
  // Stable: lines of one source keep their order.
  return lines.sort((a, b) => a.timeMs - b.timeMs);
}

function batchesOf(step: readonly TimedLine[], readMs: EpochMs): LineBatch[] {
  const sources = new Map<SourceName, TimedLine[]>();
  for (const line of step) {
    const list = sources.get(line.source) ?? [];
    list.push(line);
    sources.set(line.source, list);
  }
  return [...sources].map(([source, lines]) => ({
    source,
    bytes: Buffer.concat(lines.map(({ bytes }) => bytes)),
    position: lines.at(-1)?.end ?? { kind: "journal", cursor: "" },
    backfill: false,
    notices: [],
    readMs,
  }));
}

/**
 * Plays a recorded incident through the pipeline as if it happened now, with event time for the time of day. As fast
 * as the pipeline goes. @returns how many lines were played; 0 when all were before.
 */
export function replay(
  directory: string,
  positionOf: (source: SourceName) => Position | null,
  pipeline: Pipeline,
  onStep: (done: number, total: number) => void = () => {},
): number {
  const lines = readIncident(directory, positionOf);
  let at = 0;
  while (at < lines.length) {
    const start = lines[at]?.timeMs ?? 0;
    const first = at;
    while (at < lines.length && (lines[at]?.timeMs ?? 0) < start + STEP_MS) at++;
    const end = lines[at - 1]?.timeMs ?? start;
    pipeline.push(batchesOf(lines.slice(first, at), epochMs(end)), epochMs(end));
    const next = lines[at]?.timeMs ?? Number.POSITIVE_INFINITY;
    for (const echo of ECHOES_MS) if (end + echo < next) pipeline.tick(epochMs(end + echo));
    onStep(at, lines.length);
  }
  const last = lines.at(-1)?.timeMs;
  if (last !== undefined) pipeline.flush(epochMs(last + (ECHOES_MS.at(-1) ?? 0)));
  return lines.length;
}
