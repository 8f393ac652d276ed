import { ABSENT, SHAPE } from "../../model/audit-columns.ts";
import type { FieldSink } from "./columns-scan.ts";
import type { Group, GroupedLine } from "./groups.ts";
import {
  MESSAGE_FORM,
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

  begin(group: Group): void {
    this.#group = group;
    this.#lines = 0;
    this.#hasCwd = false;
    this.#hasAddress = false;
    this.#hasPath = false;
    this.#pathForm = PATH_FORM.typeless;
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
      if (this.#group?.lines.length !== 1) return false;
      if (number === TYPE.login) {
        this.#shape = SHAPE.login;
        return readLogin(bytes, body, end, event);
      }
      if (!isMessage(number)) return false;
      const form = readMessage(bytes, body, end, event);
      this.#shape = form === MESSAGE_FORM.hosted ? SHAPE.message : SHAPE.hostlessMessage;
      return form !== MESSAGE_FORM.other;
    }
    if (number === TYPE.path) {
      const form = readPathRecord(bytes, body, end, path);
      if (form === PATH_FORM.other) return false;
      const before = this.#pathForm;
      if (form !== PATH_FORM.typeless && before !== PATH_FORM.typeless && form !== before) return false;
      if (form === PATH_FORM.closed) this.#shape = SHAPE.oldCall;
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

const IGNORE: FieldSink = () => true;
/** The shape of an event by its lines alone. */
export function shapeOf(reader: ShapeReader, group: Group): number {
  reader.begin(group);
  for (const line of group.lines) if (!reader.line(line, IGNORE, IGNORE)) return ABSENT;
  return reader.shape;
}
