import { Answers, NO, YES, yesOrNo } from "../lib/answers.ts";
import { isCallShape, SHAPE } from "../model/audit-columns.ts";
import type { AuditColumns } from "../ports/audit-reads.ts";
import type { ColumnFields } from "./column-fields.ts";
import { type ColumnTest, passes } from "./column-tests.ts";

/** A name that says nothing alone: one under the working directory, or none. */
const IN_CONTEXT = 3;

/** Tells from the columns alone which events are about a file, as `ausearch -f` does. */
export class FileFilter {
  readonly #fields: ColumnFields;
  readonly #isMatch: (text: string) => boolean;
  /** Of names in PATH records, of working directories, of addresses, by number. */
  readonly #names: Answers;
  readonly #cwds: Answers;
  readonly #addresses: Answers;

  /** @param isMatch of a file's whole name. */
  constructor(fields: ColumnFields, isMatch: (text: string) => boolean) {
    this.#fields = fields;
    this.#isMatch = isMatch;
    this.#names = new Answers((id) => {
      if (id === 0 || fields.text(id).startsWith(".")) return IN_CONTEXT;
      return isMatch(fields.text(id)) ? YES : NO;
    });
    this.#cwds = yesOrNo((id) => id !== 0 && isMatch(fields.text(id)));
    this.#addresses = yesOrNo((id) => {
      const address = fields.address(id);
      return address.kind === "path" && isMatch(address.text);
    });
  }

  /** For events of these columns that say it all. */
  test(columns: AuditColumns): ColumnTest {
    const names = this.#answers(columns);
    const shapes = columns.column("shape");
    const cwds = columns.column("cwd");
    const addresses = columns.column("saddr");
    return passes((place) => {
      const shape = shapes[place] ?? 0;
      if (shape === SHAPE.login) return false;
      if (this.#cwds.of(cwds[place] ?? 0) === YES) return true;
      if (!isCallShape(shape) && shape !== SHAPE.loginCall) return false;
      const name = names[place];
      return (
        name === YES ||
        this.#addresses.of(addresses[place] ?? 0) === YES ||
        (name === IN_CONTEXT && this.#isInContext(columns, place, shape))
      );
    });
  }

  /** By place, what the names of an event's PATH records say: yes, or else that it depends. */
  #answers(columns: AuditColumns): Uint8Array {
    const answers = new Uint8Array(columns.column("shape").length);
    const { places, names } = columns.pathRows;
    for (let at = 0; at < names.length; at++) {
      const answer = this.#names.of(names[at] as number);
      if (answer === NO) continue;
      const place = places[at] as number;
      if (answers[place] !== YES) answers[place] = answer;
    }
    return answers;
  }

  #isInContext(columns: AuditColumns, place: number, shape: number): boolean {
    const { starts, names } = columns.paths;
    const cwd = columns.column("cwd")[place] ?? 0;
    const cwdText = cwd === 0 ? null : this.#fields.text(cwd);
    const end = starts[place + 1] ?? 0;
    for (let at = starts[place] ?? 0; at < end; at++)
      if (this.#isMatch(this.#fields.fileName(names[at] ?? 0, cwdText, shape))) return true;
    return false;
  }
}
