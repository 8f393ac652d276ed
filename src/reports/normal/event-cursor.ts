import type { Additions } from "../ausearch/interpretation.ts";
import type { FedRecord } from "./fed-record.ts";
import type { SplitField } from "./split-record.ts";

/** A field of an event, by numbers from 0. It may be out of range: see {@link EventCursor.find}. */
export interface Place {
  readonly record: number;
  readonly field: number;
}

/**
 * A place in an event, moved as libauparse moves its own: what its normaliser finds depends on where the last search
 * ended, so these moves are the same to the letter. A search goes on into the records that follow; one that finds
 * nothing leaves the cursor behind the last record, where nothing is found.
 * @see audit-userspace auparse/auparse.c (auparse_find_field, auparse_goto_record_num)
 */
export class EventCursor {
  readonly records: readonly FedRecord[];
  readonly #isTimeless: boolean;
  /** `records.length` is behind the last one. */
  #record = 0;
  readonly #fields: number[];
  /** The last move succeeded: what auditd added counts. */
  #isLoaded = true;

  /** @param isTimeless of an event whose second is 0: libauparse finds no fields in it. */
  constructor(records: readonly FedRecord[], isTimeless: boolean) {
    this.records = records;
    this.#isTimeless = isTimeless;
    this.#fields = records.map(() => 0);
    this.first();
  }

  /** 0 behind the last record. */
  get type(): number {
    return this.#current?.type ?? 0;
  }
  /** 0 behind the last record. */
  get recordNumber(): number {
    return this.#current === undefined ? 0 : this.#record;
  }
  /** 0 behind the last record. */
  get fieldNumber(): number {
    return this.#fields[this.#record] ?? 0;
  }
  get record(): FedRecord | null {
    return this.#current ?? null;
  }
  /** What auditd added to the record; null where it added nothing, or the last move failed. */
  get additions(): Additions | null {
    return this.#isLoaded ? (this.#current?.additions ?? null) : null;
  }
  get field(): SplitField | null {
    return this.#isTimeless ? null : (this.#current?.split.fields[this.fieldNumber] ?? null);
  }

  first(): void {
    this.#go(0);
  }

  /** The next record, with the field that it was left at. @returns false behind the last one. */
  next(): boolean {
    this.#record = Math.min(this.#record + 1, this.records.length);
    this.#isLoaded = true;
    return this.#current !== undefined;
  }

  /** A record's first field. @returns false, without a move, where there is no such record. */
  goTo(record: number): boolean {
    if (record < 0 || record >= this.records.length) {
      this.#isLoaded = false;
      return false;
    }
    this.#go(record);
    return true;
  }

  firstField(): void {
    if (this.#current !== undefined) this.#fields[this.#record] = 0;
  }

  nextField(): boolean {
    const record = this.#current;
    if (record === undefined || this.fieldNumber + 1 >= record.split.fields.length) return false;
    this.#fields[this.#record] = this.fieldNumber + 1;
    return true;
  }

  goToField(field: number): boolean {
    const record = this.#current;
    if (record === undefined || field >= record.split.fields.length) return false;
    this.#fields[this.#record] = field;
    return true;
  }

  /** @returns false where there is no such place. */
  seek(place: Place | null): boolean {
    return place !== null && this.goTo(place.record) && this.goToField(place.field);
  }

  /** The value of the next field of this name, this one included. From a record's last field on nothing is found. */
  find(name: string): string | null {
    if (this.#isTimeless || this.#current === undefined) return null;
    const { field } = this;
    if (field?.name === name) return field.value;
    if (!this.nextField()) return null;
    for (;;) {
      const fields = this.#current?.split.fields;
      if (fields === undefined) return null;
      for (let at = this.fieldNumber; at < fields.length; at += 1)
        if (fields[at]?.name === name) {
          this.#fields[this.#record] = at;
          return fields[at]?.value ?? null;
        }
      this.#record += 1;
      if (this.#current === undefined) return null;
      this.#fields[this.#record] = 0;
      this.#isLoaded = true;
    }
  }

  get #current(): FedRecord | undefined {
    return this.records[this.#record];
  }

  #go(record: number): void {
    this.#record = record;
    this.#fields[record] = 0;
    this.#isLoaded = true;
  }
}
