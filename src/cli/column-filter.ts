import { type Answers, yesOrNo } from "../lib/answers.ts";
import { ABSENT, isCallShape, SHAPE } from "../model/audit-columns.ts";
import type { AuditColumns } from "../ports/audit-reads.ts";
import { asksForNames } from "../reports/ausearch/match.ts";
import { anyEvent, type Selectors } from "../reports/ausearch/selectors.ts";
import type { ColumnFields } from "./column-fields.ts";
import { type ColumnTest, hasText, hasValue, passes } from "./column-tests.ts";
import { FileFilter } from "./file-filter.ts";

/**
 * Leaves out events of which the columns say it all, and that they do not match: of those no more is read. What
 * passes may still not match, unless {@link isExact}.
 */
export class ColumnFilter {
  readonly #select: Selectors;
  readonly #fields: ColumnFields;
  readonly #key: Answers;
  readonly #exe: Answers;
  readonly #comm: Answers;
  readonly #kind: Answers;
  readonly #file: FileFilter | null;

  constructor(select: Selectors, fields: ColumnFields) {
    const { key, exe, comm, file, types, isExact } = select;
    const contains = (wanted: string | null): Answers =>
      yesOrNo((id) => wanted !== null && fields.text(id).includes(wanted));
    this.#select = select;
    this.#fields = fields;
    this.#key = yesOrNo((id) => fields.keys(id).some((text) => text.includes(key ?? "")));
    this.#exe = contains(exe);
    this.#comm = contains(comm);
    this.#kind = yesOrNo((id) => fields.records(id).some(({ type }) => types?.includes(type) === true));
    const isFile = (text: string): boolean => (isExact ? text === file : text.includes(file ?? ""));
    this.#file = file === null ? null : new FileFilter(fields, isFile);
  }

  /** True where no selector is left to be judged but those of time and of what this tests to the letter. */
  get isExact(): boolean {
    const s = this.#select;
    const tested: Partial<Selectors> = {
      serial: s.serial,
      session: s.session,
      pid: s.pid,
      uid: s.uid,
      loginuid: s.loginuid,
      success: s.success,
      syscall: s.syscall,
      types: s.types,
      startSec: s.startSec,
      endSec: s.endSec,
      file: s.file,
      // Part of a key or program is enough, unless it is asked for whole; `(null)` is a key too.
      ...(s.isExact || [s.key, s.exe, s.comm].includes("") ? {} : { key: s.key, exe: s.exe, comm: s.comm }),
    };
    const others = { ...s, ...anyEvent(), ...tested, isExact: s.isExact };
    return (Object.keys(s) as (keyof Selectors)[]).every((name) => s[name] === others[name]);
  }

  /** For {@link AuditSelection.where}. */
  readonly where = (columns: AuditColumns, places: Uint32Array): Uint32Array => {
    this.#fields.begin(columns, true);
    const told = new Uint32Array(places.length);
    const others: number[] = [];
    let count = 0;
    for (let at = 0; at < places.length; at++) {
      const place = places[at] as number;
      if (this.#fields.isTold(place)) told[count++] = place;
      else others.push(place);
    }
    for (const test of this.#tests(columns)) count = test(told, count);
    const passed = told.subarray(0, count);
    return others.length === 0 ? passed : Uint32Array.of(...passed, ...others).sort();
  };

  /** Tests of events whose columns say it all. A LOGIN record with its call passes where one of the two does. */
  #tests(columns: AuditColumns): ColumnTest[] {
    const { key, exe, comm, session, pid, ppid, serial, types } = this.#select;
    const tests: ColumnTest[] = [];
    const same = (name: "ses" | "pid" | "ppid" | "serial", wanted: number): void => {
      tests.push(hasValue(columns.column(name), wanted));
    };
    if (serial !== 0xffffffff) same("serial", serial);
    if (session !== -2) same("ses", session);
    if (pid !== -1) same("pid", pid);
    if (ppid !== -1) same("ppid", ppid);
    if (key !== null) {
      const shapes = columns.column("shape");
      tests.push(hasText(columns.column("key"), this.#key));
      tests.push(passes((place) => isCall(shapes[place] ?? 0)));
    }
    if (exe !== null) tests.push(hasText(columns.column("exe"), this.#exe));
    if (comm !== null) tests.push(hasText(columns.column("comm"), this.#comm));
    this.#addUser(columns, tests);
    this.#addCall(columns, tests);
    if (types !== null) tests.push(hasText(columns.column("kind"), this.#kind));
    if (this.#file !== null) tests.push(this.#file.test(columns));
    return tests;
  }

  #addUser(columns: AuditColumns, tests: ColumnTest[]): void {
    const { uid, euid, loginuid, anyUid } = this.#select;
    // What auditd added goes before the number.
    if (asksForNames(this.#select)) return;
    if (anyUid) {
      const [uids, euids, logins] = [columns.column("uid"), columns.column("euid"), columns.column("auid")];
      const is = (values: Float64Array, place: number, wanted: number): boolean =>
        ((values[place] ?? 0) | 0) === wanted;
      tests.push(
        passes((place) => is(uids, place, uid) || is(logins, place, loginuid) || is(euids, place, euid)),
      );
      return;
    }
    if (uid !== -1) tests.push(hasValue(columns.column("uid"), uid));
    if (euid !== -1) tests.push(hasValue(columns.column("euid"), euid));
    if (loginuid !== -2) tests.push(hasValue(columns.column("auid"), loginuid));
  }

  #addCall(columns: AuditColumns, tests: ColumnTest[]): void {
    const { success, syscall } = this.#select;
    if (success !== -1) {
      const values = columns.column("success");
      tests.push(passes((place) => ((values[place] ?? 0) | 0) === success && values[place] !== ABSENT));
    }
    if (syscall === -1) return;
    const shapes = columns.column("shape");
    const calls = columns.column("syscall");
    // To the tools an event of no call is one of call 0.
    tests.push(
      passes(
        (place) =>
          (isCall(shapes[place] ?? 0) && ((calls[place] ?? 0) | 0) === syscall) ||
          (syscall === 0 && !isCallShape(shapes[place] ?? 0)),
      ),
    );
  }
}

const isCall = (shape: number): boolean => isCallShape(shape) || shape === SHAPE.loginCall;
