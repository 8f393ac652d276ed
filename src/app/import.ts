import { on } from "node:events";
import { Worker } from "node:worker_threads";
import { DockwardenError } from "../model/fault.ts";
import { openBulk } from "../store/sqlite/bulk.ts";
import {
  type ImportMessage,
  type ImportReply,
  type ImportTask,
  type InputFault,
  postedRows,
  rowsOf,
  transferOf,
} from "./import-messages.ts";
import { inOrder } from "./import-order.ts";

/** What an import did. */
export interface ImportSummary {
  /** Logs in the order in which they were read. */
  readonly files: readonly string[];
  /** Lines and events that were added; events that were joined by new lines do not count. */
  readonly lines: number;
  readonly events: number;
  readonly bytes: number;
  /** Bytes that the database had already. */
  readonly knownBytes: number;
  /** Lines that are no audit records: kept, and counted. */
  readonly malformed: number;
  readonly faults: readonly InputFault[];
  readonly elapsedMs: number;
}

/** How far it is. */
export interface ImportProgress {
  readonly readBytes: number;
  /** Of all files; null where there is a pipe among them. */
  readonly totalBytes: number | null;
  readonly lines: number;
  readonly elapsedMs: number;
}

/**
 * Bulk-loads audit logs into a database: one thread reads, finds out what is new and scans it, this one compresses and
 * writes; a few batches may be under way between them, so that memory does not depend on the logs' size. What is
 * stored already, by content, is left out. When the process is killed, importing again goes on.
 * @throws DockwardenError DW_IMPORT_DIRECTORY, DW_IMPORT_UNREADABLE (before anything is read), DW_IMPORT_BUSY, DW_STORE_….
 */
export async function importLogs(
  paths: readonly string[],
  database: string,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportSummary> {
  const startMs = performance.now();
  const logs = await inOrder(paths);
  const totalBytes = logs.every(({ sizeBytes }) => sizeBytes !== null)
    ? logs.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)
    : null;
  using bulk = openBulk(database);
  const task: ImportTask = {
    database,
    paths: logs.map(({ path }) => path),
    startOffset: bulk.end,
    isFresh: bulk.isFresh,
  };
  const worker = new Worker(new URL("./import-worker.ts", import.meta.url), {
    workerData: task,
    // Its objects die young: a larger nursery only makes the process larger.
    resourceLimits: { maxYoungGenerationSizeMb: 6 },
  });
  const faults: InputFault[] = [];
  let [events, lines, bytes, malformed, knownBytes] = [0, 0, 0, 0, 0];
  const reply = (answer: ImportReply): void =>
    worker.postMessage(answer, answer.kind === "written" ? transferOf(answer.rows) : []);
  const take = async (message: ImportMessage): Promise<boolean> => {
    switch (message.kind) {
      case "batch": {
        const { batch, progress } = message;
        const rows = rowsOf(batch.rows);
        events += await bulk.write({ ...batch, rows });
        lines += batch.lines;
        malformed += batch.faults;
        for (const block of batch.blocks) bytes += block.length;
        reply({ kind: "written", rows: postedRows(rows) });
        const elapsedMs = performance.now() - startMs;
        onProgress({ readBytes: progress.fileBytes, totalBytes, lines: progress.lines, elapsedMs });
        return false;
      }
      case "cut":
        reply({ kind: "cut", ...bulk.cut(message.at) });
        return false;
      case "fault":
        faults.push(message.fault);
        return false;
      case "done":
        knownBytes = message.progress.knownBytes;
        return true;
      case "broken":
        throw new DockwardenError(message.code || "DW_IMPORT_BROKEN", message.text);
      default:
        return message satisfies never;
    }
  };
  try {
    // Rejects when the worker fails to start or runs out of memory.
    for await (const [message] of on(worker, "message", { close: ["exit"] }))
      if (await take(message as ImportMessage)) break;
  } finally {
    await worker.terminate();
  }
  return {
    files: task.paths,
    lines,
    events,
    bytes,
    knownBytes,
    malformed,
    faults,
    elapsedMs: performance.now() - startMs,
  };
}
