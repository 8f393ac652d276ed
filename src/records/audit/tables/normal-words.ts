import { CALL_ACTIONS, EVENT_KINDS, OBJECT_KINDS, RECORD_ACTIONS } from "./normal-words.generated.ts";

/** Reads `WORD → first-last first …`. */
function byNumber(table: Readonly<Record<string, string>>): ReadonlyMap<number, string> {
  const words = new Map<number, string>();
  for (const [word, ranges] of Object.entries(table))
    for (const range of ranges.split(" ")) {
      const [first = "", last = first] = range.split("-");
      for (let number = Number(first); number <= Number(last); number += 1) words.set(number, word);
    }
  return words;
}

const calls: ReadonlyMap<string, string> = new Map(
  Object.entries(CALL_ACTIONS).flatMap(([action, names]) =>
    names.split(" ").map((name) => [name, action] as const),
  ),
);
/** What a system call does, as libauparse says it (`opened-file`); null where it has no word for it. */
export const callAction = (name: string): string | null => calls.get(name) ?? null;

const kinds = byNumber(EVENT_KINDS);
/** The kind of an event by its first record's type. */
export const eventKind = (type: number): string => kinds.get(type) ?? "unknown";

const actions = byNumber(RECORD_ACTIONS);
/** What a record of this type says was done; null where it says nothing. */
export const recordAction = (type: number): string | null => actions.get(type) ?? null;

const objects = byNumber(OBJECT_KINDS);
/** What the object of an event is that is one record of this type. */
export const objectKind = (type: number): string => objects.get(type) ?? "unknown";
