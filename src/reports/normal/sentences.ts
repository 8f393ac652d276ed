import type { LogEvent } from "../../query/log-event.ts";
import { TimeText } from "../../query/time-words.ts";
import { EventCursor } from "./event-cursor.ts";
import { fedEvents } from "./fed-events.ts";
import type { FieldWords } from "./field-words.ts";
import { NormalEvent } from "./normal-event.ts";
import { normalized } from "./normalize.ts";
import { isSuccess, objectWords } from "./said.ts";
import { fieldInt } from "./split-record.ts";

/** Neither a uid nor unset. */
const NO_ID = -2;
const UNSET = -1;

/** Prints events as `ausearch --format text` does: a sentence each. */
export class Sentences {
  readonly #words: FieldWords;
  readonly #debug: boolean;
  readonly #time = new TimeText();

  /** @param isDebug `--debug`: events without a word for what they do are told. */
  constructor(words: FieldWords, isDebug: boolean) {
    this.#words = words;
    this.#debug = isDebug;
  }

  text(event: LogEvent): string {
    return fedEvents(event)
      .map((records) => `${this.#sentence(event, new EventCursor(records, event.sec === 0))}\n`)
      .join("");
  }

  #sentence(event: LogEvent, at: EventCursor): string {
    const words = this.#words;
    const { type } = at;
    const found = normalized(at, words, false) ?? new NormalEvent();
    const [date = "?", clock] = this.#time.of(event.sec).split(" ");
    const when = clock === undefined ? date : `${clock} ${date}`;
    let text = event.node === null ? `At ${when} ` : `On ${words.say(at)} at ${when} `;
    let id = NO_ID;
    if (at.seek(found.subject)) {
      const subject = words.say(at);
      id = fieldInt(at.field?.value);
      text += subject === "unset" ? "system" : subject;
    }
    if (at.seek(found.subjectActing)) {
      const uid = fieldInt(at.field?.value);
      if (uid !== id && id !== NO_ID && uid !== UNSET) text += `, acting as ${words.say(at)},`;
    }
    if (at.seek(found.result)) text += isSuccess(at, words) ? " successfully " : " unsuccessfully ";
    else text += " ";
    const { action, how } = found;
    if (this.#debug && action === null) text += `error on type:${type}\n`;
    text += `${action ?? "did-unknown"} `;
    if (at.seek(found.object)) text += `${objectWords(at, found, words, type, true)} `;
    if (at.seek(found.object2)) text += `to ${words.isPathAt(at) ? words.sayPath(at) : words.say(at)} `;
    // Of a session that ended it is not said how.
    if (how !== null && action !== null && !action.startsWith("e")) text += `using ${how}`;
    return text;
  }
}
