import type { LogEvent } from "../../query/log-event.ts";
import { addedValue, decodedName } from "../../query/names.ts";
import type { AvcFields, SearchFields, Wanted } from "../../query/search-fields.ts";
import type { SearchFormat, Selectors } from "./selectors.ts";

/** Which fields a search reads from events: a record that lacks one of these is malformed, and its event no match. */
export function wantedBy(select: Selectors, format: SearchFormat): Wanted {
  return {
    arch: select.machine !== null || !["raw", "default", "json"].includes(format),
    ppid: select.ppid !== -1,
    pid: select.pid !== -1,
    uid: select.uid !== -1 || select.uidName !== null,
    gid: select.gid !== -1,
    euid: select.euid !== -1 || select.euidName !== null,
    egid: select.egid !== -1,
    loginuid: select.loginuid !== -2 || select.loginuidName !== null,
    session: select.session !== -2,
    success: select.success !== -1,
    exit: select.exit !== null,
    comm: select.comm !== null,
    exe: select.exe !== null,
    hostname: select.hostname !== null,
    terminal: select.terminal !== null,
    files: select.file !== null,
    keys: select.key !== null,
    subject: select.subject !== null,
    object: select.object !== null,
    vmname: select.vmname !== null,
    uuid: select.uuid !== null,
  };
}

/** True where users are asked for by name: then what auditd added to an event's first record says who it was. */
export const asksForNames = ({ uidName, euidName, loginuidName }: Selectors): boolean =>
  uidName !== null || euidName !== null || loginuidName !== null;

const SYSCALL = 1300;
const isDaemonRecord = (type: number): boolean => type >= 1200 && type <= 1299;

/** What auditd added to the record by which names of users are looked up; null where the tool looks at none. */
export function nameAdditions(event: LogEvent): string | null {
  const [head] = event.records;
  if (head === undefined || (event.records.length !== 1 && head.type !== SYSCALL)) return null;
  return head.interpretation();
}

/** What can be told before any field is read. */
export const isInSpan = ({ sec, serial }: LogEvent, select: Selectors): boolean =>
  (select.startSec === 0 || sec >= select.startSec) &&
  (select.endSec === 0 || sec <= select.endSec) &&
  (select.serial === 0xffffffff || select.serial === serial);

/**
 * True where an event passes all selectors, as audit-userspace's src/ausearch-match.c judges.
 * @param userName the host's name of a uid.
 */
export function isMatch(
  event: LogEvent,
  fields: SearchFields,
  select: Selectors,
  userName: (uid: number) => string | null,
): boolean {
  if (select.nodes !== null && (event.node === null || !select.nodes.includes(event.node))) return false;
  if (!isUser(event, fields, select, userName) || !isGroup(fields, select)) return false;
  if (select.ppid !== -1 && select.ppid !== fields.ppid) return false;
  if (select.pid !== -1 && select.pid !== fields.pid) return false;
  if (select.machine?.isOf(fields.arch) === false) return false;
  if (select.syscall !== -1 && select.syscall !== fields.syscall) return false;
  if (select.session !== -2 && select.session !== fields.session) return false;
  if (select.exit !== null && select.exit !== fields.exit) return false;
  if (select.success !== -1 && select.success !== fields.success) return false;
  if (select.types !== null && !event.records.some(({ type }) => select.types?.includes(type) === true))
    return false;
  return isTextMatch(fields, select) && isContext(fields.avc, select);
}

function isTextMatch(fields: SearchFields, select: Selectors): boolean {
  const isSame = (wanted: string | null, found: string | null): boolean =>
    wanted === null || (found !== null && hasText(found, wanted, select));
  if (select.file !== null && !isFile(fields, select.file, select)) return false;
  return (
    isSame(select.hostname, fields.hostname) &&
    isSame(select.terminal, fields.terminal) &&
    isSame(select.exe, fields.exe) &&
    isSame(select.comm, fields.comm) &&
    (select.key === null || (fields.keys ?? []).some((key) => isSame(select.key, key))) &&
    isSame(select.vmname, fields.vmname) &&
    isSame(select.uuid, fields.uuid)
  );
}

const hasText = (text: string, wanted: string, { isExact }: Selectors): boolean =>
  isExact ? text === wanted : text.includes(wanted);

/** A file's name, or else the working directory's. */
const isFile = ({ files, cwd }: SearchFields, wanted: string, select: Selectors): boolean =>
  files?.some(({ name }) => hasText(name, wanted, select)) === true ||
  (cwd !== null && hasText(cwd, wanted, select));

function isUser(
  event: LogEvent,
  fields: SearchFields,
  select: Selectors,
  userName: (uid: number) => string | null,
): boolean {
  if (!asksForNames(select)) {
    const isUid = select.uid === fields.uid;
    const isEuid = select.euid === fields.euid;
    const isLogin = select.loginuid === fields.loginuid;
    if (select.anyUid) return isUid || isEuid || isLogin;
    return (
      (select.uid === -1 || isUid) && (select.euid === -1 || isEuid) && (select.loginuid === -2 || isLogin)
    );
  }
  // The tool reads uids from auditd's own records, but looks up no names for them but the login's.
  const hasNames = !isDaemonRecord(event.records[0]?.type ?? -1);
  const added = nameAdditions(event);
  const isNamed = (wanted: string | null, id: number, absent: number, field: string): boolean => {
    if (wanted === null || !(hasNames || field === "AUID")) return false;
    // What auditd added goes first, also where the tool misread the id (`auid=` for `uid=` in ANOM_ABEND).
    const own = addedValue(added, field);
    if (own !== null) return decodedName(own) === wanted;
    return id !== absent && (id === 0 ? "root" : userName(id >>> 0)) === wanted;
  };
  const { uidName, euidName, loginuidName } = select;
  const isUid = isNamed(uidName, fields.uid, -1, "UID");
  const isEuid = isNamed(euidName, fields.euid, -1, "EUID");
  const isLogin = isNamed(loginuidName, fields.loginuid, -2, "AUID");
  if (select.anyUid && uidName !== null) return isUid || isEuid || isLogin;
  return (uidName === null || isUid) && (euidName === null || isEuid) && (loginuidName === null || isLogin);
}

function isGroup(fields: SearchFields, { gid, egid, anyGid }: Selectors): boolean {
  if (anyGid) return gid === fields.gid || egid === fields.egid;
  return (gid === -1 || gid === fields.gid) && (egid === -1 || egid === fields.egid);
}

function isContext(avc: readonly AvcFields[] | null, select: Selectors): boolean {
  const { subject, object, anyContext } = select;
  if (subject === null && object === null && !anyContext) return true;
  const isSubject =
    subject !== null &&
    (avc ?? []).some(({ scontext }) => scontext !== null && hasText(scontext, subject, select));
  const isObject =
    object !== null &&
    (avc ?? []).some(({ tcontext }) => tcontext !== null && hasText(tcontext, object, select));
  if (anyContext) return isSubject || isObject;
  return (subject === null || isSubject) && (object === null || isObject);
}
