import { hexBytes, isHexText } from "../query/c-text.ts";
import { headType } from "../query/log-event.ts";
import { heading, type Report } from "./report.ts";
import type { Words } from "./words.ts";

const TYPE = { tty: 1319, userTty: 1124 };

/** What was typed, of a record's `data=`: its hex in words, other text as it is. */
function typed(data: string, words: Words): string {
  if (!isHexText(data)) return data;
  return data.length < 2
    ? `conversion error(${data})`
    : words.typed(hexBytes(data).toString("latin1", 0, data.length >> 1));
}

/** `--tty`: what was typed. */
export const ttyReport: Report = {
  options: ["--tty"],
  needsTables: true,
  wanted: { session: true, loginuid: true, terminal: true, comm: true },
  title: heading("TTY Report", "# date time event auid term sess comm data", 47),
  summaryTitle: null,
  concerns: (event) => headType(event) === TYPE.tty || headType(event) === TYPE.userTty,
  lines({ event, fields, words }) {
    const message = event.records[0]?.message() ?? "";
    const at = message.indexOf("data=");
    // As the real tool: the number and the time stay without a line of their own.
    if (at < 0) return [""];
    const data = message.slice(at + 5);
    const end = data.lastIndexOf(" ");
    return [
      `${event.serial} ${words.safeUser(fields.loginuid)} ${fields.terminal ?? "?"} ${fields.session >>> 0} ` +
        `${words.orUnknown(fields.comm)} ${typed(end < 0 ? data : data.slice(0, end), words)}\n`,
    ];
  },
};
