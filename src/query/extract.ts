import type { LogEvent, LogRecord } from "./log-event.ts";
import {
  parseAnomaly,
  parseDaemon,
  parseDaemonPeer,
  parseIntegrity,
  parseKernel,
  parseSimple,
  parseSocket,
  parseTty,
} from "./parse-kernel.ts";
import {
  parseAvcPath,
  parseCwd,
  parseObject,
  parsePacket,
  parsePath,
  parseSyscall,
  parseTaskInfo,
} from "./parse-syscall.ts";
import { parseAvc, parseLogin, parseUser } from "./parse-user.ts";
import { SearchFields, type Wanted } from "./search-fields.ts";

/** What the tools say of events on standard error while they read them. */
export interface ExtractNotes {
  /** Of an address that is too short. */
  readonly warn: (text: string) => void;
  /** `--debug`: of types and records that are not understood. */
  readonly debug?: (text: string) => void;
}

/** Types from which nothing is read, without a word. */
const SILENT: ReadonlySet<number> = new Set([
  2000, 1401, 1309, 1311, 1312, 1313, 1314, 1315, 1317, 1321, 1322, 1323, 1327, 1329, 1330, 1331, 1332, 1333,
  1334, 1337,
]);

/** Reads a record's fields. @returns 0, or the tools' code of the fault; -1 for a type that is not read. */
function parseRecord(record: LogRecord, s: SearchFields, w: Wanted, notes: ExtractNotes): number {
  const { type } = record;
  switch (type) {
    case 1300:
      return parseSyscall(record.message(), s, w);
    case 1307:
      return w.files === true ? parseCwd(record.message(), s, w) : 0;
    case 1402:
      return parseAvcPath(record.message(), s, w);
    case 1302:
      return w.files === true || w.object === true ? parsePath(record.message(), s, w) : 0;
    case 1306:
      return w.files === true || w.hostname === true ? parseSocket(record.message(), s, w, notes.warn) : 0;
    case 1006:
      return parseLogin(record.message(), s, w);
    case 1303:
    case 1318:
      return w.object === true ? parseObject(record.message(), s, w) : 0;
    case 1200:
    case 1201:
    case 1202:
    case 1203:
    case 1205:
    case 1206:
      return parseDaemon(record.message(), s, w);
    case 1207:
    case 1208:
      return parseDaemonPeer(record.message(), s, w);
    case 1305: {
      const fault = parseSimple(record.message(), type, s, w);
      parseAvcPath(record.message(), s, w);
      return fault;
    }
    case 1107:
    case 1400:
      return parseAvc(record.message(), type, s, w);
    case 1324:
      return parsePacket(record.message(), s, w);
    case 1328:
    case 1702:
      return parseTaskInfo(record.message(), s, w);
    case 1326:
    case 1700:
    case 1701:
      return parseAnomaly(record.message(), type, s, w);
    case 1325:
    case 1335:
      return parseKernel(record.message(), s, w);
    case 1319:
      return parseTty(record.message(), s, w);
    default:
      if (type === 1005 || (type >= 1100 && type <= 1199) || (type >= 2100 && type <= 2999))
        return parseUser(record.message(), type, s, w, null);
      if (type >= 1403 && type <= 1417) return parseSimple(record.message(), type, s, w);
      if (type >= 1800 && type <= 1805) return parseIntegrity(record.message(), s, w);
      return SILENT.has(type) ? 0 : -1;
  }
}

/**
 * The fields that audit's tools search an event by, read from its records in their order, with those tools' quirks.
 * @returns null where a record is malformed: then the tools skip the event.
 * @see audit-userspace src/ausearch-parse.c (extract_search_items)
 */
export function extractFields(event: LogEvent, wanted: Wanted, notes: ExtractNotes): SearchFields | null {
  const fields = new SearchFields();
  for (const record of event.records) {
    const fault = parseRecord(record, fields, wanted, notes);
    if (fault > 0) {
      notes.debug?.(`Malformed event skipped, rc=${fault}. ${record.message()}\n`);
      return null;
    }
    if (fault < 0) notes.debug?.(`Unparsed type:${record.type}\n - skipped`);
  }
  return fields;
}
