import type { AuditLookedAt } from "../findings/needs/looked-at.ts";
import type { AuditEvent, AuditRecord, DockerEvent, Event, SshdEvent } from "../model/event.ts";
import type { SeenEvent } from "../model/finding.ts";
import { type EpochMs, type EventRef, epochMs, serial } from "../model/ids.ts";
import type { AuditReads, AuditRow, AuditSelection } from "../ports/audit-reads.ts";
import type { Reads, Span } from "../ports/store.ts";
import { openRecordReader, type RecordReader } from "../records/audit/record.ts";
import { syscallNumbers } from "../records/audit/tables/machine.ts";

/** Half-open span of event time. */
export interface StoredSpan {
  readonly sinceMs: EpochMs;
  readonly untilMs: EpochMs;
}

export interface StoredSources {
  readonly store: Pick<Reads, "docker" | "sshd" | "attribution" | "attributions">;
  readonly audit: AuditReads;
}

const PAGE = 5000;
const NEWLINE = 10;

/** Which audit events are wanted, and whether with who is behind them. */
export interface AuditWanted {
  readonly lookedAt: AuditLookedAt;
  readonly attributed: boolean;
}

export const ALL_AUDIT: AuditWanted = { lookedAt: { kind: "all" }, attributed: false };

/** The stored events of all sources in event time, with who is behind them as far as it is known by now. */
export function* storedSeen(
  { store, audit }: StoredSources,
  span: StoredSpan,
  wanted: AuditWanted = ALL_AUDIT,
): Generator<SeenEvent> {
  const streams: readonly Iterator<SeenEvent>[] = [
    auditSeen(audit, store, span, wanted),
    attributed(
      store,
      pages((filter) => store.docker(filter), span),
    ),
    attributed(
      store,
      pages((filter) => store.sshd(filter), span),
    ),
  ];
  const heads = streams.map((stream) => stream.next());
  for (;;) {
    let best = -1;
    for (const [at, head] of heads.entries())
      if (head.done !== true && (best < 0 || head.value.event.timeMs < timeOf(heads[best]))) best = at;
    const head = heads[best];
    const stream = streams[best];
    if (head === undefined || head.done === true || stream === undefined) return;
    yield head.value;
    heads[best] = stream.next();
  }
}

function timeOf(head: IteratorResult<SeenEvent> | undefined): number {
  return head === undefined || head.done === true ? Number.POSITIVE_INFINITY : head.value.event.timeMs;
}

/** One stored event by its reference, of which Docker's may end early; null where there is none. */
export function storedEvent({ store, audit }: StoredSources, ref: EventRef): SeenEvent | null {
  const [, source, time = ""] = /^(audit|docker|sshd):([\d.]+):/.exec(ref) ?? [];
  const timeMs =
    source === "audit" ? Number(time) * 1000 : source === "docker" ? Number(time) / 1e6 : Number(time);
  if (source === undefined || !Number.isFinite(timeMs)) return null;
  // Times are floats: the neighbours of a millisecond are looked at too.
  const span = { sinceMs: epochMs(timeMs - 2), untilMs: epochMs(timeMs + 2) };
  for (const seen of storedSeen({ store, audit }, span)) {
    const own = seen.event.ref;
    if (own === ref || (source === "docker" && own.startsWith(ref)))
      return { ...seen, attribution: store.attribution(own) };
  }
  return null;
}

function* auditSeen(
  audit: AuditReads,
  store: StoredSources["store"],
  { sinceMs, untilMs }: StoredSpan,
  { lookedAt, attributed: isAttributed }: AuditWanted,
): Generator<SeenEvent> {
  if (lookedAt.kind === "none") return;
  const reader = openRecordReader();
  for (const row of audit.events({ sinceMs, untilMs, ...columnsOf(lookedAt) }, "time")) {
    const event = eventOf(row, reader);
    yield { event, attribution: isAttributed ? store.attribution(event.ref) : null };
  }
}

const EXECS = syscallNumbers(new Set(["execve", "execveat"]));

/** Read by columns, events that nobody looks at cost next to nothing. */
function columnsOf(lookedAt: AuditLookedAt): Pick<AuditSelection, "numbers" | "texts"> {
  if (lookedAt.kind === "programs") return { numbers: { syscall: (number) => EXECS.has(number) } };
  if (lookedAt.kind !== "types") return {};
  const { types } = lookedAt;
  return { texts: { kind: (kind) => kind.split(" ").some((type) => types.has(type.toLowerCase())) } };
}

function eventOf(row: AuditRow, reader: RecordReader): AuditEvent {
  const { ref } = row;
  return {
    source: "audit",
    ref,
    timeMs: row.timeMs,
    serial: serial(row.serial),
    node: /@(.*)$/.exec(ref)?.[1] ?? null,
    records: recordsIn(row.bytes(), reader),
    spans: [],
    late: false,
    backfill: false,
  };
}

function recordsIn(bytes: Buffer, reader: RecordReader): readonly AuditRecord[] {
  const records: AuditRecord[] = [];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const parsed = reader.parse(bytes, start, end);
    if (parsed.ok) records.push(parsed.value);
    start = end + 1;
  }
  return records;
}

/** All rows in a span, oldest first, a page at a time; pages overlap in the events of one moment. */
function* pages<E extends DockerEvent | SshdEvent>(
  select: (filter: Span) => readonly E[],
  { sinceMs, untilMs }: StoredSpan,
): Generator<readonly E[]> {
  let from = sinceMs;
  let last = new Set<EventRef>();
  for (;;) {
    const page = select({ oldestFirst: true, limit: PAGE, sinceMs: from, untilMs });
    const fresh = page.filter(({ ref }) => !last.has(ref));
    if (fresh.length > 0) yield fresh;
    const end = page.at(-1);
    if (page.length < PAGE || fresh.length === 0 || end === undefined) return;
    from = end.timeMs;
    last = new Set(page.filter(({ timeMs }) => timeMs === from).map(({ ref }) => ref));
  }
}

function* attributed(store: StoredSources["store"], pages: Iterable<readonly Event[]>): Generator<SeenEvent> {
  for (const page of pages) {
    const known = store.attributions(page.map(({ ref }) => ref));
    for (const event of page) yield { event, attribution: known.get(event.ref) ?? null };
  }
}
