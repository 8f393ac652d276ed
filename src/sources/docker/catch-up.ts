import type { Readable } from "node:stream";
import type { SourceNotice } from "../../model/line.ts";
import { pause } from "../pause.ts";
import type { DockerQuestions } from "./client.ts";
import { BUFFER_EVENTS, type Cursor, daemonTime, nanosOf } from "./cursor.ts";
import { type EventKey, keyOf } from "./event-key.ts";
import type { Inspector } from "./inspection.ts";
import type { Pending } from "./queue.ts";
import { type Census, inferEvents, takeSnapshot } from "./reconcile.ts";
import { eventLines } from "./stream.ts";

/** What happened up to now, as far as the daemon still knows. */
export interface CaughtUp {
  /** In the order of their times. */
  readonly pending: readonly Pending[];
  readonly facts: readonly Pick<SourceNotice, "kind" | "text" | "count">[];
  /** The daemon's time up to which this holds; null where the stream itself closes the gap. */
  readonly untilNano: bigint | null;
}

/** What catching up works with. `first`: nothing has ever been given. */
export interface CatchUpParts {
  readonly docker: DockerQuestions;
  readonly cursor: Cursor;
  readonly census: Census;
  readonly inspector: Inspector;
  readonly first: boolean;
  readonly signal: AbortSignal;
}

/** An event is published this much later than its change shows in a list, at the most. */
const SETTLE_MS = 250;
/** A start's event comes after the `StartedAt` that inspect shows; the last one given may lie in between. */
const MARGIN_NANO = 5_000_000_000n;
/** Podman answers with its whole history. */
const MOST_EVENTS = 10_000;

/** Closes the gap between the cursor and now: by the daemon's buffer where it reaches back, else by its containers as well. */
export async function catchUp(parts: CatchUpParts): Promise<CaughtUp> {
  const { docker, cursor, census, inspector, first, signal } = parts;
  if (!first && (await reachesBack(parts))) return { pending: [], facts: [], untilNano: null };
  const knownBefore = new Set(census.known.keys());
  const snapshot = await takeSnapshot(docker, signal);
  await pause(SETTLE_MS, signal);
  const now = nanosOf(await docker.time(signal)) ?? cursor.newest;
  const stream = await docker.events(daemonTime(first ? 1n : cursor.since), daemonTime(now), signal);
  const real = await readAll(stream);
  const fresh = real.filter(({ key }) => key === null || !(cursor.gave(key.ref) || census.isConcluded(key)));
  for (const { key } of real) if (key !== null && census.isConcluded(key)) cursor.pass(key);
  for (const { key } of fresh) if (key !== null) census.note(key);
  const since = first ? 0n : cursor.newest - MARGIN_NANO;
  // Destroyed after the snapshot: its whole life is among the events.
  const destroyed = new Set(fresh.flatMap(({ key }) => (key?.action === "destroy" ? [key.actorId] : [])));
  const there = snapshot.filter(({ id }) => !destroyed.has(id));
  const inferred = inferEvents({
    snapshot: there,
    census,
    knownBefore,
    sinceNano: since,
    nowNano: now,
  }).filter(({ key }) => !cursor.gave(key.ref));
  for (const { key } of inferred) census.conclude(key);
  const pending: Pending[] = [
    ...fresh.map(({ raw, key }) => ({ raw, key, inspection: inspector.inspect(key), inferred: false })),
    ...inferred.map(({ raw, key, inspect }) => ({
      raw,
      key,
      inspection: Promise.resolve({ json: inspect, fault: null }),
      inferred: true,
    })),
  ];
  pending.sort((a, b) => compare(a.key?.timeNano ?? 0n, b.key?.timeNano ?? 0n));
  return { pending, facts: factsOf(parts, real.length, inferred.length), untilNano: now };
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));

function factsOf({ cursor, first }: CatchUpParts, real: number, inferred: number): CaughtUp["facts"] {
  const facts: CaughtUp["facts"][number][] = [];
  const from = new Date(Number(cursor.newest / 1_000_000n)).toISOString();
  if (!first)
    facts.push({
      kind: "gap",
      text: `the daemon's memory of events does not reach back to ${from}; what was made and removed since then is not known`,
      count: real >= BUFFER_EVENTS ? 1 : 0,
    });
  if (inferred > 0)
    facts.push({
      kind: "inferred",
      text: `${inferred} container events were concluded from the list of containers`,
      count: inferred,
    });
  return facts;
}

/** True where the daemon still remembers an event that was given: then it remembers all that came after. */
async function reachesBack({ docker, cursor, signal }: CatchUpParts): Promise<boolean> {
  const { oldestSeen } = cursor;
  if (oldestSeen === null) return false;
  const stream = await docker.events(daemonTime(oldestSeen), daemonTime(cursor.newest), signal);
  const remembered = await readAll(stream);
  return remembered.some(({ key }) => key !== null && cursor.gave(key.ref));
}

async function readAll(stream: Readable): Promise<{ readonly raw: string; readonly key: EventKey | null }[]> {
  const all: { readonly raw: string; readonly key: EventKey | null }[] = [];
  for await (const raw of eventLines(stream)) {
    all.push({ raw, key: keyOf(raw) });
    if (all.length > 2 * MOST_EVENTS) all.splice(0, MOST_EVENTS);
  }
  return all;
}
