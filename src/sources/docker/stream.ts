import type { Readable } from "node:stream";
import { openLineCutter } from "../file/cutter.ts";
import type { Cursor } from "./cursor.ts";
import { keyOf } from "./event-key.ts";
import type { Inspection, Inspector } from "./inspection.ts";
import type { Pending, PendingQueue } from "./queue.ts";
import type { Census } from "./reconcile.ts";

/** The lines of an event stream; a last one without its newline was cut off by the end of the connection and is left out. */
export async function* eventLines(stream: Readable): AsyncGenerator<string> {
  const cutter = openLineCutter();
  for await (const chunk of stream) {
    cutter.add(chunk as Buffer);
    for (let cut = cutter.take(); cut !== null; cut = cutter.take())
      for (const line of cut.bytes.toString("utf8").split("\n")) if (line.trim() !== "") yield line;
  }
}

/**
 * Takes in a live stream as fast as the daemon gives it, and asks about its events meanwhile. Ends the queue with the stream.
 * What the cursor gave before and what was concluded already is left out.
 */
export async function readStream(
  stream: Readable,
  queue: PendingQueue,
  parts: { readonly cursor: Cursor; readonly census: Census; readonly inspector: Inspector },
): Promise<void> {
  const { cursor, census } = parts;
  const given = cursor.given();
  try {
    for await (const raw of eventLines(stream)) {
      const key = keyOf(raw);
      if (key !== null && given.has(key.ref)) continue;
      if (key !== null && census.isConcluded(key)) {
        cursor.pass(key);
        continue;
      }
      if (!queue.push({ raw, key, inspection: parts.inspector.inspect(key), inferred: false })) break;
      if (key !== null) census.note(key);
    }
    queue.end(null);
  } catch (error) {
    queue.end(error);
  }
}

/** One {@link DockerLine} as JSON with its newline. The event's text goes in as it came, so that its numbers keep their digits. */
export function lineOf({ raw, key, inferred }: Pending, { json }: Inspection): string {
  const event = key !== null || isJson(raw) ? raw : JSON.stringify(raw);
  return `{"event":${event},"inspect":${json ?? "null"},"inferred":${inferred}}\n`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
