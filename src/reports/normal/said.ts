import type { EventCursor } from "./event-cursor.ts";
import type { FieldWords } from "./field-words.ts";
import type { NormalEvent } from "./normal-event.ts";

const CONFIG_CHANGE = 1305;
/** Of these the field's name is said, not what it was set to. */
const NAMED_BY_FIELD: ReadonlySet<string> = new Set(["set", "seccomp-logging"]);

/** True where the result at the cursor is a good one. */
export function isSuccess(at: EventCursor, words: FieldWords): boolean {
  const said = words.say(at);
  return said === "yes" || said.startsWith("suc") || (said === "allow" && words.kindAt(at) === "seccomp");
}

/** The part of a socket's address that is named, as libauparse cuts it out; null where it has none. */
function addressPart(said: string, name: string): string | null {
  const start = said.indexOf(name);
  const end = start < 0 ? -1 : said.indexOf(" ", start + name.length);
  return end < 0 ? null : said.slice(start + name.length, end);
}

/**
 * The object in words; empty where there is none.
 * @param type of the record that decides whether a setting's name is the object.
 * @param isSentence a socket is said by its address alone.
 */
export function objectWords(
  at: EventCursor,
  { object, action }: NormalEvent,
  words: FieldWords,
  type: number,
  isSentence: boolean,
): string {
  if (!at.seek(object)) return "";
  if (words.isPathAt(at)) return words.sayPath(at);
  if (isSentence && words.kindAt(at) === "address") {
    const said = words.say(at);
    return addressPart(said, "laddr=") ?? addressPart(said, "fam=") ?? said;
  }
  const isSetting = (isSentence ? type : at.type) === CONFIG_CHANGE && NAMED_BY_FIELD.has(action ?? "");
  return isSetting ? (at.field?.name ?? "") : words.say(at);
}
