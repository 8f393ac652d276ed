import { openAssembler } from "../../../events/audit/assembler.ts";
import { openDockerReader } from "../../../events/docker/index.ts";
import { openSshdReader } from "../../../events/sshd/reader.ts";
import type { Event } from "../../../model/event.ts";
import { epochMs } from "../../../model/ids.ts";
import type { LineBatch, SourceName } from "../../../model/line.ts";

/** Raw lines of each source. */
export interface RawLines {
  readonly audit: string;
  readonly sshd: string;
  readonly docker: string;
}

export interface RawEvents {
  /** In event time; within a source in the order of the lines. */
  readonly events: readonly Event[];
  /** What was not understood. */
  readonly faults: readonly string[];
}

/**
 * Reads raw lines as the daemon would. A Docker line is the source's own `{"event":…,"inspect":…}`, or the bare event as
 * `docker events --format '{{json .}}'` prints it.
 */
export function readRawLines(raw: RawLines, readMs: number): RawEvents {
  const assembler = openAssembler();
  const audit = [assembler.push(bytesOf(raw.audit), false, readMs), assembler.flush()];
  const sshd = openSshdReader().push(batchOf("sshd", bytesOf(raw.sshd), readMs));
  const docker = openDockerReader().push(batchOf("docker", bytesOf(wrapped(raw.docker)), readMs));
  const events: Event[] = [...audit.flatMap((part) => part.events), ...docker.events, ...sshd.events];
  const faults = [...audit, sshd, docker].flatMap((part) =>
    part.faults.map(({ fault, excerpt }) => `${fault.reason}: ${excerpt}`),
  );
  return { events: events.toSorted((a, b) => a.timeMs - b.timeMs), faults };
}

const bytesOf = (text: string): Buffer =>
  Buffer.from(text === "" || text.endsWith("\n") ? text : `${text}\n`, "utf8");

function wrapped(docker: string): string {
  return docker
    .split("\n")
    .map((line) =>
      line.trim() === "" || /^\s*\{\s*"event"\s*:/.test(line)
        ? line
        : `{"event":${line},"inspect":null,"inferred":false}`,
    )
    .join("\n");
}

function batchOf(source: SourceName, bytes: Buffer, readMs: number): LineBatch {
  return {
    source,
    bytes,
    position: { kind: "journal", cursor: "" },
    backfill: false,
    notices: [],
    readMs: epochMs(readMs),
  };
}
