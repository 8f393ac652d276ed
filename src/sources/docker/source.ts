import type { IncomingMessage } from "node:http";
import { epochMs } from "../../model/ids.ts";
import type { LineBatch, Position, SourceNotice } from "../../model/line.ts";
import type { Container } from "../../model/session.ts";
import type { DockerEndpoint } from "../../model/settings.ts";
import type { Clock, Source } from "../../ports/source.ts";
import { BATCH_BYTES } from "../file/cutter.ts";
import { openHealth } from "../health.ts";
import { backoffMs, pause } from "../pause.ts";
import { catchUp } from "./catch-up.ts";
import { connectDocker, type DockerQuestions } from "./client.ts";
import { type Cursor, daemonTime, openCursor } from "./cursor.ts";
import { openInspector } from "./inspection.ts";
import { troubleOf } from "./mend.ts";
import { openPendingQueue, type PendingQueue } from "./queue.ts";
import { type Census, openCensus } from "./reconcile.ts";
import { lineOf, readStream } from "./stream.ts";

/** What the Docker source needs. */
export interface DockerSourceParts {
  readonly endpoint: DockerEndpoint;
  readonly clock: Clock;
  /** Containers known from an earlier run and not destroyed by then, so that one that is gone can be told. */
  readonly known?: () => readonly Container[];
}

const CONNECT_MS = 10_000;
/** A peer that is gone without a word is noticed after some minutes. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Follows a daemon's events for ever, each once, each with inspect's answer where it made something. After a lost connection or
 * a restart of either side it goes on where it stopped; what the daemon no longer remembers is concluded from its containers.
 * A batch without bytes carries a position or notices alone. Sends GET requests only.
 */
export function openDockerSource({ endpoint, clock, known }: DockerSourceParts): Source {
  const health = openHealth("docker", clock);
  const where = "socket" in endpoint ? endpoint.socket : `${endpoint.host}:${endpoint.port}`;
  const noticeOf = (kind: SourceNotice["kind"], text: string, count: number): SourceNotice => ({
    source: "docker",
    kind,
    timeMs: epochMs(clock.now()),
    text,
    count,
  });

  /** Everything from the cursor on until the connection ends. */
  async function* connection(
    docker: DockerQuestions,
    state: State,
    signal: AbortSignal,
  ): AsyncGenerator<LineBatch> {
    const { cursor, census, first } = state;
    const batchOf = (
      lines: string,
      count: number,
      told: readonly SourceNotice[],
      backfill: boolean,
    ): LineBatch => {
      const bytes = Buffer.from(lines);
      health.count(count, bytes.length);
      const readMs = epochMs(clock.now());
      return { source: "docker", bytes, position: cursor.position(), backfill, notices: told, readMs };
    };
    async function* batches(queue: PendingQueue, backfill: boolean): AsyncGenerator<LineBatch> {
      let lines = "";
      let count = 0;
      let told: SourceNotice[] = [];
      const flush = (): LineBatch => {
        const batch = batchOf(lines, count, told, backfill);
        [lines, count, told] = ["", 0, []];
        return batch;
      };
      for (let one = await queue.next(); one !== null; one = queue.ready() ?? (await queue.next())) {
        const inspection = await one.inspection;
        const line = lineOf(one, inspection);
        if (lines.length + line.length > BATCH_BYTES && count > 0) yield flush();
        if (one.key !== null) cursor.give(one.key, one.inferred);
        lines += line;
        count += 1;
        if (inspection.fault !== null)
          told.push(noticeOf("fault", `inspect for ${one.key?.ref ?? "an event"}: ${inspection.fault}`, 1));
        if (!queue.isReady) yield flush();
      }
    }

    const inspector = openInspector(docker, signal);
    const caught = await catchUp({ docker, cursor, census, inspector, first, signal });
    const past = openPendingQueue();
    for (const pending of caught.pending) past.push(pending);
    past.end(null);
    yield* batches(past, first);
    if (caught.untilNano !== null) cursor.advance(caught.untilNano);
    const told = caught.facts.map(({ kind, text, count }) => noticeOf(kind, text, count));
    if (state.again) told.unshift(noticeOf("reconnected", `connected to ${where} again`, 0));
    // The position is told although nothing came: what happens from now on is news, also after a restart.
    if (caught.untilNano !== null || told.length > 0) yield batchOf("", 0, told, first);
    state.first = false;

    const stream = await docker.events(daemonTime(cursor.since), null, signal);
    (stream as IncomingMessage).socket.setKeepAlive(true, KEEP_ALIVE_MS);
    health.up(`connected to ${where}`);
    const queue = openPendingQueue();
    const reading = readStream(stream, queue, { cursor, census, inspector });
    try {
      yield* batches(queue, false);
    } finally {
      stream.destroy();
      await reading;
    }
  }

  async function* follow(from: Position | null, signal: AbortSignal): AsyncGenerator<LineBatch> {
    const start = from?.kind === "docker" ? from : null;
    const state: State = {
      cursor: openCursor(start),
      census: openCensus(known?.() ?? []),
      first: start === null,
      again: false,
    };
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const ended = new AbortController();
      const within = AbortSignal.any([signal, ended.signal]);
      try {
        const docker = await connectDocker(
          endpoint,
          AbortSignal.any([within, AbortSignal.timeout(CONNECT_MS)]),
        );
        for await (const batch of connection(docker, state, within)) {
          attempt = 0;
          yield batch;
        }
        health.down(`${where} closed the connection`, "systemctl status docker");
      } catch (error) {
        const { detail, mend } = troubleOf(error, endpoint);
        if (!signal.aborted) health.down(detail, mend);
      } finally {
        ended.abort();
      }
      state.again = !state.first;
      await pause(backoffMs(attempt), signal);
    }
  }

  return { name: "docker", follow, health: () => health.current() };
}

/** What lives longer than one connection. `again`: it was connected before. */
interface State {
  readonly cursor: Cursor;
  readonly census: Census;
  first: boolean;
  again: boolean;
}
