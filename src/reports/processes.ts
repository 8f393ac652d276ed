import { heading, type Report } from "./report.ts";
import { orNull, SHORT_CHARS } from "./words.ts";

/** `-x`: programs. */
export const executableReport: Report = {
  options: ["-x", "--executable"],
  takesNoWord: true,
  wanted: { terminal: true, hostname: true, exe: true, loginuid: true },
  title: heading("Executable Report", "# date time exe term host auid event", 36),
  summaryTitle: heading("Executable Summary Report", "total  file", 33),
  concerns: () => true,
  lists: ({ fields }) => fields.exe !== null,
  lines: ({ event, fields, words }) => [
    `${words.orUnknown(fields.exe)} ${fields.terminal ?? "?"} ${fields.hostname ?? "?"} ` +
      `${words.safeUser(fields.loginuid)} ${event.serial}\n`,
  ],
  counted: "exe",
  count({ fields }, tally) {
    if (fields.exe !== null) tally.add(fields.exe);
  },
};

/** `--comm`: commands. */
export const commandReport: Report = {
  options: ["--comm"],
  takesNoWord: true,
  wanted: { terminal: true, hostname: true, comm: true, loginuid: true },
  title: heading("Command Report", "# date time comm term host auid event", 36, 37),
  summaryTitle: heading("Command Summary Report", "total  command", 33),
  concerns: () => true,
  lists: ({ fields }) => fields.comm !== null,
  lines: ({ event, fields, words }) => [
    `${words.orUnknown(fields.comm)} ${fields.terminal ?? "?"} ${fields.hostname ?? "?"} ` +
      `${words.safeUser(fields.loginuid)} ${event.serial}\n`,
  ],
  counted: "comm",
  count({ fields }, tally) {
    if (fields.comm !== null) tally.add(fields.comm);
  },
};

/** `-p`: processes. */
export const processReport: Report = {
  options: ["-p", "--pid"],
  takesNoWord: true,
  wanted: { exe: true, loginuid: true },
  title: heading("Process ID Report", "# date time pid exe syscall auid event", 38),
  summaryTitle: heading("Pid Summary Report", "total  pid", 26),
  concerns: () => true,
  lists: ({ fields }) => fields.pid >= 0,
  lines: ({ event, fields, words }) => [
    `${fields.pid} ${words.orUnknown(fields.exe)} ${words.call(fields)} ${words.safeUser(fields.loginuid)} ${event.serial}\n`,
  ],
  counted: "pid",
  count({ fields }, tally) {
    if (fields.pid !== -1) tally.addNumber(fields.pid);
  },
};

/** `-s`: system calls. */
export const syscallReport: Report = {
  options: ["-s", "--syscall"],
  takesNoWord: true,
  wanted: { comm: true, loginuid: true },
  title: heading("Syscall Report", "# date time syscall pid comm auid event", 39),
  summaryTitle: heading("Syscall Summary Report", "total  syscall", 26),
  concerns: () => true,
  lists: ({ fields }) => fields.syscall !== 0,
  lines: ({ event, fields, words }) => [
    `${words.call(fields)} ${fields.pid >>> 0} ${words.orUnknown(fields.comm)} ${words.safeUser(fields.loginuid)} ${event.serial}\n`,
  ],
  counted: "syscall",
  count({ fields, words }, tally) {
    if (fields.syscall > 0) tally.add(words.call(fields, SHORT_CHARS));
  },
};

/** `-tm`: terminals. */
export const terminalReport: Report = {
  options: ["-tm", "--terminal"],
  takesNoWord: true,
  wanted: { terminal: true, hostname: true, exe: true, loginuid: true },
  title: heading("Terminal Report", "# date time term host exe auid event", 36),
  summaryTitle: heading("Terminal Summary Report", "total  terminal", 31),
  concerns: () => true,
  lists: ({ fields }) => fields.terminal !== null,
  lines: ({ event, fields, words }) => [
    `${fields.terminal} ${orNull(fields.hostname)} ${words.text(orNull(fields.exe))} ` +
      `${words.safeUser(fields.loginuid)} ${event.serial}\n`,
  ],
  counted: "terminal",
  count({ fields }, tally) {
    if (fields.terminal !== null) tally.add(fields.terminal);
  },
  total: (text) => text,
};

/** `-h`: hosts. */
export const hostReport: Report = {
  options: ["-h", "--host"],
  takesNoWord: true,
  wanted: { hostname: true, loginuid: true },
  title: heading("Host Report", "# date time host syscall auid event", 35),
  summaryTitle: heading("Host Summary Report", "total  host", 27),
  concerns: () => true,
  lists: ({ fields }) => fields.hostname !== null,
  lines: ({ event, fields, words }) => [
    `${fields.hostname} ${words.call(fields)} ${words.safeUser(fields.loginuid)} ${event.serial}\n`,
  ],
  counted: "hostname",
  count({ fields }, tally) {
    if (fields.hostname !== null) tally.add(fields.hostname);
  },
  total: (text) => text,
};
