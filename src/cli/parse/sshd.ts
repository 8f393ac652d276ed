import { once } from "node:events";
import { LINE_MAX_BYTES } from "../../events/sshd/reader.ts";
import { readable } from "../../lib/latin1.ts";
import { type CutLines, WholeLines } from "../../lib/whole-lines.ts";
import { epochMs } from "../../model/ids.ts";
import { parseSshdLine, type SshdRecord } from "../../records/sshd/record.ts";
import type { Terminal } from "../command.ts";
import { inputChunks } from "../input.ts";
import type { FaultCount } from "./fault-count.ts";

const NEWLINE = 10;

/** The line that a record is written as: the contract of `parse --format sshd`. */
function jsonOf(record: SshdRecord): string {
  const { timeMs, host, pid, outcome, user, address, port, method, key, raw } = record;
  const text = (value: string | null) => (value === null ? null : readable(value));
  return `${JSON.stringify({
    time: new Date(timeMs).toISOString(),
    host: text(host),
    pid,
    outcome,
    user: text(user),
    address,
    port,
    method: text(method),
    key: text(key),
    raw: readable(raw),
  })}\n`;
}

/**
 * Writes each line of sshd that says something as one object; lines of other programs, and those that we draw nothing
 * from, are left out.
 * @returns how many lines were written.
 */
export async function parseSshd(path: string, faults: FaultCount, terminal: Terminal): Promise<number> {
  const lines = new WholeLines(LINE_MAX_BYTES);
  // A traditional syslog stamp has no year: it is the last one before now that has such a day.
  const readMs = epochMs(Date.now());
  let written = 0;

  const push = async ({ pieces, skipped }: CutLines): Promise<void> => {
    if (skipped !== null) faults.addLong(skipped, LINE_MAX_BYTES);
    let out = "";
    for (const { bytes, offset } of pieces)
      for (let start = 0; start < bytes.length; ) {
        const newline = bytes.indexOf(NEWLINE, start);
        const end = newline < 0 ? bytes.length : newline;
        const line = bytes.subarray(start, end);
        const record = parseSshdLine(line, { readMs });
        if (!record.ok)
          faults.add({
            fault: record.fault,
            offset: offset + start,
            excerpt: line.toString("latin1", 0, 200),
          });
        else if (record.value.outcome !== "other" && record.value.program.startsWith("sshd")) {
          out += jsonOf(record.value);
          written += 1;
        }
        start = end + 1;
      }
    if (out !== "" && !terminal.out.write(out)) await once(terminal.out, "drain");
  };

  for await (const chunk of inputChunks(path)) await push(lines.push(chunk));
  await push(lines.end());
  return written;
}
