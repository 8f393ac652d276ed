import { ABSENT } from "../../model/audit-columns.ts";
import { EVENT_FIELDS, type FieldMeaning, PATH_MEANINGS } from "./columns-fields.ts";
import { type FieldSink, QuickScan } from "./columns-scan.ts";
import {
  behind,
  closingQuote,
  endOfTextHex,
  endOfValue,
  isEnd,
  readFields,
  type UsualField,
  type ValueForm,
} from "./usual-fields.ts";

const SPACE = 32;
const QUOTE = 34;
const APOSTROPHE = 39;
const OPEN = 40;
const COMMA = 44;
const COLON = 58;
const SLASH = 47;
const EQUALS = 61;
const BRACE = 123;
const ENRICHED = 0x1d;

const EVENT: ReadonlyMap<string, FieldMeaning> = new Map(EVENT_FIELDS.map((one) => [one.name, one]));
const PATH: ReadonlyMap<string, FieldMeaning> = new Map(PATH_MEANINGS.map((one) => [one.name, one]));
const word = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** Fields as `name:form`, optional ones with `?`, of which those in brackets feed no column. */
function fieldsOf(text: string): readonly UsualField[] {
  return text.split(" ").map((one) => {
    const [name = "", form = "digits"] = one.replace(/[[\]?]/g, "").split(":");
    return {
      head: word(`${name}=`),
      form: form as ValueForm,
      isOptional: one.includes("?"),
      meaning: one.startsWith("[") ? null : (EVENT.get(name) ?? null),
    };
  });
}

const CALL = fieldsOf(
  "arch:arch syscall success:outcome? exit:signed? [a0:hex] [a1:hex] [a2:hex] [a3:hex] [items] ppid pid auid uid gid " +
    "euid [suid] [fsuid] egid [sgid] [fsgid] tty:word ses comm:text exe:text [subj:word]? key:key",
);
const LOGIN = fieldsOf("pid uid [subj:word]? [old-auid] auid tty:word [old-ses] ses res:bit");
const MESSAGE_HEAD = fieldsOf("pid uid auid ses [subj:word]?");

/** Each reads the body of a record, from the space before its first field; −1 or false where it is not the usual one. */
const isWhole = (
  fields: readonly UsualField[],
  bytes: Buffer,
  body: number,
  end: number,
  sink: FieldSink,
) => {
  const p = readFields(fields, bytes, body, end, sink);
  return p >= 0 && isEnd(bytes, p, end);
};
export const readCall = (bytes: Buffer, body: number, end: number, sink: FieldSink): boolean =>
  isWhole(CALL, bytes, body, end, sink);
export const readLogin = (bytes: Buffer, body: number, end: number, sink: FieldSink): boolean =>
  isWhole(LOGIN, bytes, body, end, sink);

const CWD_HEAD = word(" cwd=");
const CWD = EVENT.get("cwd") as FieldMeaning;
/** CWD. */
export function readCwd(bytes: Buffer, body: number, end: number, sink: FieldSink): boolean {
  const from = behind(bytes, body, end, CWD_HEAD);
  if (from < 0) return false;
  if (bytes[from] === QUOTE) {
    const close = closingQuote(bytes, from + 1, end, true);
    return close >= 0 && isEnd(bytes, close + 1, end) && sink(CWD, from + 1, close, true);
  }
  const stop = endOfTextHex(bytes, from, end);
  return stop >= 0 && isEnd(bytes, stop, end) && sink(CWD, from, stop, false);
}

const SADDR_HEAD = word(" saddr=");
const SADDR = EVENT.get("saddr") as FieldMeaning;
/** SOCKADDR. */
export function readAddress(bytes: Buffer, body: number, end: number, sink: FieldSink): boolean {
  const from = behind(bytes, body, end, SADDR_HEAD);
  if (from < 0) return false;
  let p = from;
  while (p < end && isHexDigit(bytes[p] as number)) p++;
  return p > from && isEnd(bytes, p, end) && sink(SADDR, from, p, false);
}
const isHexDigit = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 65 && c <= 70);

const ITEM_HEAD = word(" item=");
const NAME_HEAD = word(" name=");
const UNNAMED = word("(null)");
const NAMETYPE = word(" nametype=");
const [ITEM, NAME, ROLE] = ["item", "name", "nametype"].map((name) => PATH.get(name)) as [
  FieldMeaning,
  FieldMeaning,
  FieldMeaning,
];
/** How a PATH record ends: not the usual record; without `nametype`; with it, then other fields; with it as the last. */
export const PATH_FORM = { other: 0, typeless: 1, open: 2, closed: 3 } as const;
/** What is read of a name: what it is; nothing, because it is `(null)`; nothing, because it is empty. */
export const NAME_FORM = { said: 0, absent: 4, blank: 8 } as const;

/** True where `type=` stands before `p`. */
const isType = (bytes: Buffer, p: number): boolean =>
  bytes[p - 1] === 101 && bytes[p - 2] === 112 && bytes[p - 3] === 121 && bytes[p - 4] === 116;

/** PATH. @returns the sum of one of {@link PATH_FORM} and one of {@link NAME_FORM}. */
export function readPathRecord(bytes: Buffer, body: number, end: number, sink: FieldSink): number {
  const { other } = PATH_FORM;
  const item = behind(bytes, body, end, ITEM_HEAD);
  if (item < 0) return other;
  let p = endOfValue(bytes, item, end, "digits");
  if (p < 0) return other;
  sink(ITEM, item, p, false);
  const name = behind(bytes, p, end, NAME_HEAD);
  if (name < 0) return other;
  let form: number = NAME_FORM.said;
  if (bytes[name] === QUOTE && bytes[name + 1] === QUOTE) {
    form = NAME_FORM.blank;
    p = name + 2;
  } else if (bytes[name] === QUOTE) {
    p = closingQuote(bytes, name + 1, end, true);
    if (p < 0) return other;
    for (let at = name; at < p; at++) if (bytes[at] === EQUALS && isType(bytes, at)) return other;
    sink(NAME, name + 1, p, true);
    p++;
  } else {
    // Two zeros begin an abstract socket's name: endOfTextHex takes none.
    if (bytes[name] === OPEN) form = NAME_FORM.absent;
    p = bytes[name] === OPEN ? behind(bytes, name, end, UNNAMED) : endOfTextHex(bytes, name, end);
    if (p < 0) return other;
    sink(NAME, name, p, false);
  }
  const tail = readPathTail(bytes, p, end, sink);
  return tail === other ? other : tail + form;
}

/** What stands behind a PATH record's name. @returns one of {@link PATH_FORM}. */
function readPathTail(bytes: Buffer, from: number, end: number, sink: FieldSink): number {
  const { other, typeless, open, closed } = PATH_FORM;
  let p = from;
  if (bytes[p] !== SPACE) return other;
  for (; p < end; p++) {
    const c = bytes[p] as number;
    if (c === EQUALS) {
      if (isType(bytes, p)) break;
    } else if (c < SPACE) {
      return c === ENRICHED ? typeless : other;
    } else if (c === QUOTE || c === APOSTROPHE || c === BRACE || c === OPEN) return other;
  }
  if (p >= end) return typeless;
  if (behind(bytes, p + 1 - NAMETYPE.length, end, NAMETYPE) < 0) return other;
  const role = ++p;
  while (p < end && (bytes[p] as number) > SPACE) p++;
  sink(ROLE, role, p, false);
  if (isEnd(bytes, p, end)) return closed;
  return bytes[p] === SPACE ? open : other;
}

/** Fields of programs' records that audit's tools do not look at, nor take for another. */
const PASSIVE =
  "op grantors unit cmd id grp direction cipher ksize mac pfs spid suid rport laddr lport kind fp".split(" ");
const TAKEN = "acct exe hostname addr terminal res comm cwd".split(" ");
const MESSAGE_FIELDS = new QuickScan([
  ...TAKEN.map((name) => EVENT.get(name) as FieldMeaning),
  ...PASSIVE.map((name) => ({ name, at: ABSENT, bit: 0, isText: true, isEncoded: false })),
]);
const MESSAGE_HEADER = word(" msg='");
const SUCCESS = word("success'");
const FAILED = word("failed'");
/** Which were seen, as bits. */
const SEEN = { acct: 1, exe: 2, hostname: 4, addr: 8, terminal: 16, res: 32, comm: 64, cwd: 128 } as const;
/** Behind `acct` the tools look for these. */
const BEHIND_ACCT = SEEN.exe | SEEN.hostname | SEEN.terminal | SEEN.cwd;
/** What a program's record is: not the usual one; with its host; without. */
export const MESSAGE_FORM = { other: 0, hosted: 1, hostless: 2 } as const;

/** What a trusted program wrote: sshd, sudo, cron, systemd. @returns one of {@link MESSAGE_FORM}. */
export function readMessage(bytes: Buffer, body: number, end: number, sink: FieldSink): number {
  const { other, hosted, hostless } = MESSAGE_FORM;
  let p = readFields(MESSAGE_HEAD, bytes, body, end, sink);
  if (p < 0) return other;
  p = behind(bytes, p, end, MESSAGE_HEADER);
  if (p < 0) return other;
  let seen = 0;
  for (;;) {
    const nameStart = p;
    let c = 0;
    while (p < end && (c = bytes[p] as number) !== EQUALS) {
      if (c <= SPACE || c === APOSTROPHE || c === QUOTE) return other;
      p++;
    }
    const meaning = MESSAGE_FIELDS.find(bytes, nameStart, p - nameStart);
    if (meaning === undefined || p >= end) return other;
    const from = ++p;
    const bit: number = SEEN[meaning.name as keyof typeof SEEN] ?? 0;
    if ((seen & bit) !== 0) return other;
    seen |= bit;
    if (bit === SEEN.res) {
      p = behind(bytes, from, end, SUCCESS);
      if (p < 0) p = behind(bytes, from, end, FAILED);
      if (p < 0 || !isEnd(bytes, p, end)) return other;
      sink(meaning, from, p - 1, false);
      break;
    }
    p = endOfMessageValue(bytes, from, end, bit, (seen & SEEN.hostname) !== 0);
    if (p < 0) return other;
    if (bit === SEEN.acct && (seen & BEHIND_ACCT) !== 0) return other;
    if (bit === SEEN.addr && (seen & SEEN.hostname) === 0) return other;
    if (bit !== 0) {
      if (bytes[from] === QUOTE) sink(meaning, from + 1, p - 1, true);
      else sink(meaning, from, p, false);
    }
    if (bytes[p] !== SPACE) return other;
    p++;
  }
  const needed = SEEN.exe | SEEN.terminal;
  if ((seen & needed) !== needed) return other;
  if ((seen & SEEN.hostname) === 0) return hostless;
  return (seen & SEEN.addr) === 0 ? other : hosted;
}

/** Where a value of a program's record ends; −1 where the tools and the columns might not agree about it. */
function endOfMessageValue(
  bytes: Buffer,
  from: number,
  end: number,
  bit: number,
  isHostRead: boolean,
): number {
  if (bytes[from] === QUOTE) {
    if (bit === SEEN.hostname || bit === SEEN.addr || bit === SEEN.terminal) return -1;
    const close = closingQuote(bytes, from + 1, end, false);
    if (close < 0) return -1;
    if (isHostRead) for (let at = from; at < close; at++) if (bytes[at] === COMMA) return -1;
    return close + 1;
  }
  if (bit === SEEN.acct || bit === SEEN.comm || bit === SEEN.cwd) return endOfTextHex(bytes, from, end);
  if (bit === SEEN.exe) {
    if (bytes[from] !== SLASH) return endOfTextHex(bytes, from, end);
    return endOfValue(bytes, from, end, "word");
  }
  let p = from;
  for (; p < end; p++) {
    const c = bytes[p] as number;
    if (c <= SPACE) break;
    if (c === EQUALS || c === QUOTE || c === APOSTROPHE || (isHostRead && c === COMMA)) return -1;
  }
  if (p === from) return -1;
  if (bit === 0) return p;
  // `(null)` is a text to the tools, and nothing to the columns; what ends a word in a sentence is left out of these.
  const last = bytes[p - 1];
  return bytes[from] === 40 || last === COLON || last === COMMA ? -1 : p;
}
