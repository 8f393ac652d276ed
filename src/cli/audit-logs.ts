import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { DockwardenError } from "../model/fault.ts";
import { inputChunks } from "./input.ts";
import { type LogPlace, LogUnreadable } from "./log-place.ts";

/** A log as audit's tools open it. */
export interface AuditLog {
  /** As the tools print it. */
  readonly name: string;
  /**
   * Each is used again once the next but one is asked for. They end where compressed data are damaged.
   * @throws LogUnreadable where the tools cannot open it either.
   */
  chunks(): AsyncIterable<Buffer>;
  /** Of the chunks that were read: what kept them from reaching the log's end. */
  damage(): DockwardenError | null;
  /** No log follows: whatever is open is complete. */
  readonly isLast: boolean;
}

const AUDITD_CONF = "/etc/audit/auditd.conf";
const TIMEOUT_SEC = 2;

/** What of auditd's configuration the tools heed. */
export function auditdSettings(): { readonly logFile: string; readonly timeoutSec: number } {
  let text = "";
  try {
    text = readFileSync(AUDITD_CONF, "latin1");
  } catch {
    // None, or not for us: the defaults hold, as for the tools.
  }
  const setting = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)`, "m").exec(text)?.[1];
  return {
    logFile: setting("log_file") ?? "/var/log/audit/audit.log",
    timeoutSec: Number(setting("end_of_event_timeout") ?? TIMEOUT_SEC) || TIMEOUT_SEC,
  };
}

const isReadable = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
};

const SYSTEM_TEXTS: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  EACCES: "Permission denied",
  EISDIR: "Is a directory",
  ENOTDIR: "Not a directory",
  EROFS: "Read-only file system",
  ENOSPC: "No space left on device",
};
/** An error's code in C's words; the code where it has none. */
export const systemText = (code: string): string => SYSTEM_TEXTS[code] ?? code;

const DAMAGES: ReadonlySet<string> = new Set(["DW_INPUT_TRUNCATED", "DW_INPUT_CORRUPT"]);

function opened(name: string, path: string, isLast: boolean): AuditLog {
  let damage: DockwardenError | null = null;
  return {
    name,
    isLast,
    damage: () => damage,
    async *chunks() {
      try {
        yield* inputChunks(path, true);
      } catch (error) {
        if (error instanceof DockwardenError && DAMAGES.has(error.code)) {
          damage = error;
          return;
        }
        const cause = error instanceof DockwardenError ? error.cause : null;
        const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
        if (code !== "ENOENT" && code !== "EACCES") throw error;
        throw new LogUnreadable(`Error opening ${name} (${systemText(code)})\n`);
      }
    },
  };
}

/** The damage of the first of these logs that has any; to be told once all is said that was read before it. */
export function damageOf(logs: readonly AuditLog[]): DockwardenError | null {
  for (const log of logs) {
    const damage = log.damage();
    if (damage !== null) return damage;
  }
  return null;
}

/** `audit.log` and what was rotated from it, `audit.log.1` and so on, the oldest first. */
function rotated(logFile: string): readonly AuditLog[] {
  let count = 0;
  while (isReadable(count === 0 ? logFile : `${logFile}.${count}`)) count += 1;
  const names = [logFile];
  for (let number = 1; number < count; number += 1) names.unshift(`${logFile}.${number}`);
  return names.map((name, index) => opened(name, name, index === names.length - 1));
}

/**
 * The logs at a place, in the order in which audit's tools read them: a file (gzip and zstd too), a directory with
 * `audit.log` and its rotated ones, standard input, or the system's own.
 * @param note takes what the tools say of it on standard error.
 * @throws LogUnreadable where there is no such path.
 */
export function auditLogs(place: LogPlace, note: (text: string) => void): readonly AuditLog[] {
  if (place.kind === "stdin") return [opened("stdin", "-", true)];
  if (place.kind === "system") return rotated(auditdSettings().logFile);
  try {
    if (!statSync(place.path).isDirectory()) return [opened(place.path, place.path, true)];
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new LogUnreadable(`stat: ${systemText(code)}\n`);
  }
  const logFile = `${place.path.replace(/\/$/, "")}/audit.log`;
  note(`NOTE - using logs in ${logFile}\n`);
  return rotated(logFile);
}
