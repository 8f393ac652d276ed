import { hasType, hasTypeIn, headType, type LogEvent } from "../query/log-event.ts";
import { typeName } from "../query/log-stamp.ts";
import { heading, type Report } from "./report.ts";

const any = (event: LogEvent, types: readonly number[]): boolean =>
  types.some((type) => hasType(event, type));
/** CONFIG_CHANGE, DAEMON_CONFIG, USYS_CONFIG, NETFILTER_CFG, FEATURE_CHANGE, USER_MAC_CONFIG_CHANGE. */
const CONFIG_TYPES = [1305, 1203, 1111, 1325, 1328, 2311];
const isMacKernel = (event: LogEvent): boolean => hasTypeIn(event, 1403, 1417);
const isMacUser = (event: LogEvent): boolean => hasTypeIn(event, 2300, 2399);
const isCrypto = (event: LogEvent): boolean => hasTypeIn(event, 1600, 1699) || hasTypeIn(event, 2400, 2499);
const SECCOMP = 1326;

/** Totals by type: numbers, or names with `-i`. */
const byType: Pick<Report, "count" | "countWanted" | "total"> = {
  countWanted: {},
  count({ event }, tally) {
    tally.addNumber(headType(event));
  },
  total: (text, words) => (words.isInterpreted ? typeName(Number(text)) : text),
};

/** `-c`: changes of the configuration. */
export const configReport: Report = {
  ...byType,
  options: ["-c", "--config"],
  wanted: { loginuid: true },
  title: heading("Config Change Report", "# date time type auid success event", 35),
  summaryTitle: heading("Config Change Summary Report", "total  type", 28),
  concerns: (event) => any(event, CONFIG_TYPES) || isMacKernel(event),
  lines: ({ event, fields, words }) => [
    `${words.type(event)} ${words.user(fields.loginuid)} ${words.success(fields)} ${event.serial}\n`,
  ],
};

/** `-e`: all events. */
export const eventReport: Report = {
  ...byType,
  options: ["-e", "--event"],
  wanted: { loginuid: true },
  title: heading("Event Report", "# date time event type auid success", 35),
  summaryTitle: heading("Event Summary Report", "total  type", 22),
  concerns: () => true,
  lines: ({ event, fields, words }) => [
    `${event.serial} ${words.type(event)} ${words.safeUser(fields.loginuid)} ${words.success(fields)}\n`,
  ],
  counted: "type",
  count({ event }, tally) {
    if (headType(event) !== -1) tally.addNumber(headType(event));
  },
};

/** `-n`: anomalies. */
export const anomalyReport: Report = {
  ...byType,
  options: ["-n", "--anomaly"],
  takesNoWord: true,
  wanted: { terminal: true, hostname: true, exe: true, comm: true, loginuid: true },
  title: heading("Anomaly Report", "# date time type exe term host auid event", 41),
  summaryTitle: heading("Anomaly Summary Report", "total  type", 22),
  concerns: (event) =>
    hasTypeIn(event, 2100, 2199) || hasTypeIn(event, 1700, 1799) || hasType(event, SECCOMP),
  lines: ({ event, fields, words }) => [
    `${words.type(event)} ${words.orUnknown(fields.exe ?? fields.comm)} ${fields.terminal ?? "?"} ` +
      `${fields.hostname ?? "?"} ${words.safeUser(fields.loginuid)} ${event.serial}\n`,
  ],
};

const typeAndSuccess: Pick<Report, "lines"> = {
  lines: ({ event, fields, words }) => [`${words.type(event)} ${words.success(fields)} ${event.serial}\n`],
};

/** `-r`: responses to anomalies. */
export const responseReport: Report = {
  ...byType,
  ...typeAndSuccess,
  options: ["-r", "--response"],
  takesNoWord: true,
  wanted: {},
  title: heading("Response to Anomaly Report", "# date time type success event", 30),
  summaryTitle: heading("Anomaly Response Summary Report", "total  type", 31),
  concerns: (event) => hasTypeIn(event, 2200, 2299),
};

/** `--integrity`. */
export const integrityReport: Report = {
  ...byType,
  ...typeAndSuccess,
  options: ["--integrity"],
  wanted: { loginuid: true },
  title: heading("Integrity Report", "# date time type success event", 30),
  summaryTitle: heading("Integrity Summary Report", "total  type", 24),
  concerns: (event) => hasTypeIn(event, 1800, 1899),
};

/** `--virt`: virtual machines. */
export const virtReport: Report = {
  ...byType,
  ...typeAndSuccess,
  options: ["--virt"],
  wanted: {},
  title: heading("Virtualization Report", "# date time type success event", 30),
  summaryTitle: heading("Virtualization Summary Report", "total  type", 29),
  concerns: (event) => hasTypeIn(event, 2500, 2599),
};

/** `-ma`: mandatory access control. */
export const macReport: Report = {
  ...byType,
  options: ["-ma", "--mac"],
  wanted: { loginuid: true },
  title: heading("MAC Report", "# date time auid type success event", 35),
  summaryTitle: heading("MAC Summary Report", "total  type", 18),
  concerns: (event) => isMacKernel(event) || isMacUser(event),
  lines: ({ event, fields, words }) => [
    `${words.user(fields.loginuid)} ${words.type(event)} ${words.success(fields)} ${event.serial}\n`,
  ],
  count({ event }, tally) {
    // The real tool's totals leave out the six newest types of its list.
    if (hasTypeIn(event, 1403, 1411) || isMacUser(event)) tally.addNumber(headType(event));
  },
};

/** `-cr`: cryptography. */
export const cryptoReport: Report = {
  ...byType,
  options: ["-cr", "--crypto"],
  wanted: { loginuid: true },
  title: heading("Crypto Report", "# date time auid type success event", 35),
  summaryTitle: heading("Crypto Summary Report", "total  type", 21),
  concerns: isCrypto,
  lines: ({ event, fields, words }) => [
    `${words.safeUser(fields.loginuid)} ${words.type(event)} ${words.success(fields)} ${event.serial}\n`,
  ],
};
