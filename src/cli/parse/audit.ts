import { once } from "node:events";
import { EventGroups, type Group } from "../../events/audit/groups.ts";
import { type CutLines, WholeLines } from "../../lib/whole-lines.ts";
import { JsonLines } from "../../records/audit/json.ts";
import type { Terminal } from "../command.ts";
import { inputChunks } from "../input.ts";
import type { FaultCount } from "./fault-count.ts";

/** Longest line that is read; the kernel's are below 9 KiB, but programs and attackers write longer ones. */
const LINE_MAX_BYTES = 16 << 20;
const OUT_BYTES = 256 << 10;

/** Writes, and waits while the reader of our output is slower than we are. */
async function write(bytes: Buffer, { out }: Terminal): Promise<void> {
  if (bytes.length > 0 && !out.write(bytes)) await once(out, "drain");
}

/** Writes each event of an audit log as one object. @returns how many were written. */
export async function parseAudit(path: string, faults: FaultCount, terminal: Terminal): Promise<number> {
  const lines = new WholeLines(LINE_MAX_BYTES);
  const groups = new EventGroups();
  const json = new JsonLines(OUT_BYTES);
  let events = 0;

  const render = ({ timeMs, serial, node, lines: records }: Group): void => {
    json.begin({ timeMs, serial, node });
    for (const { bytes, body, end, type } of records) json.record(bytes, body, end, type);
    json.end();
    events += 1;
  };
  const drain = async (): Promise<void> => {
    const { groups: complete, faults: found } = groups.drainInOrder();
    for (const fault of found) faults.add(fault);
    for (const group of complete) {
      render(group);
      if (json.size >= OUT_BYTES - 4096) await write(json.take(), terminal);
    }
  };
  const push = async ({ pieces, skipped }: CutLines): Promise<void> => {
    if (skipped !== null) faults.addLong(skipped, LINE_MAX_BYTES);
    for (const { bytes, offset } of pieces) {
      groups.end = offset;
      groups.push(bytes, false, 0);
    }
    await drain();
  };

  try {
    for await (const chunk of inputChunks(path)) await push(lines.push(chunk));
    await push(lines.end());
  } finally {
    groups.flush();
    await drain();
    await write(json.take(), terminal);
  }
  return events;
}
