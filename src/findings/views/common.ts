import type { SeenEvent } from "../../model/finding.ts";
import type { FieldValue } from "./view.ts";

/** What every subject of a view carries: the event and who is known to be behind it. */
export interface Subject {
  readonly seen: SeenEvent;
}

/** What a match is about where its rule does not say. Texts come from logs. */
export interface About {
  readonly group: Readonly<Record<string, string>>;
  readonly object: string | null;
}

type Reader = (subject: Subject) => FieldValue;

const text = (value: string | number | null | undefined): string | undefined =>
  value === null || value === undefined ? undefined : String(value);

/** Fields that all kinds of view have: the person behind the event as far as known, and its time. */
const COMMON: Readonly<Record<string, Reader>> = {
  "Actor.User": ({ seen }) => text(seen.attribution?.actor?.user),
  "Actor.Address": ({ seen }) => text(seen.attribution?.actor?.address),
  "Actor.Session": ({ seen }) => text(seen.attribution?.actor?.ses),
  "Actor.Method": ({ seen }) => text(seen.attribution?.actor?.method),
  "Actor.Key": ({ seen }) => text(seen.attribution?.actor?.key),
  "Actor.Via": ({ seen }) => seen.attribution?.actor?.via,
  "Actor.Command": ({ seen }) => text(seen.attribution?.command),
  timestamp: ({ seen }) => new Date(seen.event.timeMs).toISOString(),
};

/** The reader of a common field; null for a field that the kind of view has to know. */
export function commonReader(field: string): Reader | null {
  return Object.hasOwn(COMMON, field) ? (COMMON[field] ?? null) : null;
}

/** Reads fields by a table of names; unknown names are absent everywhere. */
export function tableReader<S extends Subject>(
  table: Readonly<Record<string, (subject: S) => FieldValue>>,
): (field: string) => (subject: S) => FieldValue {
  return (field) =>
    commonReader(field) ?? (Object.hasOwn(table, field) ? table[field] : undefined) ?? (() => undefined);
}

/** Leaves out what is empty. */
export function groupOf(parts: Readonly<Record<string, string | null | undefined>>): About["group"] {
  const group: Record<string, string> = {};
  for (const [name, value] of Object.entries(parts))
    if (value !== null && value !== undefined && value !== "") group[name] = value;
  return group;
}
