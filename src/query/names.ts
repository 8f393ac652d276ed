import { unescaped, upToNul } from "./c-text.ts";

/** The users that a `passwd` file names: uid to name, the first one of each. */
export function userNames(passwd: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of passwd.split("\n")) {
    const [name = "", , uid = ""] = line.split(":");
    if (name !== "" && /^\d+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}

/** The value that auditd added for a field, as it stands there; null where there is none. @param name in capitals. */
export function addedValue(interpretation: string | null, name: string): string | null {
  if (interpretation === null || interpretation.startsWith("SADDR=")) return null;
  const { length } = interpretation;
  for (let start = 0; start < length; ) {
    const space = interpretation.indexOf(" ", start);
    const end = space < 0 ? length : space;
    const equals = interpretation.indexOf("=", start);
    if (equals < 0) return null;
    const isThis = equals - start === name.length && equals < end;
    if (isThis && interpretation.slice(start, equals).toUpperCase() === name)
      return interpretation.slice(equals + 1, end);
    start = end + 1;
  }
  return null;
}

/** A user's or group's name of an added value, as the tools decode it: from quotes, or from hex, else as it is. */
export function decodedName(value: string): string {
  if (value.startsWith('"')) {
    const end = value.indexOf('"', 1);
    return end < 0 ? " " : value.slice(1, end);
  }
  return upToNul(unescaped(value, value.startsWith("00") ? 2 : 0) ?? value);
}
