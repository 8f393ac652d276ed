import type { LogEvent } from "../../query/log-event.ts";
import { knownTypeName } from "../../query/log-stamp.ts";
import { EventCursor, type Place } from "./event-cursor.ts";
import { fedEvents } from "./fed-events.ts";
import type { FieldWords } from "./field-words.ts";
import type { NormalEvent } from "./normal-event.ts";
import { normalized } from "./normalize.ts";
import { isSuccess, objectWords } from "./said.ts";

/** Which columns there are beside the usual ones: `--extra-…`. */
export interface ExtraColumns {
  readonly extraKeys: boolean;
  readonly extraLabels: boolean;
  readonly extraObject2: boolean;
  readonly extraTime: boolean;
}

const MINUTE_SEC = 60;
const HOUR_SEC = 3600;
const two = (number: number): string => String(number).padStart(2, "0");

/** Prints events as `ausearch --format csv` does: values as they are, with no quotes. */
export class CsvEvents {
  readonly #extra: ExtraColumns;
  readonly #words: FieldWords;
  readonly #warn: (text: string) => void;
  #hasHead = false;

  /** @param warn takes what the tool says on standard error. */
  constructor(extra: ExtraColumns, words: FieldWords, warn: (text: string) => void) {
    this.#extra = extra;
    this.#words = words;
    this.#warn = warn;
  }

  /** An event's lines, the first time behind the line that names the columns. */
  text(event: LogEvent): string {
    let text = "";
    for (const records of fedEvents(event)) {
      if (!this.#hasHead) text += `${this.#head()}\n`;
      this.#hasHead = true;
      text += `${this.#line(event, new EventCursor(records, event.sec === 0))}\n`;
    }
    return text;
  }

  #head(): string {
    const { extraKeys, extraLabels, extraObject2, extraTime } = this.#extra;
    return [
      "NODE,EVENT,DATE,TIME",
      ...(extraTime ? ["YEAR,MONTH,DAY,WEEKDAY,HOUR,MILLI,GMT_OFFSET"] : []),
      "SERIAL_NUM,EVENT_KIND,SESSION,SUBJ_PRIME,SUBJ_SEC,SUBJ_KIND",
      ...(extraLabels ? ["SUBJ_LABEL"] : []),
      "ACTION,RESULT,OBJ_PRIME,OBJ_SEC",
      ...(extraObject2 ? ["OBJ2"] : []),
      ...(extraLabels ? ["OBJ_LABEL"] : []),
      "OBJ_KIND,HOW",
      ...(extraKeys ? ["KEY"] : []),
    ].join(",");
  }

  #line(event: LogEvent, at: EventCursor): string {
    const { extraKeys, extraLabels, extraObject2 } = this.#extra;
    const type = knownTypeName(at.type);
    const before = [
      event.node === null ? "" : this.#words.say(at),
      type ?? "",
      ...this.#times(event),
      String(event.serial),
    ];
    const found = normalized(at, this.#words, extraLabels);
    if (found === null) {
      this.#warn(`error normalizing ${type ?? "(null)"}\n`);
      // The tool's empty line has no column for the second object.
      const empty = 9 + (extraLabels ? 2 : 0) + (extraKeys ? 1 : 0);
      return `${before.join(",")},${",".repeat(empty)}`;
    }
    const say = (place: Place | null): string => (at.seek(place) ? this.#words.say(at) : "");
    const subject = say(found.subject);
    return [
      ...before,
      found.kind ?? "unknown",
      say(found.session),
      subject === "unset" ? "system" : subject,
      say(found.subjectActing),
      found.subjectKind ?? "",
      ...(extraLabels ? [this.#label(at, found.subjectMore, "subj")] : []),
      found.action ?? "did-unknown",
      this.#result(at, found),
      objectWords(at, found, this.#words, at.type, false),
      say(found.objectSecond),
      ...(extraObject2 ? [this.#object2(at, found)] : []),
      ...(extraLabels ? [this.#label(at, found.objectMore, "obj")] : []),
      found.objectKind,
      found.how ?? "",
      ...(extraKeys ? [say(found.key)] : []),
    ].join(",");
  }

  #times({ sec, milli }: LogEvent): string[] {
    const date = new Date(sec * 1000);
    const offset = Number.isNaN(date.getTime()) ? null : -date.getTimezoneOffset() * MINUTE_SEC;
    if (offset === null)
      return this.#extra.extraTime ? ["", "", "", "", "", "", "", String(milli), ""] : ["", ""];
    const [year, month, day, hour] = [
      date.getFullYear(),
      two(date.getMonth() + 1),
      two(date.getDate()),
      date.getHours(),
    ];
    const usual = [
      `${month}/${day}/${two(((year % 100) + 100) % 100)}`,
      `${two(hour)}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
    ];
    if (!this.#extra.extraTime) return usual;
    const size = Math.abs(offset);
    // The tool takes the seconds of the offset for its minutes.
    const zone = `${offset >= 0 ? "+" : "-"}${two(Math.floor(size / HOUR_SEC))}:${two((size % HOUR_SEC) % MINUTE_SEC)}`;
    const weekday = date.getDay() === 0 ? 7 : date.getDay();
    return [
      ...usual,
      String(year),
      month,
      day,
      String(weekday),
      String(hour).padStart(2),
      String(milli),
      zone,
    ];
  }

  /** The first field of a name among those of a subject or an object; none where the first of all is not there. */
  #label(at: EventCursor, places: readonly Place[], name: string): string {
    for (const [index, place] of places.entries()) {
      if (!at.seek(place)) {
        if (index === 0) continue;
        return "";
      }
      if (at.field?.name === name) return this.#words.say(at);
    }
    return "";
  }

  #result(at: EventCursor, found: NormalEvent): string {
    if (!at.seek(found.result)) return "";
    return isSuccess(at, this.#words) ? "success" : "failed";
  }

  #object2(at: EventCursor, found: NormalEvent): string {
    if (!at.seek(found.object2)) return "";
    return this.#words.isPathAt(at) ? this.#words.sayPath(at) : this.#words.say(at);
  }
}
