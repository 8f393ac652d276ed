import { createHash } from "node:crypto";
import type { SshdEvent } from "../../model/event.ts";
import { type EventRef, sshdRef } from "../../model/ids.ts";
import type { LineBatch } from "../../model/line.ts";
import type { LineFault, LineReader } from "../../ports/stages.ts";
import { parseSshdLine, type SshdRecord } from "../../records/sshd/record.ts";

const REMEMBERED = 4096;
const EXCERPT_CHARS = 200;
/** sshd's own messages are bounded far below; anybody may write to syslog. */
export const LINE_MAX_BYTES = 1 << 20;
const TOO_LONG = {
  ok: false,
  fault: { code: "DW_LINE_LONG", reason: `a line of at most ${LINE_MAX_BYTES} bytes is read`, at: 0 },
} as const;

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
      const texts = lines.bytes.toString("latin1").split("\n");
      if (texts.at(-1) === "") texts.pop();
      for (const line of texts) {
        const parsed =
          line.length > LINE_MAX_BYTES ? TOO_LONG : parseSshdLine(line, { readMs: lines.readMs });
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
