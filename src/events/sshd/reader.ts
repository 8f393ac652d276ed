import { createHash } from "node:crypto";
import type { SshdEvent } from "../../model/event.ts";
import { type EventRef, type Pid, sshdRef } from "../../model/ids.ts";
import type { LineBatch } from "../../model/line.ts";
import type { LineFault, LineReader } from "../../ports/stages.ts";
import { parseSshdLine, type SshdRecord } from "../../records/sshd/record.ts";

const REMEMBERED = 4096;
const EXCERPT_CHARS = 200;

/**
 * Reads the sshd log into events, one a line; `message repeated N times` yields N. Equal lines of one second (traditional
 * stamps) get refs of their own: the hash is then taken over the line and its count.
 */
export function openSshdReader(): LineReader<SshdEvent> {
  const counts = new Map<EventRef, number>();

  /** The ref for the next occurrence of this line. Remembers the last 4096 refs, far more than one second holds. */
  function refOf(record: SshdRecord): EventRef {
    const first = sshdRef(record.timeMs, record.pid, digest(record.raw));
    const seen = counts.get(first) ?? 0;
    counts.delete(first);
    counts.set(first, seen + 1);
    if (counts.size > REMEMBERED) counts.delete(counts.keys().next().value ?? first);
    return seen === 0 ? first : sshdRef(record.timeMs, record.pid, digest(`${record.raw}\n${seen}`));
  }

  return {
    push(lines: LineBatch) {
      const events: SshdEvent[] = [];
      const faults: LineFault[] = [];
      for (const line of lines.bytes.toString("latin1").split("\n")) {
        if (line === "") continue;
        const parsed = parseSshdLine(line, { readMs: lines.readMs });
        if (!parsed.ok) {
          faults.push({ fault: parsed.fault, excerpt: line.slice(0, EXCERPT_CHARS) });
          continue;
        }
        for (let n = 0; n < parsed.value.times; n++)
          events.push(eventOf(parsed.value, refOf(parsed.value), lines.backfill));
      }
      return { events, faults };
    },
  };
}

const digest = (text: string): string =>
  createHash("sha256").update(text, "latin1").digest("hex").slice(0, 12);

function eventOf(record: SshdRecord, ref: EventRef, backfill: boolean): SshdEvent {
  const { timeMs, host, program, pid, outcome, user, address, port, method, key, childPid, message, raw } =
    record;
  return {
    source: "sshd",
    ref,
    timeMs,
    host,
    program,
    pid,
    outcome,
    user,
    address,
    port,
    method,
    key,
    childPid,
    message,
    raw,
    backfill,
  };
}

/** One understood line as `parse --format sshd` prints it. */
export interface SshdLineJson {
  readonly time: string;
  readonly host: string | null;
  readonly pid: Pid | null;
  readonly outcome: SshdEvent["outcome"];
  readonly user: string | null;
  readonly address: string | null;
  readonly port: number | null;
  readonly method: string | null;
  readonly key: string | null;
  readonly raw: string;
}

/** What `parse --format sshd` prints for a line. Text becomes what it was before latin1: UTF-8 where it is that. */
export function sshdLineJson(record: SshdEvent | SshdRecord): SshdLineJson {
  const utf8 = (text: string | null): string | null =>
    text === null ? null : Buffer.from(text, "latin1").toString("utf8");
  return {
    time: new Date(record.timeMs).toISOString(),
    host: utf8(record.host),
    pid: record.pid,
    outcome: record.outcome,
    user: utf8(record.user),
    address: record.address,
    port: record.port,
    method: record.method,
    key: record.key,
    raw: utf8(record.raw) ?? "",
  };
}
