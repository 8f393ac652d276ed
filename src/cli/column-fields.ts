import { ByNumber } from "../lib/by-number.ts";
import {
  ABSENT,
  AUDIT_COLUMNS,
  type AuditColumn,
  isCallShape,
  PATH_ROLES,
  SHAPE,
} from "../model/audit-columns.ts";
import type { AuditColumns } from "../ports/audit-reads.ts";
import { type LogEvent, LogRecord } from "../query/log-event.ts";
import { typeNumber } from "../query/log-stamp.ts";
import { SearchFields, SUCCESS, type Wanted } from "../query/search-fields.ts";
import { type SocketText, socketAddressText } from "../query/socket-text.ts";

const PATH_MAX = 4096;
const NOTHING = new Float64Array(0);
const NO_COLUMNS = Object.fromEntries(AUDIT_COLUMNS.map((name) => [name, NOTHING])) as Readonly<
  Record<AuditColumn, Float64Array>
>;
const NO_ADDRESS: SocketText = { kind: "other" };

/** An event of record types alone: enough to ask whether it concerns anybody. */
export const recordsOf = (kind: string): LogRecord[] =>
  kind.split(" ").map((name) => new LogRecord(typeNumber(name)));

/**
 * Events and their fields, as audit's tools read them, from the database's columns alone. Answers only for events
 * whose {@link SHAPE} says that the columns tell it all.
 */
export class ColumnFields {
  readonly #wanted: Wanted;
  readonly #texts = new ByNumber<string>();
  readonly #records = new Map<number, LogRecord[]>();
  readonly #addresses = new Map<number, SocketText>();
  #run: AuditColumns | null = null;
  #columns = NO_COLUMNS;
  #exits: Float64Array = NOTHING;
  #times: Float64Array | null = null;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  /** What follows is asked of this run; `isCounting`: only {@link isTold}, {@link shape}, {@link second} and what stands behind numbers. */
  begin(run: AuditColumns, isCounting = false): void {
    this.#run = run;
    this.#times = null;
    const w = this.#wanted;
    const columns: Record<AuditColumn, Float64Array> = { ...NO_COLUMNS };
    const names: (AuditColumn | false | undefined)[] = ["shape", (w.files || w.hostname) && "saddr"];
    if (!isCounting)
      names.push(
        ...(["time", "serial", "node", "kind", "syscall", "acct"] as const),
        ...(
          [
            "arch",
            "success",
            "exit",
            "uid",
            "euid",
            "gid",
            "egid",
            "pid",
            "ppid",
            "comm",
            "exe",
            "terminal",
          ] as const
        ).filter((name) => w[name]),
        w.loginuid && "auid",
        w.session && "ses",
        w.keys && "key",
        w.hostname && "host",
        w.files && "cwd",
      );
    for (const name of names) if (name) columns[name] = run.column(name);
    this.#columns = columns;
    this.#exits = w.exit === true ? run.column("exit") : NOTHING;
  }

  /** False where the event's lines must be read. */
  isTold(place: number): boolean {
    const shape = this.#columns.shape[place] ?? 0;
    if (!(SHAPE.call <= shape)) return false;
    // A call that did not return has no exit; the tools skip it where that is asked for.
    if (this.#exits[place] === ABSENT && (isCallShape(shape) || shape === SHAPE.loginCall)) return false;
    const address = this.#columns.saddr[place] ?? 0;
    if (address === 0) return true;
    // Of a short address the tools warn, and skip the event.
    const { kind } = this.address(address);
    return kind !== "short" && kind !== "undecodable";
  }

  /** The second of its stamp. */
  second(place: number): number {
    this.#times ??= this.#run?.column("time") ?? NOTHING;
    return Math.floor((this.#times[place] ?? 0) / 1000);
  }

  /** The event's {@link SHAPE}. */
  shape(place: number): number {
    return this.#columns.shape[place] ?? 0;
  }

  /**
   * Its stamp, and its record types without their texts.
   * @param part of a {@link SHAPE.loginCall}: the LOGIN record or the call; the default is all records.
   */
  event(place: number, part: number | null = null): LogEvent {
    const { time, serial, node, kind } = this.#columns;
    const timeMs = time[place] ?? 0;
    const sec = Math.floor(timeMs / 1000);
    const nodeId = node[place] ?? 0;
    const records = this.records(kind[place] ?? 0);
    return {
      sec,
      milli: timeMs - sec * 1000,
      serial: serial[place] ?? 0,
      node: nodeId === 0 ? null : this.text(nodeId),
      records: part === null ? records : part === SHAPE.login ? records.slice(0, 1) : records.slice(1),
    };
  }

  /** The record types of a kind. */
  records(kind: number): LogRecord[] {
    let records = this.#records.get(kind);
    if (records === undefined) {
      records = recordsOf(this.text(kind));
      this.#records.set(kind, records);
    }
    return records;
  }

  /** @param shape of the part that is asked for. */
  fields(place: number, shape = this.shape(place)): SearchFields {
    const c = this.#columns;
    const w = this.#wanted;
    const s = new SearchFields();
    const int = (column: Float64Array): number => (column[place] ?? 0) | 0;
    if (w.pid === true) s.pid = int(c.pid);
    if (w.uid === true) s.uid = int(c.uid);
    if (w.loginuid === true) s.loginuid = int(c.auid);
    if (w.session === true) s.session = int(c.ses);
    if (w.success === true) s.success = c.success[place] === ABSENT ? SUCCESS.unset : int(c.success);
    if (isCallShape(shape)) this.#call(place, s, shape);
    else if (shape !== SHAPE.login) this.#message(place, s, shape === SHAPE.message);
    return s;
  }

  /** The text of a number. */
  text(id: number): string {
    let text = this.#texts.get(id);
    if (text === undefined) {
      text = this.#run?.text(id) ?? "";
      this.#texts.set(id, text);
    }
    return text;
  }

  #call(place: number, s: SearchFields, shape: number): void {
    const c = this.#columns;
    const w = this.#wanted;
    s.syscall = (c.syscall[place] ?? 0) | 0;
    if (w.arch === true) s.arch = c.arch[place] ?? 0;
    if (w.exit === true) s.exit = BigInt(c.exit[place] ?? 0);
    if (w.ppid === true) s.ppid = (c.ppid[place] ?? 0) | 0;
    if (w.gid === true) s.gid = (c.gid[place] ?? 0) | 0;
    if (w.euid === true) s.euid = (c.euid[place] ?? 0) | 0;
    if (w.egid === true) s.egid = (c.egid[place] ?? 0) | 0;
    if (w.terminal === true) s.terminal = this.text(c.terminal[place] ?? 0);
    if (w.comm === true) s.comm = this.text(c.comm[place] ?? 0);
    if (w.exe === true) s.exe = this.text(c.exe[place] ?? 0);
    if (w.keys === true) s.keys = this.keys(c.key[place] ?? 0);
    const address = this.address(c.saddr[place] ?? 0);
    if (w.hostname === true && address.kind === "host") s.hostname = address.text;
    if (w.files === true) this.#files(place, s, address, shape);
  }

  /** The keys of a call's column. */
  keys(id: number): string[] {
    if (id === 0) return ["(null)"];
    const text = this.text(id);
    return text.includes("\x01") ? text.split("\x01").filter((key) => key !== "") : [text];
  }

  #files(place: number, s: SearchFields, address: SocketText, shape: number): void {
    const cwd = this.#columns.cwd[place] ?? 0;
    if (cwd !== 0) s.cwd = this.text(cwd);
    const paths = this.#run?.paths;
    const first = paths?.starts[place] ?? 0;
    const end = paths?.starts[place + 1] ?? 0;
    if (address.kind !== "path" && first === end) return;
    s.files = address.kind === "path" ? [{ name: address.text, kind: null }] : [];
    for (let at = first; at < end; at++) {
      const id = paths?.names[at] ?? 0;
      const kind = shape === SHAPE.oldCall ? (PATH_ROLES[paths?.roles[at] ?? 0] ?? null) : null;
      s.files.push({ name: this.fileName(id, s.cwd, shape), kind });
    }
  }

  /** A file's name: that of a PATH record's number, under the working directory. */
  fileName(id: number, cwd: string | null, shape: number): string {
    if (id === 0) return shape === SHAPE.blankCall ? "" : "(null)";
    const name = this.text(id);
    if (cwd === null || !(name.startsWith("..") || name.startsWith("./"))) return name;
    return `${cwd}/${name}`.slice(0, PATH_MAX - 1);
  }

  #message(place: number, s: SearchFields, hasHost: boolean): void {
    const c = this.#columns;
    const w = this.#wanted;
    const textAt = (column: Float64Array): string | null => {
      const id = column[place] ?? 0;
      return id === 0 ? null : this.text(id);
    };
    s.acct = textAt(c.acct);
    if (w.comm === true) s.comm = textAt(c.comm);
    if (w.exe === true) s.exe = textAt(c.exe);
    if (w.hostname === true && hasHost) s.hostname = textAt(c.host) ?? "?";
    if (w.terminal === true) s.terminal = textAt(c.terminal) ?? "?";
    if (w.files === true) s.cwd = textAt(c.cwd);
  }

  /** What the address of this number is to the tools. */
  address(id: number): SocketText {
    if (id === 0) return NO_ADDRESS;
    let address = this.#addresses.get(id);
    if (address === undefined) {
      address = socketAddressText(this.text(id));
      this.#addresses.set(id, address);
    }
    return address;
  }
}
