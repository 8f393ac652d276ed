import { epochMs } from "../../model/ids.ts";
import type { LineBatch, Position, SourceNotice } from "../../model/line.ts";
import type { Clock, Source } from "../../ports/source.ts";
import { errnoOf, wordsOf } from "../errno.ts";
import { openHealth } from "../health.ts";
import { backoffMs, pause } from "../pause.ts";
import { type Cut, LINE_BYTES } from "./cutter.ts";
import { type NextFile, type Place, placeAfter, placeAfterCut, placeOf } from "./place.ts";
import type { LogReader } from "./reader.ts";
import { identityOf, places } from "./trail.ts";
import { openWake, type Wake } from "./wake.ts";
import type { FilePosition } from "./whereabouts.ts";

/** What a file source needs. */
export interface FileSourceParts {
  readonly name: "audit" | "sshd";
  readonly path: string;
  readonly clock: Clock;
  /** One command that mends an absent (`ENOENT`) or unreadable (`EACCES`, …) log; null where there is none. */
  readonly mend: (errno: string) => string | null;
}

/** After a wake-up so long is waited, so that lines written together come together. */
const LINGER_MS = 4;
/** How long to wait without being woken: for a file system without inotify, and for a watch that was lost. */
const PULSE_MS = 1000;
/** So many of the files read last are remembered. */
const PASSED_FILES = 64;

/**
 * Follows a log file for ever without losing or doubling a byte: over rotation by rename (any number of times between two
 * looks), copytruncate, replacement and restarts. What has to be given up, because it is no longer anywhere, is told in a
 * notice. A batch without bytes carries notices alone.
 */
export function openFileSource({ name, path, clock, mend }: FileSourceParts): Source {
  const health = openHealth(name, clock);

  const batchOf = (reader: LogReader, told: readonly SourceNotice[], cut: Cut | null, backfill: boolean) => {
    health.count(cut?.lines ?? 0, cut?.bytes.length ?? 0);
    const readMs = epochMs(clock.now());
    const text = `${path}: a line longer than ${LINE_BYTES} bytes is given in pieces`;
    const overlong: SourceNotice = { source: name, kind: "overlong-line", timeMs: readMs, text, count: 1 };
    return {
      source: name,
      bytes: cut?.bytes ?? Buffer.alloc(0),
      position: positionOf(path, reader),
      backfill,
      notices: cut?.overlong === true ? [...told, overlong] : told,
      readMs,
    };
  };

  /** Gives all lines from a place on, into the files that follow it; ends with `signal`, or by the system's error. */
  async function* read(first: Place, wake: Wake, signal: AbortSignal): AsyncGenerator<LineBatch> {
    let here = first;
    let ahead: NextFile | null = null;
    const passed = new Set<string>();
    let told: SourceNotice[] = [];
    try {
      for (let quiet = false; !signal.aborted; ) {
        const { reader } = here;
        const timeMs = epochMs(clock.now());
        told.push(...here.facts.splice(0).map((fact) => ({ source: name, timeMs, ...fact })));
        const step = await reader.next();
        if (step.kind === "lines") {
          here.unplaced = false;
          yield batchOf(reader, told, step.cut, step.backfill);
          told = [];
          continue;
        }
        let next: Place;
        if (step.kind === "truncated") {
          await ahead?.leave();
          next = await placeAfterCut(path, reader, step.sizeBytes);
        } else if (ahead !== null) {
          next = ahead.enter();
        } else {
          const found = await placeAfter(path, reader, passed);
          if (typeof found === "object") {
            // The file is final now; what came between the last look and the opening of the next file is read first.
            ahead = found;
            continue;
          }
          if (found === "missing" && quiet) health.down(`${path} is missing`, mend("ENOENT"));
          if (found === "current") health.up(`following ${path}`);
          else wake.watchFolders(await places(path), true);
          if (here.unplaced || told.some((notice) => notice.kind !== "rotated")) {
            here.unplaced = false;
            yield batchOf(reader, told, null, false);
            told = [];
          }
          quiet = !(await wake.wait(PULSE_MS, signal));
          if (!quiet) await pause(LINGER_MS, signal);
          continue;
        }
        here = next;
        ahead = null;
        const rest = next.continues ? null : reader.rest();
        if (rest !== null) {
          yield batchOf(reader, told, rest, false);
          told = [];
        }
        passed.add(identityOf(reader.file.opened));
        for (const oldest of passed) if (passed.size > PASSED_FILES) passed.delete(oldest);
        await reader[Symbol.asyncDispose]();
        health.up(`following ${path}`);
        await watchAt(wake, path, here.reader);
      }
    } finally {
      await ahead?.leave();
      await here.reader[Symbol.asyncDispose]();
    }
  }

  async function* follow(from: Position | null, signal: AbortSignal): AsyncGenerator<LineBatch> {
    using wake = openWake();
    let position = from?.kind === "file" ? from : null;
    let appeared = false;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        const place = await placeOf(path, position, appeared);
        await watchAt(wake, path, place.reader);
        health.up(`following ${path}`);
        for await (const batch of read(place, wake, signal)) {
          attempt = 0;
          if (batch.position.kind === "file") position = batch.position;
          yield batch;
        }
      } catch (error) {
        const errno = errnoOf(error);
        appeared ||= errno === "ENOENT";
        health.down(errno === "ENOENT" ? `${path} is missing` : wordsOf(error), mend(errno));
        wake.watchFile(null);
        wake.watchFolders(await places(path), true);
        await wake.wait(backoffMs(attempt), signal);
      }
    }
  }

  return { name, follow, health: () => health.current() };
}

async function watchAt(wake: Wake, path: string, reader: LogReader): Promise<void> {
  wake.watchFile(reader.file.packing === "plain" ? reader.file.fd : null);
  wake.watchFolders(await places(path), false);
}

function positionOf(path: string, reader: LogReader): FilePosition {
  return {
    kind: "file",
    path,
    dev: reader.file.dev,
    ino: reader.file.ino,
    offset: reader.offset,
    lastLine: reader.mark.toString("base64"),
    mtimeMs: reader.mtimeMs,
  };
}
