import { readFileSync, statSync, writeFileSync } from "node:fs";
import {
  type Checkpoint,
  checkpointText,
  type MarkedEvent,
  readCheckpoint,
} from "../reports/ausearch/checkpoint.ts";
import { systemText } from "./audit-logs.ts";

/** As the real tool creates it: what it says of the log is the owner's and the group's alone. */
const MODE = 0o640;

/** A checkpoint that was kept, null where there is none yet, or what the tool says of a file that is none. */
export type LoadedCheckpoint =
  | { readonly ok: true; readonly checkpoint: Checkpoint | null }
  | { readonly ok: false; readonly error: string };

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);

/** @param name the path as it is said, latin1. */
export function loadCheckpoint(path: string, name: string): LoadedCheckpoint {
  let text = "";
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return { ok: true, checkpoint: null };
    // The tool opens a directory, and finds nothing in it.
    if (code !== "EISDIR")
      return { ok: false, error: `Cannot open checkpoint file - ${name}: ${systemText(code)}\n` };
  }
  return readCheckpoint(text, name);
}

/**
 * Keeps a checkpoint: the log that was read last, and the event.
 * @param name the path as it is said, latin1.
 * @returns what the tool says where it cannot, else null.
 */
export function saveCheckpoint(path: string, name: string, log: string, event: MarkedEvent): string | null {
  let found: { readonly dev: bigint; readonly ino: bigint };
  try {
    found = statSync(log, { bigint: true });
  } catch (error) {
    return `Cannot stat audit file for checkpoint details - ${log}: ${systemText(codeOf(error))}\n`;
  }
  try {
    writeFileSync(path, checkpointText({ dev: found.dev, inode: found.ino, event }), {
      encoding: "latin1",
      mode: MODE,
    });
  } catch (error) {
    return `Cannot open checkpoint file - ${name}: ${systemText(codeOf(error))}\n`;
  }
  return null;
}

/** True for the log that a checkpoint is of. */
export function isLogOf({ dev, inode }: Checkpoint, log: string): boolean {
  try {
    const found = statSync(log, { bigint: true });
    return found.dev === dev && found.ino === inode;
  } catch {
    return false;
  }
}
