import type { DockerEvent } from "../../model/event.ts";
import type { LineFault, LineReader } from "../../ports/stages.ts";
import { parseDockerRecord } from "../../records/docker/record.ts";
import { dockerEventOf } from "./event.ts";

const EXCERPT_BYTES = 200;
const NEWLINE = 10;

/** Reads the Docker source's lines into events, one each, in their order. A line that is not understood is a fault; an empty one is nothing. */
export function openDockerReader(): LineReader<DockerEvent> {
  return {
    push({ bytes, backfill }) {
      const events: DockerEvent[] = [];
      const faults: LineFault[] = [];
      for (let at = 0; at < bytes.length; ) {
        const newline = bytes.indexOf(NEWLINE, at);
        const end = newline === -1 ? bytes.length : newline;
        if (end > at) {
          const parsed = parseDockerRecord(bytes.toString("utf8", at, end));
          if (parsed.ok) events.push(dockerEventOf(parsed.value, backfill));
          else
            faults.push({
              fault: parsed.fault,
              excerpt: bytes.toString("latin1", at, Math.min(end, at + EXCERPT_BYTES)),
            });
        }
        at = end + 1;
      }
      return { events, faults };
    },
  };
}
