import { eventKind } from "../../records/audit/tables/normal-words.ts";
import type { EventCursor } from "./event-cursor.ts";
import type { FieldWords } from "./field-words.ts";
import { NormalEvent } from "./normal-event.ts";
import { readCall } from "./normalize-call.ts";
import { readRecord } from "./normalize-record.ts";

const SYSCALL = 1300;

/**
 * What an event says in the terms of all events, as libauparse's auparse_normalize finds it; null where it has several
 * records and no system call. The cursor is at its first field then.
 * @param hasLabels labels are wanted; they also move the cursor, so that other fields may be found elsewhere.
 */
export function normalized(at: EventCursor, words: FieldWords, hasLabels: boolean): NormalEvent | null {
  const found = new NormalEvent();
  const reading = { at, found, words, hasLabels };
  at.first();
  const head = at.type;
  let isRead = true;
  if (at.records.length > 1 || head === SYSCALL) {
    isRead = readCall(reading, head);
    if (isRead) found.kind = eventKind(head);
  } else readRecord(reading);
  at.first();
  return isRead ? found : null;
}
