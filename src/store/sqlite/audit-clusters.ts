import type { AuditRows } from "./audit-chunk.ts";
import type { Spans } from "./raw-order.ts";

/** Numbers pairs as they come. */
class Pairs {
  readonly #byFirst: Map<number, number>[] = [];
  /** The first number of each pair. */
  readonly firsts: number[] = [];

  /** @param first from 0 on, without gaps. */
  idOf(first: number, second: number): number {
    let known = this.#byFirst[first];
    if (known === undefined) {
      known = new Map();
      this.#byFirst[first] = known;
    }
    let id = known.get(second);
    if (id === undefined) {
      id = this.firsts.push(first) - 1;
      known.set(second, id);
    }
    return id;
  }
}

/** A file or address that so many events of a chunk are about stands by itself; rarer ones would tear the others apart. */
const FREQUENT = 12;

/**
 * The lines of these events in [start, end) of the stream, clustered by what is asked for together: record types, file or
 * address, key, program, session. Stored side by side they come to fewer bytes, unpack in half the time, and a question for some of
 * them unpacks little else.
 */
export function clustersOf(rows: AuditRows, start: number, end: number): Spans {
  const clusters = clusterByEvent(rows);
  const { events, parts } = rows;
  const owners = parts.column("event");
  const total = events.count + parts.count;
  const found = {
    at: new Float64Array(total),
    size: new Float64Array(total),
    cluster: new Uint32Array(total),
  };
  /** By offset: offset × total + place, which a typed array sorts without asking us. */
  const keys = new Float64Array(total);
  let count = 0;
  const add = (at: number, size: number, event: number): void => {
    const from = Math.max(at, start);
    if (from >= Math.min(end, at + size)) return;
    found.at[count] = from;
    found.size[count] = at + size - from;
    found.cluster[count] = clusters[event] as number;
    keys[count] = (from - start) * total + count;
    count++;
  };
  const [at, size] = [events.column("at"), events.column("size")];
  for (let event = 0; event < events.count; event++) add(at[event] as number, size[event] as number, event);
  const [partAt, partSize] = [parts.column("at"), parts.column("size")];
  for (let part = 0; part < parts.count; part++)
    add(partAt[part] as number, partSize[part] as number, owners[part] as number);
  const order = keys.subarray(0, count).sort();
  const sorted = {
    at: new Float64Array(count),
    size: new Float64Array(count),
    cluster: new Uint32Array(count),
  };
  for (let to = 0; to < count; to++) {
    const from = (order[to] as number) % total;
    sorted.at[to] = found.at[from] as number;
    sorted.size[to] = found.size[from] as number;
    sorted.cluster[to] = found.cluster[from] as number;
  }
  return sorted;
}

/** What each event is about, by text: its address, else the last of its files; 0 where few are about it. */
function objectsOf({ events, paths }: AuditRows): Float64Array {
  const objects = events.column("saddr").slice(0, events.count);
  const [owners, names] = [paths.column("event"), paths.column("name")];
  for (let path = paths.count - 1; path >= 0; path--) {
    const event = owners[path] as number;
    if (objects[event] === 0) objects[event] = names[path] as number;
  }
  const counts = new Map<number, number>();
  for (const object of objects) counts.set(object, (counts.get(object) ?? 0) + 1);
  return objects.map((object) => ((counts.get(object) ?? 0) < FREQUENT ? 0 : object));
}

/**
 * The cluster of each event, from 1 on, so that like ones are neighbours: those of one session, of one program, … of one kind.
 * An object stands with the key under which it came first, as a rule the only one.
 */
function clusterByEvent(rows: AuditRows): Uint32Array {
  const { events } = rows;
  const objects = objectsOf(rows);
  const [kinds, keys, exes, sessions] = [
    events.column("kind"),
    events.column("key"),
    events.column("exe"),
    events.column("ses"),
  ];
  const homes = new Map<number, number>();
  const levels = Array.from({ length: 6 }, () => new Pairs());
  const [byKind, byHome, byObject, byKey, byExe, bySession] = levels as [
    Pairs,
    Pairs,
    Pairs,
    Pairs,
    Pairs,
    Pairs,
  ];
  const ids = new Uint32Array(events.count);
  for (let row = 0; row < events.count; row++) {
    const ownKey = keys[row] as number;
    const object = objects[row] as number;
    if (object !== 0 && !homes.has(object)) homes.set(object, ownKey);
    const kind = byKind.idOf(0, kinds[row] as number);
    const home = byHome.idOf(kind, object === 0 ? ownKey : (homes.get(object) as number));
    const key = byKey.idOf(byObject.idOf(home, object), ownKey);
    const exe = byExe.idOf(key, exes[row] as number);
    ids[row] = bySession.idOf(exe, sessions[row] as number);
  }
  let rank: Uint32Array = Uint32Array.of(0);
  for (const { firsts } of levels) rank = ranked(firsts, rank);
  return ids.map((id) => (rank[id] as number) + 1);
}

/** Ranks numbers by the rank of the one that each is under. */
function ranked(firsts: readonly number[], ranks: Uint32Array): Uint32Array {
  const total = firsts.length;
  const order = Float64Array.from(firsts, (first, id) => (ranks[first] ?? first) * total + id).sort();
  const rank = new Uint32Array(total);
  for (let place = 0; place < total; place++) rank[(order[place] as number) % total] = place;
  return rank;
}
