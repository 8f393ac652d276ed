import type { AuditRecord, Fields } from "../../model/event.ts";
import type { Parsed } from "../../model/fault.ts";
import { HeaderReader, headerFault } from "./header.ts";
import type { RecordType } from "./record-type.ts";
import { RecordScanner, VALUE } from "./scan.ts";

const NEWLINE = 10;

/** Reads many records, one after the other; what it learnt of field names makes the next ones cheaper. */
export interface RecordReader {
  /** As {@link parseRecord}. */
  parse(bytes: Buffer, start?: number, end?: number): Parsed<AuditRecord>;
  /** The record in [start, end) (no newline) whose header was read before; its fields begin at `body`. */
  record(bytes: Buffer, start: number, body: number, end: number, type: RecordType): AuditRecord;
}

/** Opens a reader; nothing needs to be closed. */
export function openRecordReader(): RecordReader {
  const header = new HeaderReader();
  const reader = new FieldReader();
  const record = (bytes: Buffer, start: number, body: number, end: number, type: RecordType): AuditRecord =>
    new LineRecord(bytes.toString("latin1", start, end), body - start, type, reader);

  return {
    record,
    parse(bytes, start = 0, end = bytes.length) {
      const stop = end > start && bytes[end - 1] === NEWLINE ? end - 1 : end;
      if (!header.read(bytes, start, stop)) return { ok: false, fault: headerFault(header, start) };
      return { ok: true, value: record(bytes, start, header.body, stop, header.type) };
    },
  };
}

/**
 * One audit line, with or without its newline, as a record: see {@link AuditRecord} for what the fields hold. A line
 * whose header is no audit header is a fault; whatever follows a good header is taken as it comes.
 *
 * For many lines keep one {@link openRecordReader}.
 */
export function parseRecord(bytes: Buffer, start = 0, end = bytes.length): Parsed<AuditRecord> {
  return openRecordReader().parse(bytes, start, end);
}

/** A record whose fields are read when they are asked for: of arguments and of what auditd added they seldom are. */
class LineRecord implements AuditRecord {
  readonly type: string;
  readonly raw: string;
  readonly #type: RecordType;
  readonly #body: number;
  readonly #reader: FieldReader;
  #fields: Fields | null = null;
  #enriched: Fields | null = null;

  /** @param body where in the line its fields begin. */
  constructor(raw: string, body: number, type: RecordType, reader: FieldReader) {
    this.type = type.name;
    this.raw = raw;
    this.#type = type;
    this.#body = body;
    this.#reader = reader;
  }

  get fields(): Fields {
    return (this.#fields ??= this.#reader.own(this.raw, this.#body, this.#type));
  }

  get enriched(): Fields {
    return (this.#enriched ??= this.#reader.enriched(this.raw, this.#body, this.#type));
  }
}

const FIRST_LINE_BYTES = 16_384;

/** Reads the fields of lines. */
class FieldReader {
  readonly #scanner = new RecordScanner();
  #bytes = Buffer.alloc(FIRST_LINE_BYTES);

  own(raw: string, body: number, type: RecordType): Fields {
    this.#write(raw);
    this.#scanner.scan(this.#bytes, body, raw.length, type, true);
    return this.#fields(raw, 0, this.#scanner.enrichedAt);
  }

  enriched(raw: string, body: number, type: RecordType): Fields {
    this.#write(raw);
    this.#scanner.scan(this.#bytes, body, raw.length, type);
    return this.#fields(raw, this.#scanner.enrichedAt, this.#scanner.count);
  }

  #write(raw: string): void {
    if (raw.length > this.#bytes.length) this.#bytes = Buffer.alloc(raw.length * 2);
    this.#bytes.write(raw, "latin1");
  }

  #fields(raw: string, from: number, to: number): Fields {
    const scanner = this.#scanner;
    const fields: Record<string, string> = Object.create(null) as Record<string, string>;
    for (let index = from; index < to; index += 1) {
      const text = raw.slice(scanner.start(index), scanner.end(index));
      const kind = scanner.kind(index);
      fields[scanner.name(index).text] =
        kind === VALUE.plain
          ? text
          : kind === VALUE.hex
            ? Buffer.from(text, "hex").toString("latin1")
            : text.trim().split(/ +/).join(",");
    }
    return fields;
  }
}
