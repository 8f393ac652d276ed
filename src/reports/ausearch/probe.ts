import type { RecordProbe } from "../../query/log-reader.ts";
import { asksForNames } from "./match.ts";
import type { Selectors } from "./selectors.ts";

const QUOTE = 34;
const OPEN = 40;
const MAX_DIGITS = 15;
const EQUALS = 61;
const HEAD_BYTES = 36;
const TYPE = {
  userAvc: 1107,
  path: 1302,
  config: 1305,
  sockaddr: 1306,
  cwd: 1307,
  netfilter: 1325,
  listener: 1335,
};
/** Of these types a field is set that is not there. */
const DEFAULTED: readonly number[] = [TYPE.netfilter, TYPE.listener];

/** Of these types the group is in `id`. */
const BY_GROUP: readonly number[] = [1116, 1117, 1132];

/** Where something next is, at or behind where it is asked for; what is asked for rises. */
type Finder = (bytes: Buffer, from: number) => number;
const NOWHERE = Number.POSITIVE_INFINITY;

/** Makes a finder that fits bytes like these. */
type Sight = (sample: Buffer) => Finder;

const SAMPLE_BYTES = 64 << 10;

/** Where in the text its rarest byte is: what begins with that is found ten times as fast as what begins with a frequent one. */
function rarestAt(text: string, sample: Buffer): number {
  const counts = new Uint32Array(256);
  for (const byte of sample.subarray(0, SAMPLE_BYTES)) counts[byte] = (counts[byte] as number) + 1;
  const count = (at: number): number => counts[text.charCodeAt(at) & 0xff] as number;
  let rarest = 0;
  for (let at = 1; at < text.length; at += 1) if (count(at) < count(rarest)) rarest = at;
  return rarest;
}

/** Of more bytes Node prepares tables, and is five times as slow. */
const SOUGHT_BYTES = 6;

/** Where a text stands. */
const literal =
  (text: string): Sight =>
  (sample) => {
    const before = rarestAt(text, sample);
    const sought = text.slice(before, before + SOUGHT_BYTES);
    const wanted = Buffer.from(text, "latin1");
    const isThere = (bytes: Buffer, at: number): boolean => {
      for (let k = 0; k < wanted.length; k += 1) if (bytes[at + k] !== wanted[k]) return false;
      return true;
    };
    return (bytes, from) => {
      for (
        let at = bytes.indexOf(sought, from + before, "latin1");
        at >= 0;
        at = bytes.indexOf(sought, at + 1, "latin1")
      )
        if (isThere(bytes, at - before)) return at - before;
      return NOWHERE;
    };
  };

/** Where a field's value may be hex: it is neither in quotes nor `(null)`. */
const bare =
  (name: string): Sight =>
  (sample) => {
    const find = literal(name)(sample);
    return (bytes, from) => {
      for (let at = find(bytes, from); at < NOWHERE; at = find(bytes, at + 1)) {
        const first = bytes[at + name.length];
        if (first !== QUOTE && first !== OPEN) return at;
      }
      return NOWHERE;
    };
  };

/** Where a field's value may be read as this number. */
const number =
  (name: string, wanted: number): Sight =>
  (sample) => {
    const find = literal(name)(sample);
    return (bytes, from) => {
      for (let at = find(bytes, from); at < NOWHERE; at = find(bytes, at + 1)) {
        const start = at + name.length;
        let p = start;
        let value = 0;
        for (; p < bytes.length; p += 1) {
          const digit = (bytes[p] as number) - 48;
          if (digit < 0 || digit > 9) break;
          value = value * 10 + digit;
        }
        // No digits, or more than are exact: C has its own ways with them.
        if (p === start || p - start > MAX_DIGITS || (value | 0) === wanted) return at;
      }
      return NOWHERE;
    };
  };

/** True where a field of this name in a line, from `from` on, has a value that may be hex; or the first one has. */
function isBare(bytes: Buffer, from: number, end: number, name: string, isFirstOnly: boolean): boolean {
  const last = name.length - 1;
  for (let at = from + last; at < end; at += 1) {
    if (bytes[at] !== EQUALS) continue;
    let same = last;
    while (same > 0 && bytes[at - last + same - 1] === name.charCodeAt(same - 1)) same -= 1;
    if (same > 0) continue;
    const first = bytes[at + 1];
    if (first !== QUOTE && first !== OPEN) return true;
    if (isFirstOnly) return false;
  }
  return false;
}

/** Marks the names of files that may be hex; of rarer types all records. */
function isFileHex(bytes: Buffer, type: number, start: number, end: number): boolean {
  // The tools do not look at the first bytes of these two.
  if (type === TYPE.path) return isBare(bytes, start + HEAD_BYTES, end, " name=", true);
  if (type === TYPE.cwd) return isBare(bytes, start + HEAD_BYTES, end, " cwd=", true);
  if (type >= 1100 && type < 1200 && type !== TYPE.userAvc) return isBare(bytes, start, end, "cwd=", false);
  return !(type >= 1300 && type < 1400 && type !== TYPE.sockaddr && type !== TYPE.config);
}

type Odd = (bytes: Buffer, type: number, start: number, end: number) => boolean;

/** Marks the records without one of which no event matches. */
class Probe implements RecordProbe {
  readonly #sights: readonly Sight[];
  readonly #isOdd: Odd | null;
  #bytes: Buffer = Buffer.alloc(0);
  #finders: readonly Finder[] | null = null;
  /** Where each of the finders found something last. */
  #found: number[] = [];
  /** The first of these. */
  #next = -1;

  /** @param isOdd says which records are marked whatever is seen. */
  constructor(sights: readonly Sight[], isOdd: Odd | null) {
    this.#sights = sights;
    this.#isOdd = isOdd;
  }

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#finders ??= this.#sights.map((sight) => sight(bytes));
    this.#found = this.#finders.map(() => -1);
    this.#next = -1;
  }

  isMarked(type: number, start: number, end: number): boolean {
    if (this.#next < start) this.#seek(start);
    return this.#next < end || this.#isOdd?.(this.#bytes, type, start, end) === true;
  }

  #seek(start: number): void {
    const finders = this.#finders ?? [];
    let next = NOWHERE;
    for (let index = 0; index < finders.length; index += 1) {
      let at = this.#found[index] as number;
      if (at < start) this.#found[index] = at = finders[index]?.(this.#bytes, start) ?? NOWHERE;
      if (at < next) next = at;
    }
    this.#next = next;
  }
}

/**
 * What a log's bytes can tell of a search before anything is parsed: a probe of one selector, without a mark of
 * which an event does not match; null where there is no such selector.
 */
export function probeOf(select: Selectors): RecordProbe | null {
  const { key, exe, comm, hostname, terminal, session, pid, ppid, loginuid, file, types, exit } = select;
  const isText = (text: string | null): text is string => text !== null && text !== "";
  // Addresses are hex; and of short ones the tools warn, whatever else is asked.
  const probe = (types: readonly number[], ...sights: Sight[]): Probe => {
    const marked = new Set(file === null && hostname === null ? types : [...types, TYPE.sockaddr]);
    return new Probe(sights, marked.size === 0 ? null : (_, type) => marked.has(type));
  };
  if (isText(key)) return probe([], literal(key), bare("key="));
  if (isText(file)) {
    // A name that begins with a point is looked for behind its directory and a slash.
    const name = file.replace(/\/+$/, "");
    return name === "" || file.includes("/.") ? null : new Probe([literal(name)], isFileHex);
  }
  if (isText(exe)) return probe(DEFAULTED, literal(exe), bare("exe="));
  if (isText(comm)) return probe([], literal(comm), bare("comm="));
  if (isText(hostname)) return probe([], literal(hostname));
  if (isText(terminal)) return probe(DEFAULTED, literal(terminal));
  const byUser = !select.anyUid && !asksForNames(select);
  const byGroup = !select.anyGid;
  if (byUser && loginuid > 0) return probe([], number("auid=", loginuid), number("loginuid=", loginuid));
  const numbers: readonly (readonly [name: string, wanted: number])[] = [
    ["ses=", session],
    ["pid=", pid],
    ["ppid=", ppid],
    ["syscall=", select.syscall],
    ["euid=", byUser ? select.euid : 0],
    ["egid=", byGroup ? select.egid : 0],
    ["uid=", byUser ? select.uid : 0],
  ];
  // Zero is also what is taken where there is none.
  for (const [name, wanted] of numbers) if (wanted > 0) return probe([], number(name, wanted));
  if (byGroup && select.gid > 0) return probe(BY_GROUP, number("gid=", select.gid));
  // Before a negative one's digits is a sign, which is looked at no further.
  if (exit !== null && exit !== 0n) return probe([], number("exit=", Number(BigInt.asIntN(32, exit))));
  return types === null || isText(file) || hostname !== null || file !== null ? null : probe(types);
}
