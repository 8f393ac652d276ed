import { hasType, hasTypeIn, headType, type LogEvent } from "../query/log-event.ts";
import { typeName } from "../query/log-stamp.ts";
import { heading, type Report, type ReportedEvent } from "./report.ts";
import type { Tally } from "./tally.ts";
import { orNull, type Words } from "./words.ts";

const TYPE = { auth: 1100, management: 1102, chauthtok: 1108, login: 1112, groupManagement: 1132 };
const FAILED = 0;

/** Totals are texts that the real tool reads as numbers where they begin like one. */
function userTotal(text: string, words: Words): string {
  if (!/^[-\d]/.test(text)) return words.text(text);
  return words.safeUser(Number.parseInt(text, 10) | 0);
}

const isAccountChange = (event: LogEvent): boolean =>
  hasType(event, TYPE.chauthtok) ||
  hasTypeIn(event, 1114, 1117) ||
  hasType(event, TYPE.management) ||
  hasType(event, TYPE.groupManagement) ||
  hasTypeIn(event, 2301, 2302);

/** `-au`: authentication. */
export const authReport: Report = {
  options: ["-au", "--auth"],
  wanted: { exe: true, hostname: true, terminal: true, uid: true },
  title: heading("Authentication Report", "# date time acct host term exe success event", 44),
  summaryTitle: heading("Authentication Summary Report", "total  acct", 29),
  concerns: (event) => hasType(event, TYPE.auth) || hasType(event, TYPE.management),
  lists: ({ event, fields }) => hasType(event, TYPE.auth) || fields.success === FAILED,
  lines: ({ event, fields, words }) => [
    `${words.text(fields.acct ?? words.user(fields.uid))} ${orNull(fields.hostname)} ${orNull(fields.terminal)} ` +
      `${orNull(fields.exe)} ${words.success(fields)} ${event.serial}\n`,
  ],
  countWanted: {},
  count({ event, fields, words }: ReportedEvent, tally: Tally) {
    if (!hasType(event, TYPE.auth) && fields.success !== FAILED) return;
    tally.add(fields.loginuid === -2 && fields.acct !== null ? fields.acct : words.user(fields.loginuid));
  },
  total: userTotal,
};

/** `-l`: logins. */
export const loginReport: Report = {
  options: ["-l", "--login"],
  wanted: { exe: true, hostname: true, terminal: true, loginuid: true },
  title: heading("Login Report", "# date time auid host term exe success event", 44),
  summaryTitle: heading("Login Summary Report", "total  auid", 28),
  concerns: (event) => hasType(event, TYPE.login),
  lines: ({ event, fields, words }) => [
    `${words.text((fields.success === FAILED ? fields.acct : null) ?? words.user(fields.loginuid))} ` +
      `${orNull(fields.hostname)} ${orNull(fields.terminal)} ${orNull(fields.exe)} ${words.success(fields)} ${event.serial}\n`,
  ],
  countWanted: { loginuid: true },
  count({ fields, words }, tally) {
    tally.add(fields.loginuid < 0 && fields.acct !== null ? fields.acct : words.user(fields.loginuid));
  },
  total: userTotal,
};

/** `-m`: changes of accounts. */
export const modificationReport: Report = {
  options: ["-m", "--mods"],
  wanted: { exe: true, hostname: true, terminal: true, loginuid: true },
  title: heading("Account Modifications Report", "# date time auid addr term exe acct success event", 49),
  summaryTitle: heading("Acct Modification Summary Report", "total  type", 32),
  concerns: isAccountChange,
  lines: ({ event, fields, words }) => [
    `${words.safeUser(fields.loginuid)} ${fields.hostname ?? "?"} ${fields.terminal ?? "?"} ${fields.exe ?? "?"} ` +
      `${fields.acct ?? "?"} ${words.success(fields)} ${event.serial}\n`,
  ],
  countWanted: {},
  count({ event }, tally) {
    tally.addNumber(headType(event));
  },
  total: (text, words) => (words.isInterpreted ? typeName(Number(text)) : text),
};

/** `-u`: users. */
export const userReport: Report = {
  options: ["-u", "--user"],
  takesNoWord: true,
  wanted: { terminal: true, hostname: true, exe: true, uid: true, loginuid: true },
  title: heading("User ID Report", "# date time auid term host exe event", 36),
  summaryTitle: heading("User Summary Report", "total  auid", 27),
  concerns: () => true,
  lists: ({ fields }) => fields.uid !== -1,
  lines: ({ event, fields, words }) => [
    `${words.safeUser(fields.loginuid)} ${fields.terminal ?? "?"} ${fields.hostname ?? "?"} ` +
      `${words.orUnknown(fields.exe)} ${event.serial}\n`,
  ],
  counted: "loginuid",
  count({ fields, words }, tally) {
    if (fields.loginuid !== -2) tally.add(words.user(fields.loginuid, 31));
  },
  total: userTotal,
};
