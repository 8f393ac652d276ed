import { hasType, type LogEvent } from "../query/log-event.ts";
import type { SearchFields } from "../query/search-fields.ts";
import { heading, type Report } from "./report.ts";

/** The file that an event is listed by: its first, but no parent directory where it has several. */
function listedFile({ files }: SearchFields): string {
  if (files === null || files.length === 0) return "";
  if (files.length === 1) return files[0]?.name ?? "";
  return files.find(({ kind }) => kind !== "PARENT")?.name ?? "";
}

/** `-f`: files. */
export const fileReport: Report = {
  options: ["-f", "--file"],
  takesNoWord: true,
  wanted: { files: true, exe: true, loginuid: true },
  title: heading("File Report", "# date time file syscall success exe auid event", 47),
  summaryTitle: heading("File Summary Report", "total  file", 27),
  concerns: () => true,
  lists: ({ fields }) => fields.files !== null,
  lines: ({ event, fields, words }) => [
    `${words.text(listedFile(fields))} ${words.call(fields)} ${words.success(fields)} ${words.orUnknown(fields.exe)} ` +
      `${words.safeUser(fields.loginuid)} ${event.serial}\n`,
  ],
  counted: "files",
  count({ fields }, tally) {
    for (const { name } of fields.files ?? []) tally.add(name);
  },
};

/** Records that can carry a key, beside any of their event: SYSCALL, CONFIG_CHANGE, the MAC ones. */
const mayHaveKey = (event: LogEvent): boolean =>
  hasType(event, 1300) ||
  hasType(event, 1305) ||
  event.records.some(({ type }) => type >= 1403 && type <= 1417);

/** `-k`: keys of audit rules. */
export const keyReport: Report = {
  options: ["-k", "--key"],
  takesNoWord: true,
  wanted: { exe: true, keys: true, loginuid: true },
  title: heading("Key Report", "# date time key success exe auid event", 47),
  summaryTitle: heading("Key Summary Report", "total  key", 27),
  concerns: mayHaveKey,
  lists: ({ fields }) => (fields.keys?.[0] ?? "(null)") !== "(null)",
  lines: ({ event, fields, words }) => [
    `${fields.keys?.[0]} ${words.success(fields)} ${words.orUnknown(fields.exe)} ` +
      `${words.safeUser(fields.loginuid)} ${event.serial}\n`,
  ],
  counted: "keys",
  count({ fields }, tally) {
    for (const key of fields.keys ?? []) if (key !== "(null)") tally.add(key);
  },
};
