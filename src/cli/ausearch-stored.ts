import type { AuditReads, AuditRow, AuditSelection } from "../ports/audit-reads.ts";
import type { LogEvent } from "../query/log-event.ts";
import { LogReader } from "../query/log-reader.ts";
import { typeNumber } from "../query/log-stamp.ts";
import { recordTypeNumber } from "../records/audit/record-type.ts";
import type { Selectors } from "../reports/ausearch/selectors.ts";

const SYSCALL = "SYSCALL";
/** Records that have a key beside SYSCALL's. */
const OTHERS_WITH_KEY = /^(?:CONFIG_CHANGE|MAC_.*)$/;
const NULL_KEY = "(null)";

/** What holds of every event that can match by time, serial and type: the store finds these without reading lines. */
function narrowed({ startSec, endSec, serial, types }: Selectors): AuditSelection {
  const isType = (name: string): boolean =>
    types?.includes(typeNumber(name)) === true || types?.includes(recordTypeNumber(name) ?? -1) === true;
  return {
    ...(startSec === 0 ? {} : { sinceMs: startSec * 1000 }),
    ...(endSec === 0 ? {} : { untilMs: (endSec + 1) * 1000 }),
    ...(serial === 0xffffffff ? {} : { numbers: { serial: [serial] } }),
    // The tool takes a type that it does not know for -1.
    ...(types === null || types.includes(-1)
      ? {}
      : { texts: { kind: (kind: string) => kind.split(" ").some(isType) } }),
  };
}

/**
 * Selections whose rows together hold every event that can match. The store keeps one record's keys for an event, so
 * that events with several records that can have keys are looked at besides.
 */
function selectionsOf(select: Selectors): readonly AuditSelection[] {
  const base = narrowed(select);
  const { key } = select;
  if (key === null || NULL_KEY.includes(key)) return [base];
  // Hex that the store did not decode (the kernel's is upper case) is decoded by the tool.
  const mayHave = (text: string): boolean => text.includes(key) || /^[0-9a-fA-F]+$/.test(text);
  const isKind = base.texts?.kind ?? (() => true);
  const hasSeveral = (kind: string): boolean => {
    const names = kind.split(" ");
    return names.includes(SYSCALL) && names.some((name) => OTHERS_WITH_KEY.test(name)) && isKind(kind);
  };
  return [
    { ...base, texts: { ...base.texts, key: mayHave } },
    { ...base, texts: { kind: hasSeveral } },
  ];
}

/** Rows of several readings by time and serial, each event once. A row is valid until the next one is taken. */
function* merged(readings: readonly Iterable<AuditRow>[]): Generator<AuditRow> {
  const sources = readings.map((rows) => rows[Symbol.iterator]());
  const heads = sources.map((source) => source.next());
  let last: bigint | number | string | null = null;
  for (;;) {
    let first = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done === true) continue;
      const best = first < 0 ? undefined : heads[first];
      if (best === undefined || best.done === true || isBefore(head.value, best.value)) first = index;
    }
    const head = heads[first];
    if (head === undefined || head.done === true) return;
    if (head.value.ref !== last) yield head.value;
    last = head.value.ref;
    heads[first] = (sources[first] as Iterator<AuditRow>).next();
  }
}

const isBefore = (a: AuditRow, b: AuditRow): boolean =>
  a.timeMs === b.timeMs ? a.serial < b.serial : a.timeMs < b.timeMs;

/**
 * The database's events that can match, by time and serial, each from its verbatim lines as the tools read them.
 * @param isWanted asked before an event's lines are read.
 */
export function* storedCandidates(
  reads: AuditReads,
  select: Selectors,
  isWanted: (row: AuditRow) => boolean = () => true,
): Generator<LogEvent> {
  let found: LogEvent[] = [];
  const lines = new LogReader({
    range: { start: select.startSec, end: select.endSec },
    timeoutSec: Number.MAX_SAFE_INTEGER,
    onEvent: (event) => found.push(event),
    onBadTime: () => undefined,
  });
  const readings = selectionsOf(select).map((selection) => reads.events(selection, "time"));
  for (const row of readings.length === 1 ? (readings[0] ?? []) : merged(readings)) {
    if (!isWanted(row)) continue;
    lines.push(row.bytes());
    lines.endFile(true);
    yield* found;
    found = [];
  }
}
