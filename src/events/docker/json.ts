import type { Fields } from "../../model/event.ts";
import { type JsonObject, objectOrNull } from "../../records/docker/record.ts";

/** Own property or undefined: `__proto__` and the like are names as any other. */
const own = (object: JsonObject | null, name: string): unknown =>
  object !== null && Object.hasOwn(object, name) ? object[name] : undefined;

/** The object under a name, else null. */
export const objectAt = (object: JsonObject | null, name: string): JsonObject | null =>
  objectOrNull(own(object, name));

/** The text under a name; empty where there is none. */
export function textAt(object: JsonObject | null, name: string): string {
  const value = own(object, name);
  return typeof value === "string" ? value : "";
}

/** The number under a name; 0 where there is none. */
export function numberAt(object: JsonObject | null, name: string): number {
  const value = own(object, name);
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** True only for `true`. */
export const flagAt = (object: JsonObject | null, name: string): boolean => own(object, name) === true;

/** The texts of a list; one text counts as a list of one (old daemons), anything else is left out. */
export function textsAt(object: JsonObject | null, name: string): readonly string[] {
  const value = own(object, name);
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/** The objects of a list. */
export function objectsAt(object: JsonObject | null, name: string): readonly JsonObject[] {
  const value = own(object, name);
  if (!Array.isArray(value)) return [];
  return value.map((one) => objectOrNull(one)).filter((one) => one !== null);
}

/** An object's texts by name, without a prototype; numbers and booleans as text. */
export function fieldsAt(object: JsonObject | null, name: string): Fields {
  const fields = Object.create(null) as Record<string, string>;
  for (const [key, value] of Object.entries(objectAt(object, name) ?? {})) {
    if (typeof value === "string") fields[key] = value;
    else if (typeof value === "number" || typeof value === "boolean") fields[key] = String(value);
  }
  return fields;
}
