import type { Parsed } from "../../model/fault.ts";
import { epochMs, pid } from "../../model/ids.ts";
import type { LogHead } from "./record.ts";
import { programName } from "./syslog.ts";

const SSHD_BINARY = /(^|\/)sshd(-session|-auth)?( \(deleted\))?$/;

/**
 * Reads one object of `journalctl -o json`. Fields whose name begins with `_` are journald's own word on the sender and
 * cannot be forged, so a message that calls itself sshd but comes from another program or user is not trusted.
 * journald writes a text that is not UTF-8, or has control characters, as an array of bytes.
 */
export function parseJournal(raw: string): Parsed<LogHead> {
  let entry: Map<string, unknown>;
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value !== "object" || value === null) return fault("expected a JSON object");
    entry = new Map(Object.entries(value));
  } catch {
    return fault("not JSON");
  }
  const text = (name: string): string | null => textOf(entry.get(name));
  const microseconds = Number(
    text("_SOURCE_REALTIME_TIMESTAMP") ?? text("__REALTIME_TIMESTAMP") ?? Number.NaN,
  );
  if (!Number.isFinite(microseconds)) return fault("expected __REALTIME_TIMESTAMP in microseconds");
  const message = text("MESSAGE");
  if (message === null) return fault("expected MESSAGE");
  const processId = Number(text("SYSLOG_PID") ?? text("_PID") ?? Number.NaN);
  return {
    ok: true,
    value: {
      timeMs: epochMs(microseconds / 1000),
      host: text("_HOSTNAME"),
      program: programName(text("SYSLOG_IDENTIFIER") ?? text("_COMM") ?? "unknown"),
      pid:
        Number.isInteger(processId) && processId >= 0 && processId <= 4_294_967_295 ? pid(processId) : null,
      message,
      trusted: isTrusted(text),
    },
  };
}

function isTrusted(text: (name: string) => string | null): boolean {
  const [exe, uid, claimed, real] = [text("_EXE"), text("_UID"), text("SYSLOG_PID"), text("_PID")];
  if (claimed !== null && real !== null && claimed !== real) return false;
  if (text("SYSLOG_IDENTIFIER")?.startsWith("sshd") !== true) return uid === null || uid === "0";
  // The child that serves a session runs as its user and says goodbye itself: the binary tells it from an impostor.
  return exe === null ? uid === null || uid === "0" : SSHD_BINARY.test(exe);
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256))
    return Buffer.from(value as number[]).toString("latin1");
  return Array.isArray(value) ? textOf(value[0]) : null;
}

const fault = (reason: string): Parsed<LogHead> => ({
  ok: false,
  fault: { code: "DW_SSHD_LINE", reason, at: 0 },
});
