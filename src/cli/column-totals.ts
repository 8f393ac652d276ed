import { ByNumber } from "../lib/by-number.ts";
import { isCallShape, SHAPE } from "../model/audit-columns.ts";
import type { AuditRun } from "../ports/audit-reads.ts";
import type { CountedField } from "../reports/report.ts";
import type { Tally, Total } from "../reports/tally.ts";
import type { ColumnFields } from "./column-fields.ts";

const { call, message, login, loginCall } = SHAPE;
/** Counts an event, or the second of the two that a LOGIN record and its call are. */
type Counter = (place: number, shape: number, isSecond: boolean) => void;
const NONE = -1;
/** `pid_max` is at most this. */
const MOST_IDS = 1 << 22;
/** A message's host or terminal that is `?`. */
const UNKNOWN = 0;

/**
 * Counts a field of events for totals by the numbers that stand for its texts: a text is looked up once, not once for
 * each event. Only for events that {@link ColumnFields.isTold}.
 */
export class ColumnTotals {
  readonly #field: CountedField;
  readonly #fields: ColumnFields;
  readonly #tally: Tally;
  #hits = new Uint32Array(4096);
  /** What each number's events count for. */
  readonly #totals = new ByNumber<readonly Total[]>();
  #count: Counter = () => undefined;

  constructor(field: CountedField, fields: ColumnFields, tally: Tally) {
    this.#field = field;
    this.#fields = fields;
    this.#tally = tally;
  }

  /** What follows is of this run, and was begun by its {@link ColumnFields}. */
  begin(run: AuditRun): void {
    this.#count = this.#counter(run);
  }

  add(place: number, shape: number): void {
    if (shape !== loginCall) return this.#count(place, shape, false);
    this.#count(place, login, false);
    this.#count(place, call, true);
  }

  /** All events were added. */
  end(): void {
    for (const [key, totals] of this.#totals.entries()) {
      const hits = this.#hits[key] ?? 0;
      for (const total of totals) total.hits += hits;
    }
  }

  #counter(run: AuditRun): Counter {
    const tally = this.#tally;
    const fields = this.#fields;
    const one = (text: string): readonly Total[] => [tally.total(text)];
    /** Texts of one column; what an absent one stands for depends on the shape. */
    const texts = (
      values: Float64Array,
      isOf: (shape: number) => boolean,
      isUnknownOf: (shape: number) => boolean,
    ) => {
      const totalsOf = (id: number): readonly Total[] => one(id === UNKNOWN ? "?" : fields.text(id));
      return (place: number, shape: number): void => {
        if (!isOf(shape)) return;
        const id = values[place] ?? 0;
        if (id !== 0 || isUnknownOf(shape)) this.#hit(id, totalsOf);
      };
    };
    switch (this.#field) {
      case "exe":
        return texts(
          run.column("exe"),
          (shape) => shape !== login,
          () => false,
        );
      case "comm":
        return texts(
          run.column("comm"),
          (shape) => shape !== login,
          () => false,
        );
      case "terminal":
        return texts(
          run.column("terminal"),
          (shape) => shape !== login,
          (shape) => !isCallShape(shape),
        );
      case "hostname": {
        const addMessage = texts(
          run.column("host"),
          (shape) => shape === message,
          () => true,
        );
        const addresses = run.column("saddr");
        return (place, shape) => {
          if (!isCallShape(shape)) return addMessage(place, shape);
          const host = fields.address(addresses[place] ?? 0);
          if (host.kind === "host") tally.add(host.text);
        };
      }
      case "keys": {
        const keys = run.column("key");
        const totalsOf = (id: number): readonly Total[] =>
          fields.keys(id).flatMap((key) => (key === "(null)" ? [] : one(key)));
        return (place, shape) => {
          if (isCallShape(shape)) this.#hit(keys[place] ?? 0, totalsOf);
        };
      }
      case "files":
        return this.#fileCounter(run, one);
      case "loginuid": {
        const auids = run.column("auid");
        const totalsOf = (key: number): readonly Total[] => one(String(key + NONE));
        return (place) => this.#hitNumber((auids[place] ?? 0) | 0, totalsOf);
      }
      case "pid": {
        const pids = run.column("pid");
        const totalsOf = (key: number): readonly Total[] =>
          key + NONE === NONE ? [] : [tally.numberTotal(key + NONE)];
        return (place) => this.#hitNumber((pids[place] ?? 0) | 0, totalsOf);
      }
      case "syscall": {
        const calls = run.column("syscall");
        const totalsOf = (key: number): readonly Total[] => one(String(key + NONE));
        return (place, shape) => {
          const syscall = isCallShape(shape) ? (calls[place] ?? 0) | 0 : 0;
          if (syscall > 0) this.#hitNumber(syscall, totalsOf);
        };
      }
      case "type":
      default: {
        const kinds = run.column("kind");
        const totalsOf = (kind: number): readonly Total[] => {
          const type = fields.records(kind)[0]?.type ?? NONE;
          return type === NONE ? [] : [tally.numberTotal(type)];
        };
        return (place, _, isSecond) => {
          const kind = kinds[place] ?? 0;
          if (isSecond) tally.addNumber(fields.records(kind)[1]?.type ?? NONE);
          else this.#hit(kind, totalsOf);
        };
      }
    }
  }

  #fileCounter(
    run: AuditRun,
    one: (text: string) => readonly Total[],
  ): (place: number, shape: number) => void {
    const fields = this.#fields;
    const { starts, names } = run.paths;
    const addresses = run.column("saddr");
    const directories = run.column("cwd");
    /** None for names that are none, and those that the working directory goes before. */
    const totalsOf = (id: number): readonly Total[] => {
      if (id === 0) return [];
      const name = fields.text(id);
      return name.startsWith("..") || name.startsWith("./") ? [] : one(name);
    };
    return (place, shape) => {
      if (!isCallShape(shape)) return;
      const saddr = addresses[place] ?? 0;
      const address = saddr === 0 ? null : fields.address(saddr);
      if (address?.kind === "path") this.#tally.add(address.text);
      const end = starts[place + 1] ?? 0;
      for (let at = starts[place] ?? 0; at < end; at += 1) {
        const id = names[at] ?? 0;
        if (this.#hit(id, totalsOf)) continue;
        const cwd = directories[place] ?? 0;
        this.#tally.add(fields.fileName(id, cwd === 0 ? null : fields.text(cwd), shape));
      }
    };
  }

  /** Counts a text's number. @returns false where it counts for nothing. */
  #hit(id: number, totalsOf: (id: number) => readonly Total[]): boolean {
    const known = this.#totals.get(id);
    if (known !== undefined) {
      this.#hits[id] = (this.#hits[id] as number) + 1;
      return known.length > 0;
    }
    if (id >= this.#hits.length) {
      const larger = new Uint32Array(Math.max(id + 1, this.#hits.length * 2));
      larger.set(this.#hits);
      this.#hits = larger;
    }
    // Looked up at its first event, so that equal totals are in the order of the log.
    const totals = totalsOf(id);
    this.#totals.set(id, totals);
    this.#hits[id] = 1;
    return totals.length > 0;
  }

  /** Counts a number; its key, which is one more, stands for it. */
  #hitNumber(number: number, totalsOf: (key: number) => readonly Total[]): void {
    if (number >= NONE && number < MOST_IDS) this.#hit(number - NONE, totalsOf);
    else for (const total of totalsOf(number - NONE)) total.hits += 1;
  }
}
