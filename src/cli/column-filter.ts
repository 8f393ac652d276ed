import { ByNumber } from "../lib/by-number.ts";
import { isCallShape, SHAPE } from "../model/audit-columns.ts";
import type { AuditColumns } from "../ports/audit-reads.ts";
import { anyEvent, type Selectors } from "../reports/ausearch/selectors.ts";
import type { ColumnFields } from "./column-fields.ts";

/** False for an event of this place and shape that cannot match. */
type Test = (place: number, shape: number) => boolean;

/** Remembers what was answered for a number. */
function byNumber(answer: (id: number) => boolean): (id: number) => boolean {
  const known = new ByNumber<boolean>();
  return (id) => {
    let is = known.get(id);
    if (is === undefined) {
      is = answer(id);
      known.set(id, is);
    }
    return is;
  };
}

/**
 * Leaves out events of which the columns say it all, and that they do not match: of those no more is read. What
 * passes may still not match.
 */
export class ColumnFilter {
  readonly #select: Selectors;
  readonly #fields: ColumnFields;
  readonly #hasText: (wanted: string | null) => (id: number) => boolean;
  readonly #key: (id: number) => boolean;
  readonly #exe: (id: number) => boolean;
  readonly #comm: (id: number) => boolean;
  readonly #file: (id: number) => boolean;
  readonly #address: (id: number) => boolean;
  #tests: Test[] = [];

  constructor(select: Selectors, fields: ColumnFields) {
    this.#select = select;
    this.#fields = fields;
    this.#hasText = (wanted) => byNumber((id) => wanted !== null && fields.text(id).includes(wanted));
    this.#key = byNumber((id) => fields.keys(id).some((key) => key.includes(select.key ?? "")));
    this.#exe = this.#hasText(select.exe);
    this.#comm = this.#hasText(select.comm);
    // `(null)`, and what the working directory goes before.
    this.#file = byNumber(
      (id) => id === 0 || fields.text(id).startsWith(".") || fields.text(id).includes(select.file ?? ""),
    );
    this.#address = byNumber((id) => {
      const address = fields.address(id);
      return address.kind === "path" && address.text.includes(select.file ?? "");
    });
  }

  /** For {@link AuditSelection.where}. */
  readonly where = (columns: AuditColumns): ((place: number) => boolean) => {
    this.#fields.begin(columns, true);
    this.#begin(columns);
    return (place) => {
      if (!this.#fields.isTold(place)) return true;
      const shape = this.#fields.shape(place);
      if (shape !== SHAPE.loginCall) return this.#mayMatch(place, shape);
      return this.#mayMatch(place, SHAPE.login) || this.#mayMatch(place, SHAPE.call);
    };
  };

  #begin(run: AuditColumns): void {
    const { key, exe, comm, file, session, pid, ppid, serial } = this.#select;
    const tests: Test[] = [];
    const same = (name: "ses" | "pid" | "ppid" | "serial", wanted: number): void => {
      const values = run.column(name);
      tests.push((place) => ((values[place] ?? 0) | 0) === (wanted | 0));
    };
    if (serial !== 0xffffffff) same("serial", serial);
    if (session !== -2) same("ses", session);
    if (pid !== -1) same("pid", pid);
    if (ppid !== -1) same("ppid", ppid);
    if (key !== null) {
      const keys = run.column("key");
      tests.push((place, shape) => isCallShape(shape) && this.#key(keys[place] ?? 0));
    }
    if (exe !== null) {
      const exes = run.column("exe");
      tests.push((place) => this.#exe(exes[place] ?? 0));
    }
    if (comm !== null) {
      const comms = run.column("comm");
      tests.push((place) => this.#comm(comms[place] ?? 0));
    }
    this.#addUser(run, tests);
    if (file !== null) this.#addFile(run, tests);
    this.#tests = tests;
  }

  /** True where no selector is left to be judged but those of time and of what this tests to the letter. */
  get isExact(): boolean {
    const s = this.#select;
    const tested: Partial<Selectors> = {
      serial: s.serial,
      session: s.session,
      pid: s.pid,
      loginuid: s.loginuid,
      startSec: s.startSec,
      endSec: s.endSec,
      // Part of a key or program is enough, unless it is asked for whole; `(null)` is a key too.
      ...(s.isExact || [s.key, s.exe, s.comm].includes("") ? {} : { key: s.key, exe: s.exe, comm: s.comm }),
    };
    const others = { ...s, ...anyEvent(), ...tested, isExact: s.isExact };
    return (Object.keys(s) as (keyof Selectors)[]).every((name) => s[name] === others[name]);
  }

  /** False where an event whose columns say it all cannot match. */
  #mayMatch(place: number, shape: number): boolean {
    for (const test of this.#tests) if (!test(place, shape)) return false;
    return true;
  }

  #addUser(run: AuditColumns, tests: Test[]): void {
    const { uid, euid, loginuid, anyUid } = this.#select;
    const is = (name: "uid" | "euid" | "auid", wanted: number): Test => {
      const values = run.column(name);
      return (place) => ((values[place] ?? 0) | 0) === wanted;
    };
    if (anyUid) {
      const [isUid, isEuid, isLogin] = [is("uid", uid), is("euid", euid), is("auid", loginuid)];
      tests.push((place, shape) => isUid(place, shape) || isLogin(place, shape) || isEuid(place, shape));
      return;
    }
    if (uid !== -1) tests.push(is("uid", uid));
    if (euid !== -1) tests.push(is("euid", euid));
    if (loginuid !== -2) tests.push(is("auid", loginuid));
  }

  #addFile(run: AuditColumns, tests: Test[]): void {
    const { starts, names } = run.paths;
    const cwds = run.column("cwd");
    const addresses = run.column("saddr");
    tests.push((place) => {
      const end = starts[place + 1] ?? 0;
      for (let at = starts[place] ?? 0; at < end; at += 1) if (this.#file(names[at] ?? 0)) return true;
      const cwd = cwds[place] ?? 0;
      return this.#address(addresses[place] ?? 0) || (cwd !== 0 && this.#file(cwd));
    });
  }
}
