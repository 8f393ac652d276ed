/** What a field holds: one text, several (any of them counts), or undefined where the event does not have it. */
export type FieldValue = string | readonly string[] | undefined;

/** How one kind of view answers: what a field of a rule means there, and which text keywords look in. */
export interface ViewKind {
  readonly name: string;
  /** Texts are a log's bytes read as latin1; a rule's texts are turned into the same form before they are compared. */
  readonly isBytes: boolean;
  /** The reader of a field, looked up once per rule set. */
  reader(field: string): (subject: unknown) => FieldValue;
  keywords(subject: unknown): string;
}

/** Says what a kind of view reads from its subject; the one place where the subject's type is set aside. */
export function viewKind<Subject>(kind: {
  readonly name: string;
  readonly isBytes: boolean;
  readonly reader: (field: string) => (subject: Subject) => FieldValue;
  readonly keywords: (subject: Subject) => string;
}): ViewKind {
  return kind as unknown as ViewKind;
}

/** The fields that a rule set asks of one kind of view, numbered. */
export class FieldTable {
  readonly kind: ViewKind;
  readonly names: string[] = [];
  readonly readers: ((subject: unknown) => FieldValue)[] = [];
  readonly #slots = new Map<string, number>();
  constructor(kind: ViewKind) {
    this.kind = kind;
  }
  /** The number of a field; a new field gets the next one. */
  slot(field: string): number {
    const known = this.#slots.get(field);
    if (known !== undefined) return known;
    const slot = this.names.length;
    this.#slots.set(field, slot);
    this.names.push(field);
    this.readers.push(this.kind.reader(field));
    return slot;
  }
}

function lowered(value: FieldValue): FieldValue {
  if (typeof value === "string") return value.toLowerCase();
  return value?.map((text) => text.toLowerCase());
}

/**
 * One event (or one of its records) as rules see it. Fields are read when a rule asks, and at most once. The same view
 * is turned to the next event by `turn`, so that matching allocates nothing.
 */
export class View {
  readonly fields: FieldTable;
  subject: unknown = null;
  timeMs = 0;
  readonly #raw: FieldValue[] = [];
  readonly #lower: FieldValue[] = [];
  readonly #rawTurn: number[] = [];
  readonly #lowerTurn: number[] = [];
  #turn = 0;
  #keywords: string | null = null;

  constructor(fields: FieldTable) {
    this.fields = fields;
    for (let slot = 0; slot < fields.names.length; slot++) {
      this.#raw.push(undefined);
      this.#lower.push(undefined);
      this.#rawTurn.push(0);
      this.#lowerTurn.push(0);
    }
  }

  turn(subject: unknown, timeMs: number): void {
    this.subject = subject;
    this.timeMs = timeMs;
    this.#keywords = null;
    this.#turn++;
  }

  raw(slot: number): FieldValue {
    if (this.#rawTurn[slot] !== this.#turn) {
      this.#rawTurn[slot] = this.#turn;
      this.#raw[slot] = this.fields.readers[slot]?.(this.subject);
    }
    return this.#raw[slot];
  }

  /** Without case. */
  lower(slot: number): FieldValue {
    if (this.#lowerTurn[slot] !== this.#turn) {
      this.#lowerTurn[slot] = this.#turn;
      this.#lower[slot] = lowered(this.raw(slot));
    }
    return this.#lower[slot];
  }

  /** The text that keywords look in, without case. */
  keywords(): string {
    this.#keywords ??= this.rawKeywords().toLowerCase();
    return this.#keywords;
  }

  rawKeywords(): string {
    return this.fields.kind.keywords(this.subject);
  }
}
