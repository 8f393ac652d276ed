import type { Fault, Parsed } from "../../model/fault.ts";
import { sliceObject } from "./slices.ts";

/** One line of the Docker source, read: the daemon's event, and what inspect said. */
export interface DockerRecord {
  readonly event: JsonObject;
  /** The event's text as the daemon sent it. */
  readonly raw: string;
  /** The digits of the event's time in nanoseconds. */
  readonly timeNano: string;
  /** Null where inspect was not asked, or its subject had gone. */
  readonly inspect: JsonObject | null;
  readonly inferred: boolean;
}

/** A JSON object, of which nothing else is known. Ask for own properties only: its names come from strangers. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A longer line is a fault: the source keeps inspect's answers below 1 MiB, and labels are what an event is made of. */
const LINE_CHARS = 4 * 1024 * 1024;
/** Inspect's answers are nested about seven deep. */
const DEPTH = 64;

/** Reads one line, given without its newline. */
export function parseDockerRecord(line: string): Parsed<DockerRecord> {
  if (line.length > LINE_CHARS)
    return wrong("DW_DOCKER_LONG", `a line longer than ${LINE_CHARS} characters`, LINE_CHARS);
  const members = sliceObject(line, DEPTH);
  const raw = members?.get("event");
  if (members === null || raw === undefined)
    return wrong("DW_DOCKER_JSON", 'expected a JSON object {"event":…,"inspect":…,"inferred":…}', 0);
  const event = objectOrNull(parseJson(raw));
  if (event === null) return wrong("DW_DOCKER_EVENT", "the event is not a JSON object", line.indexOf(raw));
  const timeNano = timeNanoOf(raw, event);
  if (timeNano === null) return wrong("DW_DOCKER_TIME", "the event has no time", line.indexOf(raw));
  const inspect = members.get("inspect") ?? "null";
  const answer = parseJson(inspect);
  if (answer === undefined)
    return wrong("DW_DOCKER_INSPECT", "inspect's answer is not JSON", line.indexOf(inspect));
  const inferred = members.get("inferred") === "true";
  return { ok: true, value: { event, raw, timeNano, inspect: objectOrNull(answer), inferred } };
}

function timeNanoOf(raw: string, event: JsonObject): string | null {
  // Beyond 2^53: the digits are taken from the text.
  const digits = sliceObject(raw, DEPTH)?.get("timeNano");
  if (digits !== undefined && /^\d{1,19}$/.test(digits)) return digits;
  const seconds = Object.hasOwn(event, "time") ? event["time"] : undefined;
  return typeof seconds === "number" && Number.isSafeInteger(seconds) && seconds >= 0 && seconds < 1e10
    ? `${seconds}000000000`
    : null;
}

/** @returns undefined for what is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value where it is a JSON object, else null. */
export function objectOrNull(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

const wrong = (code: string, reason: string, at: number): { readonly ok: false; readonly fault: Fault } => ({
  ok: false,
  fault: { code, reason, at: Math.max(0, at) },
});
