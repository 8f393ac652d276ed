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
  const scanner = new RecordScanner();

  function record(bytes: Buffer, start: number, body: number, end: number, type: RecordType): AuditRecord {
    const raw = bytes.toString("latin1", start, end);
    scanner.scan(bytes, body, end, type);
    return {
      type: type.name,
      fields: fieldsOf(scanner, raw, start, 0, scanner.enrichedAt),
      enriched: fieldsOf(scanner, raw, start, scanner.enrichedAt, scanner.count),
      raw,
    };
  }

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

function fieldsOf(scanner: RecordScanner, raw: string, lineStart: number, from: number, to: number): Fields {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = from; index < to; index += 1) {
    const text = raw.slice(scanner.start(index) - lineStart, scanner.end(index) - lineStart);
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
