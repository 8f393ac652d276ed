import { type Answers, YES, yesOrNo } from "../../lib/answers.ts";
import { ABSENT, type AuditColumn, TEXT_COLUMNS, type TextColumn } from "../../model/audit-columns.ts";
import type { AuditColumns, AuditSelection, NumberColumn } from "../../ports/audit-reads.ts";
import type { AuditChunks, ChunkZone } from "./audit-chunks.ts";
import type { Texts } from "./texts.ts";

/** Columns of the paths, by place: event, item, name, role. */
export const PATH_AT = { event: 0, item: 1, name: 2, role: 3 } as const;

/** A chunk whose columns are decoded when they are asked for. */
export interface OpenChunk extends AuditColumns {
  readonly zone: ChunkZone;
  path(at: number): Float64Array;
  part(at: number): Float64Array;
  /** Nothing but these events is asked for from here on. */
  narrow(places: Uint32Array): void;
  /** It is done with: the next one is given the same space. */
  close(): void;
}

/** Space for columns that is used again: a report that allocates it anew for each chunk spends half its time on that. */
export class ColumnSpace {
  #free: Float64Array[] = [];

  take(values: number): Float64Array {
    const space = this.#free.pop();
    return space !== undefined && space.length >= values
      ? space
      : new Float64Array(Math.max(values, MIN_SPACE));
  }

  giveBack(spaces: readonly Float64Array[]): void {
    for (const space of spaces) if (this.#free.length < MAX_FREE) this.#free.push(space);
  }
}
/** Events of a full chunk, and their PATH records with something to spare. */
const MIN_SPACE = 12_288;
const MAX_FREE = 64;

/** Opens a chunk for reading. */
function openChunk(chunks: AuditChunks, texts: Texts, zone: ChunkZone, spaces: ColumnSpace): OpenChunk {
  const columns = new Map<string | number, Float64Array>();
  const taken: Float64Array[] = [];
  const remembered = (key: string | number, read: (space: Float64Array) => Float64Array): Float64Array => {
    const known = columns.get(key);
    if (known !== undefined) return known;
    const space = spaces.take(zone.events);
    taken.push(space);
    const values = read(space);
    columns.set(key, values);
    return values;
  };
  const source = chunks.reader(zone.id);
  let places: Uint32Array | null = null;
  let paths: AuditColumns["paths"] | null = null;
  return {
    zone,
    get paths() {
      paths ??= pathsByEvent(this);
      return paths;
    },
    get pathRows() {
      return { places: this.path(PATH_AT.event), names: this.path(PATH_AT.name) };
    },
    text: (id) => texts.textOf(id),
    column: (name) => remembered(name, (space) => source.column(name, space, places)),
    path: (at) => remembered(at, (space) => source.path(at, space)),
    part: (at) => remembered(PARTS + at, (space) => source.part(at, space)),
    narrow(chosen) {
      if (chosen.length * FEW < zone.events) places = chosen.slice();
    },
    close() {
      paths = null;
      spaces.giveBack(taken.splice(0));
      columns.clear();
    },
  };
}
const PARTS = 100;
/** Events that are fewer than one in so many are read alone. */
const FEW = 4;

/** The PATH records by event. Roles are decoded when they are asked for: few questions do. */
function pathsByEvent(chunk: OpenChunk): AuditColumns["paths"] {
  const owners = chunk.path(PATH_AT.event);
  const starts = new Uint32Array(chunk.zone.events + 1);
  let rises = true;
  let last = 0;
  for (let at = 0; at < owners.length; at++) {
    const owner = owners[at] as number;
    starts[owner + 1] = (starts[owner + 1] as number) + 1;
    if (owner < last) rises = false;
    last = owner;
  }
  for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] as number) + (starts[at - 1] as number);
  // Those of late records stand behind all others.
  const inOrder = (values: Float64Array): Float64Array => (rises ? values : sorted(values, owners, starts));
  let roles: Float64Array | null = null;
  return {
    starts,
    names: inOrder(chunk.path(PATH_AT.name)),
    get roles() {
      roles ??= inOrder(chunk.path(PATH_AT.role));
      return roles;
    },
  };
}

/** Values by event. */
function sorted(values: Float64Array, owners: Float64Array, starts: Uint32Array): Float64Array {
  const next = starts.slice();
  const out = new Float64Array(values.length);
  for (let at = 0; at < owners.length; at++) {
    const owner = owners[at] as number;
    const to = next[owner] as number;
    next[owner] = to + 1;
    out[to] = values[at] as number;
  }
  return out;
}

/** Says of each text whether it passes; that of number 0 does not. */
const textTest = (texts: Texts, test: (text: string) => boolean): Answers =>
  yesOrNo((id) => id !== 0 && test(texts.textOf(id)));

/** Keeps those of `kept` (null: of all) that pass. */
function keep(kept: Uint32Array | null, events: number, passes: (index: number) => boolean): Uint32Array {
  const total = kept?.length ?? events;
  const out = new Uint32Array(total);
  let count = 0;
  for (let at = 0; at < total; at++) {
    const index = kept === null ? at : (kept[at] as number);
    if (passes(index)) out[count++] = index;
  }
  return out.subarray(0, count);
}

export function everyIndex(count: number): Uint32Array {
  const every = new Uint32Array(count);
  for (let at = 0; at < count; at++) every[at] = at;
  return every;
}

/** Finds the chunks and rows of a selection. */
export interface Selector {
  zones(): readonly ChunkZone[];
  /** One of these, for reading. */
  open(zone: ChunkZone, spaces: ColumnSpace): OpenChunk;
  /** Indexes of the events that pass, rising; null where all do. */
  rows(chunk: OpenChunk): Uint32Array | null;
}

/** Compiles a selection. */
export function compileSelection(chunks: AuditChunks, texts: Texts, selection: AuditSelection): Selector {
  const {
    sinceMs = -Infinity,
    untilMs = Infinity,
    numbers = {},
    texts: wanted = {},
    path,
    where,
  } = selection;
  const numberTests = (Object.keys(numbers) as NumberColumn[]).flatMap((name) => {
    const test = numbers[name];
    if (test === undefined) return [];
    if (typeof test === "function") return [[name, test] as const];
    const values = new Set(test);
    return [[name, (value: number) => values.has(value)] as const];
  });
  const textTests = (Object.keys(wanted) as TextColumn[]).flatMap((name) => {
    const test = wanted[name];
    return test === undefined ? [] : [[name, textTest(texts, test)] as const];
  });
  const pathTest = path === undefined ? null : textTest(texts, path);
  const serials = Array.isArray(numbers.serial) ? (numbers.serial as readonly number[]) : null;
  const [low, high] = serials === null ? [-Infinity, Infinity] : [Math.min(...serials), Math.max(...serials)];
  return {
    zones: () => chunks.zones(sinceMs, untilMs, low, high),
    open: (zone, spaces) => openChunk(chunks, texts, zone, spaces),
    rows(chunk) {
      const { minTime, maxTime, events } = chunk.zone;
      let kept: Uint32Array | null = null;
      const narrow = (passes: (index: number) => boolean): void => {
        kept = keep(kept, events, passes);
      };
      if (minTime < sinceMs || maxTime >= untilMs) {
        const times = chunk.column("time");
        narrow((index) => (times[index] ?? 0) >= sinceMs && (times[index] ?? 0) < untilMs);
      }
      for (const [name, test] of numberTests) {
        const values = chunk.column(name);
        narrow((index) => values[index] !== ABSENT && test(values[index] ?? 0));
      }
      for (const [name, answers] of textTests) {
        const ids = chunk.column(name);
        narrow((index) => answers.of(ids[index] ?? 0) === YES);
      }
      if (pathTest !== null) {
        const { places, names } = chunk.pathRows;
        const found = new Uint8Array(events);
        for (let at = 0; at < names.length; at++) {
          if (pathTest.of(names[at] ?? 0) === YES) found[places[at] ?? 0] = 1;
        }
        narrow((index) => found[index] === 1);
      }
      if (where !== undefined) kept = where(chunk, kept ?? everyIndex(events));
      return kept;
    },
  };
}

const IS_TEXT: ReadonlySet<AuditColumn> = new Set(TEXT_COLUMNS);
/** The value of a column that stands for none. */
export const noneOf = (name: AuditColumn): number => (IS_TEXT.has(name) ? 0 : ABSENT);

/** Counts the values of a column over the selected events. */
export function countColumn(selector: Selector, name: AuditColumn): Map<number, number> {
  const counts = new Map<number, number>();
  const none = noneOf(name);
  const spaces = new ColumnSpace();
  for (const zone of selector.zones()) {
    const chunk = selector.open(zone, spaces);
    const rows = selector.rows(chunk);
    const values = chunk.column(name);
    const total = rows === null ? values.length : rows.length;
    // Neighbours are often alike: a run costs one look-up.
    let last = none;
    let run = 0;
    for (let at = 0; at < total; at++) {
      const value = values[rows === null ? at : (rows[at] ?? 0)] ?? none;
      if (value === last) run++;
      else {
        if (last !== none) counts.set(last, (counts.get(last) ?? 0) + run);
        last = value;
        run = 1;
      }
    }
    if (last !== none) counts.set(last, (counts.get(last) ?? 0) + run);
    chunk.close();
  }
  return counts;
}

/** Counts the names of the selected events' PATH records, by text number. */
export function countPathNames(selector: Selector): Map<number, number> {
  const counts = new Map<number, number>();
  const spaces = new ColumnSpace();
  for (const zone of selector.zones()) {
    const chunk = selector.open(zone, spaces);
    const rows = selector.rows(chunk);
    const names = chunk.path(PATH_AT.name);
    let isIn: Uint8Array | null = null;
    if (rows !== null) {
      isIn = new Uint8Array(zone.events);
      for (const index of rows) isIn[index] = 1;
    }
    const owners = isIn === null ? null : chunk.path(PATH_AT.event);
    for (let at = 0; at < names.length; at++) {
      const id = names[at] ?? 0;
      if (id !== 0 && (isIn === null || isIn[owners?.[at] ?? 0] === 1))
        counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    chunk.close();
  }
  return counts;
}
