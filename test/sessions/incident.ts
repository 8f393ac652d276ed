import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openAssembler } from "../../src/events/audit/assembler.ts";
import { dockerLinesOf, openDockerReader } from "../../src/events/docker/index.ts";
import { openSshdReader } from "../../src/events/sshd/reader.ts";
import type { StateRow } from "../../src/model/batch.ts";
import type { AuditEvent, DockerEvent, Event, SshdEvent } from "../../src/model/event.ts";
import { type EpochMs, epochMs } from "../../src/model/ids.ts";
import type { LineBatch } from "../../src/model/line.ts";
import type { Attribution, Session } from "../../src/model/session.ts";
import type { AttributorOutput } from "../../src/ports/stages.ts";
import { openAttributor } from "../../src/sessions/attributor.ts";
import type { Truth } from "../lab/driver/truth.ts";

/** A recorded incident as events, each source in the order of its log. */
export interface Incident {
  readonly audit: readonly AuditEvent[];
  readonly docker: readonly DockerEvent[];
  readonly sshd: readonly SshdEvent[];
  readonly truth: Truth;
}

/** Reads a recorded incident with the project's own readers. @param change made to every file's text first. */
export function readIncident(directory: string, change = (text: string): string => text): Incident {
  const file = (name: string): Buffer =>
    Buffer.from(change(readFileSync(join(directory, name), "latin1")), "latin1");
  const assembler = openAssembler();
  const audit = [...assembler.push(file("audit.log"), false, 0).events, ...assembler.flush().events];
  const inspect = (id: string) => {
    const path = join(directory, "inspect", `${id}.json`);
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as object) : null;
  };
  const { events: docker } = openDockerReader().push(
    batch("docker", dockerLinesOf(file("docker-events.jsonl"), inspect)),
  );
  const { events: sshd } = openSshdReader().push(batch("sshd", file("auth.log")));
  return { audit, docker, sshd, truth: JSON.parse(file("truth.json").toString()) as Truth };
}

function batch(source: LineBatch["source"], bytes: Buffer): LineBatch {
  const position = { kind: "journal", cursor: "" } as const;
  return { source, bytes, position, backfill: false, notices: [], readMs: epochMs(Date.now()) };
}

/** An event and when its line reaches us. */
export interface Arrival {
  readonly event: Event;
  readonly atMs: number;
}

/** What the attributor said last of everything. */
export interface LastWord {
  readonly attributions: Map<string, Attribution>;
  readonly sessions: Map<string, Session>;
}

/** Every line as it happens, each source late by so much. */
export function arrivals(
  incident: Incident,
  delayMs: Readonly<Record<Event["source"], number>> = { audit: 0, docker: 0, sshd: 0 },
): Arrival[] {
  const events: Event[] = [...incident.audit, ...incident.docker, ...incident.sshd];
  let last = new Map<string, number>();
  const all = events.map((event) => {
    // A log is read in its own order, whatever its stamps say.
    const atMs = Math.max(last.get(event.source) ?? 0, event.timeMs + delayMs[event.source]);
    last = last.set(event.source, atMs);
    return { event, atMs };
  });
  return all.sort((a, b) => a.atMs - b.atMs);
}

/** Plays arrivals through an attributor. @param restarts before which arrivals it is closed and opened again from its state. */
export function play(
  arrived: readonly Arrival[],
  options: {
    readonly atOnce?: boolean;
    readonly restarts?: readonly number[];
    readonly follows?: boolean;
  } = {},
): LastWord {
  const state = new Map<string, StateRow>();
  const word: LastWord = { attributions: new Map(), sessions: new Map() };
  let attributor = openAttributor({ state: [] });
  /** As the pipeline does for what a rule matched, here for every event (unless told not to). */
  const push = (events: readonly Event[], nowMs: EpochMs): AttributorOutput => {
    const output = attributor.push(events, nowMs);
    if (options.follows === false) return output;
    const followed = attributor.follow(new Set(events.map(({ ref }) => ref)));
    return { ...output, attributions: [...output.attributions, ...followed] };
  };
  const keep = (...outputs: AttributorOutput[]): void => {
    for (const { attributions, sessions } of outputs) {
      for (const one of attributions) word.attributions.set(one.ref, one);
      for (const one of sessions) word.sessions.set(one.id, one);
    }
    for (const row of attributor.drainState()) {
      if (row.json === null) state.delete(row.key);
      else state.set(row.key, row);
    }
  };
  const restarts = new Set(options.restarts);
  const endMs = arrived.at(-1)?.atMs ?? 0;
  if (options.atOnce === true)
    keep(
      push(
        arrived.map(({ event }) => event),
        epochMs(endMs),
      ),
    );
  else
    for (const [at, { event, atMs }] of arrived.entries()) {
      // The store gives its rows in an order of its own.
      if (restarts.has(at)) attributor = openAttributor({ state: [...state.values()].reverse() });
      keep(push([event], epochMs(atMs)), attributor.tick(epochMs(atMs)));
    }
  keep(attributor.tick(epochMs(endMs + 80_000)), attributor.tick(epochMs(endMs + 600_000)));
  return word;
}

export interface Score {
  readonly total: number;
  readonly right: number;
  /** By confidence: right, total. */
  readonly by: Readonly<Record<string, readonly [right: number, total: number]>>;
  /** Wrong answers whose candidates lack the truth. */
  readonly misled: number;
  readonly wrong: readonly string[];
}

/** Compares the last word on every Docker event with the truth. */
export function score(incident: Incident, word: LastWord): Score {
  const { truth } = incident;
  const sessions = new Map(truth.sessions.map((session) => [session.n, session]));
  const operations = new Map(truth.operations.map((operation) => [operation.op, operation]));
  const by: Record<string, [number, number]> = {};
  const wrong: string[] = [];
  let misled = 0;
  for (const { line, op, origin } of truth.events) {
    const event = incident.docker[line];
    const said = event === undefined ? undefined : word.attributions.get(event.ref);
    if (event === undefined) continue;
    const operation = operations.get(op ?? origin ?? "");
    const session = sessions.get(operation?.session ?? 0);
    const isIt = (actor: Attribution["actor"] | undefined): boolean => {
      if (operation === undefined) return actor == null;
      if (actor == null) return false;
      if (session === undefined)
        return actor.ses === null
          ? operation.way === "daemon"
          : operation.way === "cron" && actor.via[0] === "cron";
      return (
        actor.ses === session.ses &&
        actor.user === session.user &&
        actor.address === session.from &&
        actor.port === session.port &&
        actor.key === session.key
      );
    };
    const isRight = op === null ? said?.actor == null && isIt(said?.origin) : isIt(said?.actor);
    const confidence = said?.confidence ?? "none";
    const counts = (by[confidence] ??= [0, 0]);
    counts[1]++;
    if (isRight) {
      counts[0]++;
      continue;
    }
    if (said?.confidence !== "window" || !said.candidates.some(isIt)) misled++;
    const way = `${operation?.op} ${operation?.way} ${operation?.together ?? ""}`;
    wrong.push(
      `${line} ${event.type} ${event.action} ${event.name}: ${way} by ${session?.user} ses ${session?.ses}; said ${confidence} ${said?.actor?.user} ses ${said?.actor?.ses} ${said?.end}`,
    );
  }
  const total = truth.events.length;
  return { total, right: total - wrong.length, by, misled, wrong };
}
