import type { Container } from "../../model/session.ts";
import type { DockerQuestions } from "./client.ts";
import { nanosOf } from "./cursor.ts";
import { type EventKey, keyOf, objectOf, textOf } from "./event-key.ts";
import { answerOf } from "./inspection.ts";

/** What is known of a container from its events. */
export interface KnownContainer {
  readonly id: string;
  readonly name: string | null;
  readonly image: string | null;
  /** Times of the last events of each kind, nanoseconds; 0 where there was none. */
  readonly startedNano: bigint;
  readonly diedNano: bigint;
}

/** The containers that exist as far as the events told. */
export interface Census {
  note(key: EventKey): void;
  /** As `note`, for an event that nobody saw yet. */
  conclude(key: EventKey): void;
  /**
   * True for an event that was concluded before it came: a busy daemon says what it did seconds after its list shows
   * it. A conclusion stands for one event, however often that is said.
   */
  isConcluded(key: EventKey): boolean;
  readonly known: ReadonlyMap<string, KnownContainer>;
}

const MOST = 10_000;

/** @param known those of an earlier run that were not destroyed by then. */
export function openCensus(known: readonly Container[]): Census {
  const containers = new Map<string, KnownContainer>();
  /** By container: what was concluded and not undone since. */
  const concluded = new Map<string, ReadonlySet<string>>();
  /** Events that a conclusion stood for. */
  const confirmed = new Map<string, true>();
  for (const { id, name, image, startedMs, endedMs } of known) {
    containers.set(id, { id, name, image, startedNano: nanosOfMs(startedMs), diedNano: nanosOfMs(endedMs) });
    // That it was made is stored; whether an event said so or its being there, does not matter.
    concluded.set(id, new Set(["create"]));
  }

  function note({ type, action, actorId, timeNano, attributes }: EventKey): void {
    if (type !== "container") return;
    const claims = concluded.get(actorId);
    const undone = UNDOES.get(action);
    if (claims !== undefined && undone !== undefined)
      concluded.set(actorId, new Set([...claims].filter((claim) => claim !== undone)));
    if (action === "destroy") {
      containers.delete(actorId);
      return;
    }
    const before = containers.get(actorId);
    containers.set(actorId, {
      id: actorId,
      name: textOf(attributes.name) ?? before?.name ?? null,
      image: textOf(attributes.image) ?? before?.image ?? null,
      startedNano: action === "start" ? timeNano : (before?.startedNano ?? 0n),
      diedNano: action === "die" ? timeNano : (before?.diedNano ?? 0n),
    });
    bound(containers);
  }

  return {
    known: containers,
    note,
    conclude(key) {
      const claims = concluded.get(key.actorId) ?? [];
      note(key);
      // Concluded together they are told together: none undoes another.
      concluded.set(key.actorId, new Set([...claims, key.action]));
      bound(concluded);
    },
    isConcluded({ ref, type, action, actorId }) {
      if (type !== "container") return false;
      if (confirmed.has(ref)) return true;
      const claims = concluded.get(actorId);
      if (claims?.has(action) !== true) return false;
      concluded.set(actorId, new Set([...claims].filter((claim) => claim !== action)));
      confirmed.set(ref, true);
      bound(confirmed);
      return true;
    },
  };
}

/** After the first another of the second may follow. */
const UNDOES: ReadonlyMap<string, string> = new Map([
  ["start", "die"],
  ["die", "start"],
]);

function bound<Value>(rows: Map<string, Value>): void {
  const oldest = rows.keys().next();
  if (rows.size > MOST && oldest.done !== true) rows.delete(oldest.value);
}

const nanosOfMs = (ms: number | null): bigint => (ms === null ? 0n : BigInt(Math.round(ms * 1e6)));

/** One container as inspect showed it. */
export interface Seen {
  readonly inspect: unknown;
  readonly id: string;
}

const AT_ONCE = 4;

/** All containers of the daemon, inspected; those that go meanwhile are left out. */
export async function takeSnapshot(docker: DockerQuestions, signal: AbortSignal): Promise<readonly Seen[]> {
  const ids = (await docker.containers(signal)).flatMap((row) => textOf(objectOf(row).Id) ?? []);
  const seen: Seen[] = [];
  const next = ids.values();
  const ask = async (): Promise<void> => {
    for (const id of next) {
      const inspect = await docker.container(id, signal);
      if (inspect !== null) seen.push({ id, inspect });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return seen;
}

/** An event that nobody saw, with what it was concluded from. */
export interface InferredEvent {
  readonly raw: string;
  readonly inspect: string | null;
  readonly key: EventKey;
}

/** What {@link inferEvents} concludes from. */
export interface Situation {
  readonly snapshot: readonly Seen[];
  /** With all events that are known noted. */
  readonly census: Census;
  /** The containers known before the snapshot was taken. */
  readonly knownBefore: ReadonlySet<string>;
  /** What happened before is known or of no concern; 0 for a first start: every container there is. */
  readonly sinceNano: bigint;
  /** The daemon's time now: that of a destroy, which leaves no trace. */
  readonly nowNano: bigint;
}

/** What must have happened for the snapshot to look as it does, beyond the events known. The times are the daemon's own. */
export function inferEvents(situation: Situation): readonly InferredEvent[] {
  const { snapshot, census, knownBefore, sinceNano, nowNano } = situation;
  const inferred: InferredEvent[] = [];
  const add = (
    action: string,
    id: string,
    timeNano: bigint,
    attributes: Record<string, unknown>,
    inspect: unknown,
  ): void => {
    const raw = eventText(action, id, timeNano, attributes);
    const key = keyOf(raw);
    if (key !== null) inferred.push({ raw, key, inspect: answerOf(inspect).json });
  };
  for (const { id, inspect } of snapshot) {
    const root = objectOf(inspect);
    const state = objectOf(root.State);
    const config = objectOf(root.Config);
    const before = census.known.get(id);
    const attributes = {
      ...objectOf(config.Labels),
      image: textOf(config.Image) ?? "",
      name: (textOf(root.Name) ?? "").replace(/^\//, ""),
    };
    const created = nanosOf(root.Created);
    const started = nanosOf(state.StartedAt);
    const finished = nanosOf(state.FinishedAt);
    if (before === undefined && created !== null && created > sinceNano)
      add("create", id, created, attributes, inspect);
    if (
      started !== null &&
      started > (before?.startedNano ?? 0n) &&
      started > sinceNano &&
      (sinceNano > 0n || state.Running === true)
    )
      add("start", id, started, attributes, inspect);
    if (
      finished !== null &&
      state.Running !== true &&
      finished > (before?.diedNano ?? 0n) &&
      finished > sinceNano &&
      sinceNano > 0n
    )
      add("die", id, finished, { ...attributes, exitCode: JSON.stringify(state.ExitCode ?? "") }, null);
  }
  const there = new Set(snapshot.map(({ id }) => id));
  for (const { id, name, image } of census.known.values())
    if (knownBefore.has(id) && !there.has(id))
      add("destroy", id, nowNano, { image: image ?? "", name: name ?? "" }, null);
  return inferred;
}

function eventText(
  action: string,
  id: string,
  timeNano: bigint,
  attributes: Record<string, unknown>,
): string {
  const event = {
    Type: "container",
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    scope: "local",
    time: Number(timeNano / 1_000_000_000n),
  };
  // Beyond 2^53: written as digits.
  return `${JSON.stringify(event).slice(0, -1)},"timeNano":${timeNano}}`;
}
