import { ABSENT, SHAPE } from "../../model/audit-columns.ts";
import type { FieldSink } from "./columns-scan.ts";
import type { Group, GroupedLine } from "./groups.ts";
import {
  MESSAGE_FORM,
  NAME_FORM,
  PATH_FORM,
  readAddress,
  readCall,
  readCwd,
  readLogin,
  readMessage,
  readPathRecord,
} from "./usual-records.ts";

const SPACE = 32;
const EQUALS = 61;
const TYPE = {
  syscall: 1300,
  path: 1302,
  sockaddr: 1306,
  cwd: 1307,
  login: 1006,
  userAvc: 1107,
  userTty: 1124,
};
/** Records that neither audit's tools nor the columns read: EXECVE, FD_PAIR, EOE, BPRM_FCAPS, MMAP, PROCTITLE, KERN_MODULE. */
const SILENT: ReadonlySet<number> = new Set([1309, 1317, 1320, 1321, 1323, 1327, 1330]);
/** What the tools take of a line at once, newline included (see LogReader). */
const LINE_BYTES = 8969;
/** The tools look for the stamp in so many bytes, or more where a node is named. */
const HEAD_BYTES = 80;
const HEAD_BYTES_NODE = 340;
const STAMP = Buffer.from(" msg=audit(", "latin1");
/** `1795511325.191`. */
const TIME_CHARS = 14;
/** Groups of the kernel's account records, of which the tools read a group id, and of virtual machines. */
const isOddMessage = (type: number): boolean =>
  type === TYPE.userAvc ||
  type === TYPE.userTty ||
  type === 1116 ||
  type === 1117 ||
  type === 1132 ||
  (type >= 2500 && type <= 2599);
const isMessage = (type: number): boolean =>
  ((type >= 1100 && type <= 1199) || (type >= 2100 && type <= 2999)) && !isOddMessage(type);

const IGNORE: FieldSink = () => true;
/** Fields that both a LOGIN record and its call have. */
const SHARED = ["pid", "uid", "auid", "ses", "tty"] as const;

/** Compares the ids of a LOGIN record with those of the call behind it. */
class SharedIds {
  #areSame = true;
  #hasOutcome = false;
  #outcome = "";
  readonly #texts = new Map<string, string>();
  #bytes: Buffer = Buffer.alloc(0);
  #sink: FieldSink = IGNORE;

  begin(bytes: Buffer, sink: FieldSink): void {
    this.#bytes = bytes;
    this.#sink = sink;
    this.#areSame = true;
    this.#hasOutcome = false;
  }

  /** True where the call has said all of it alike. */
  get areAlike(): boolean {
    return this.#areSame && this.#hasOutcome;
  }

  readonly take: FieldSink = (meaning, start, end, isQuoted) => {
    const text = this.#bytes.toString("latin1", start, end);
    if (meaning.name === "res") this.#outcome = text === "1" ? "yes" : "no";
    else this.#texts.set(meaning.name, text);
    return this.#sink(meaning, start, end, isQuoted);
  };

  readonly check: FieldSink = (meaning, start, end, isQuoted) => {
    const { name } = meaning;
    const isShared = (SHARED as readonly string[]).includes(name);
    const wanted = name === "success" ? this.#outcome : isShared ? this.#texts.get(name) : null;
    if (wanted !== null && wanted !== this.#bytes.toString("latin1", start, end)) this.#areSame = false;
    if (name === "success") this.#hasOutcome = true;
    return this.#sink(meaning, start, end, isQuoted);
  };
}

/**
 * Tells an event's {@link SHAPE} while its lines are read one by one, and gives the fields that the columns take of
 * lines in their usual form. What makes a line unusual is whatever might have audit's tools (with their search from
 * one field to the next) and the columns read different values.
 */
export class ShapeReader {
  #shape = ABSENT;
  #isUsual = false;
  #group: Group | null = null;
  #lines = 0;
  #hasCwd = false;
  #hasAddress = false;
  #hasPath = false;
  #pathForm: number = PATH_FORM.typeless;
  #nameForm: number = NAME_FORM.said;
  readonly #ids = new SharedIds();

  begin(group: Group): void {
    this.#group = group;
    this.#lines = 0;
    this.#hasCwd = false;
    this.#hasAddress = false;
    this.#hasPath = false;
    this.#pathForm = PATH_FORM.typeless;
    this.#nameForm = NAME_FORM.said;
    this.#shape = ABSENT;
    const { time, node } = group;
    this.#isUsual =
      time.length === TIME_CHARS && time.charCodeAt(10) === 46 && (node === null || !node.includes("="));
  }

  /** The event's shape, once all of its lines were read. */
  get shape(): number {
    return this.#isUsual ? this.#shape : ABSENT;
  }

  /** @returns false where the line is not in its usual form: what was given of it must be forgotten. */
  line(line: GroupedLine, event: FieldSink, path: FieldSink): boolean {
    if (!this.#isUsual) return false;
    this.#isUsual = this.#isHeadUsual(line) && this.#read(line, event, path);
    this.#lines++;
    return this.#isUsual;
  }

  #read({ bytes, body, end, type }: GroupedLine, event: FieldSink, path: FieldSink): boolean {
    const { number } = type;
    if (this.#lines === 0) {
      if (number === TYPE.syscall) {
        this.#shape = SHAPE.call;
        return readCall(bytes, body, end, event);
      }
      if (number === TYPE.login) {
        this.#shape = SHAPE.login;
        this.#ids.begin(bytes, event);
        return readLogin(bytes, body, end, this.#ids.take);
      }
      if (this.#group?.lines.length !== 1) return false;
      if (!isMessage(number)) return false;
      const form = readMessage(bytes, body, end, event);
      this.#shape = form === MESSAGE_FORM.hosted ? SHAPE.message : SHAPE.hostlessMessage;
      return form !== MESSAGE_FORM.other;
    }
    if (this.#shape === SHAPE.login) {
      // What LOGIN has said first must hold of the call, too: the columns say it once.
      if (number !== TYPE.syscall) return false;
      this.#shape = SHAPE.loginCall;
      this.#ids.begin(bytes, event);
      return readCall(bytes, body, end, this.#ids.check) && this.#ids.areAlike;
    }
    if (this.#shape === SHAPE.loginCall) return SILENT.has(number);
    if (number === TYPE.path) {
      const read = readPathRecord(bytes, body, end, path);
      if (read === PATH_FORM.other) return false;
      const form = read & 3;
      const name = read - form;
      if (name !== NAME_FORM.said) {
        if (this.#nameForm !== NAME_FORM.said && name !== this.#nameForm) return false;
        if (name === NAME_FORM.blank && this.#pathForm === PATH_FORM.closed) return false;
        this.#nameForm = name;
        if (name === NAME_FORM.blank) this.#shape = SHAPE.blankCall;
      }
      const before = this.#pathForm;
      if (form !== PATH_FORM.typeless && before !== PATH_FORM.typeless && form !== before) return false;
      if (form === PATH_FORM.closed) {
        if (this.#nameForm === NAME_FORM.blank) return false;
        this.#shape = SHAPE.oldCall;
      }
      if (form !== PATH_FORM.typeless) this.#pathForm = form;
      this.#hasPath = true;
      return true;
    }
    if (number === TYPE.cwd) {
      if (this.#hasCwd || this.#hasPath) return false;
      this.#hasCwd = true;
      return readCwd(bytes, body, end, event);
    }
    if (number === TYPE.sockaddr) {
      if (this.#hasAddress || this.#hasPath) return false;
      this.#hasAddress = true;
      return readAddress(bytes, body, end, event);
    }
    return SILENT.has(number);
  }

  /** True for `[node=NAME ]type=NAME msg=audit(TIME:SERIAL): ` with no more and no less. */
  #isHeadUsual({ bytes, start, body, end, type }: GroupedLine): boolean {
    const { time, serial, node } = this.#group as Group;
    const typeAt = node === null ? start : start + node.length + 6;
    const stampAt = typeAt + 5 + type.name.length;
    const expected = stampAt + STAMP.length + time.length + 1 + digitsOf(serial) + 2;
    if (body !== expected || bytes[body] !== SPACE || end - start >= LINE_BYTES) return false;
    if (body - start > (node === null ? HEAD_BYTES : HEAD_BYTES_NODE)) return false;
    if (bytes[typeAt] !== 116 || bytes[typeAt + 4] !== EQUALS || (node !== null && bytes[start] !== 110))
      return false;
    for (let at = 0; at < STAMP.length; at++) if (bytes[stampAt + at] !== STAMP[at]) return false;
    return true;
  }
}

function digitsOf(serial: number): number {
  let digits = 1;
  for (let rest = serial; rest >= 10; rest /= 10) digits++;
  return digits;
}
