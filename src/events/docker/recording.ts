import type { JsonObject } from "../../records/docker/record.ts";
import { objectOrNull, parseDockerRecord } from "../../records/docker/record.ts";
import { dockerEventOf } from "./event.ts";

/** What was kept of a container's inspect answers: `inspect/ID.json` of a recorded incident. */
export interface RecordedInspect {
  readonly create?: unknown;
  readonly start?: unknown;
}

/**
 * Turns a recorded `docker-events.jsonl` (the daemon's events, one a line) into the Docker source's lines, as they would have
 * been read live: inspect's answer goes with the create and the start of its container.
 * @param inspect looks a container up; null where nothing was kept.
 */
export function dockerLinesOf(
  eventsJsonl: string | Buffer,
  inspect: (containerId: string) => RecordedInspect | null,
): Buffer {
  const lines: string[] = [];
  for (const line of eventsJsonl.toString("utf8").split("\n")) {
    if (line.trim() === "") continue;
    const answer = answerFor(line, inspect);
    lines.push(lineOf(line, answer));
  }
  return Buffer.from(lines.join(""));
}

function answerFor(
  line: string,
  inspect: (containerId: string) => RecordedInspect | null,
): JsonObject | null {
  const parsed = parseDockerRecord(`{"event":${line}}`);
  if (!parsed.ok) return null;
  const { container, action, type } = dockerEventOf(parsed.value, false);
  if (container === null || type !== "container" || (action !== "create" && action !== "start")) return null;
  const kept = inspect(container);
  return objectOrNull(action === "create" ? kept?.create : kept?.start);
}

function lineOf(line: string, answer: JsonObject | null): string {
  return `{"event":${line.trim()},"inspect":${answer === null ? "null" : JSON.stringify(answer)},"inferred":false}\n`;
}
