import type { LogRecord } from "../../query/log-event.ts";
import { type Additions, additionsOf } from "../ausearch/interpretation.ts";
import { type SplitRecord, splitRecord } from "./split-record.ts";

const AVC = 1400;
const USER_AVC = 1107;

/** A record as it is fed to libauparse: split, and its additions read, once somebody looks. */
export class FedRecord {
  /** What its fields were said as, by number. */
  readonly said: string[] = [];
  readonly message: string;
  readonly #line: LogRecord;
  #split: SplitRecord | null = null;
  #additions: Additions | null | undefined;

  constructor(line: LogRecord) {
    this.#line = line;
    this.message = line.message();
  }

  get split(): SplitRecord {
    return (this.#split ??= splitRecord(this.message));
  }

  /** As {@link SplitRecord.type}. */
  get type(): number {
    // What the line begins with is what the log's reader read.
    return this.#line.type >= 0 && this.message.startsWith("type=") ? this.#line.type : this.split.type;
  }

  /** As {@link SplitRecord.isCut}. */
  get isCut(): boolean {
    return (this.type === AVC || this.type === USER_AVC) && this.split.isCut;
  }

  /** What auditd added; null where it added nothing. */
  get additions(): Additions | null {
    if (this.#additions === undefined) {
      const added = this.#line.interpretation();
      this.#additions = added === null ? null : additionsOf(added);
    }
    return this.#additions;
  }
}
