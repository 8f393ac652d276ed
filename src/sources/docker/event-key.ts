import { dockerRef, type EventRef } from "../../model/ids.ts";

/** What the source itself needs of an event: to order it, to know it again, and to know what to inspect. */
export interface EventKey {
  readonly ref: EventRef;
  /** Nanoseconds since 1970. */
  readonly timeNano: bigint;
  readonly type: string;
  readonly action: string;
  readonly actorId: string;
  readonly execId: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Reads one event as the daemon sent it. @returns null for what is not an event with a time. */
export function keyOf(raw: string): EventKey | null {
  let timeNano: string | null = null;
  let parsed: unknown;
  try {
    // The number is beyond 2^53: its digits are taken from the text.
    parsed = JSON.parse(raw, (name, value: unknown, context?: { source?: string }) => {
      if (name === "timeNano" && typeof value === "number") timeNano = context?.source ?? null;
      return value;
    });
  } catch {
    return null;
  }
  const event = objectOf(parsed);
  const actor = objectOf(event.Actor);
  const attributes = objectOf(actor.Attributes);
  const seconds = typeof event.time === "number" ? event.time : null;
  const digits = timeNano ?? (seconds === null ? null : `${Math.trunc(seconds)}000000000`);
  if (digits === null || !/^\d{1,19}$/.test(digits)) return null;
  const full = textOf(event.Action) ?? textOf(event.status) ?? "";
  const type = textOf(event.Type) ?? "container";
  const action = full.split(":", 1)[0] ?? full;
  const actorId = textOf(actor.ID) ?? textOf(event.id) ?? "";
  return {
    ref: dockerRef(digits, type, action, actorId),
    timeNano: BigInt(digits),
    type,
    action,
    actorId,
    execId: textOf(attributes.execID),
    attributes,
  };
}

/** The value where it is an object, else an empty one. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The value where it is a text that is not empty. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
