import type { LineBatch, Position } from "../../../src/model/line.ts";
import type { Source } from "../../../src/ports/source.ts";

/** One line of the source, parsed. */
export interface Collected {
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly timeNano: string;
  readonly inspect: Record<string, unknown> | null;
  readonly inferred: boolean;
  readonly backfill: boolean;
}

/** A source that is pulled all the time, with what it gave. */
export interface Collector extends AsyncDisposable {
  readonly batches: LineBatch[];
  readonly events: Collected[];
  readonly position: Position | null;
  /** `TYPE ACTION` of the events of one subject, in the order given; inferred ones have a `*`. */
  actionsOf(id: string): readonly string[];
  readonly notices: readonly string[];
}

export function collect(source: Source, from: Position | null): Collector {
  const ended = new AbortController();
  const batches: LineBatch[] = [];
  const events: Collected[] = [];
  const run = (async () => {
    for await (const batch of source.follow(from, ended.signal)) {
      batches.push(batch);
      for (const line of batch.bytes.toString().split("\n")) if (line !== "") events.push(read(line, batch));
    }
  })();
  return {
    batches,
    events,
    get position() {
      return batches.at(-1)?.position ?? from;
    },
    actionsOf: (id) =>
      events
        .filter((event) => event.id === id)
        .map((event) => `${event.action.trim()}${event.inferred ? "*" : ""}`),
    get notices() {
      return batches.flatMap((batch) => batch.notices.map((notice) => notice.kind));
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await run;
    },
  };
}

function read(line: string, batch: LineBatch): Collected {
  const { event, inspect, inferred } = JSON.parse(line) as {
    event: { Type: string; Action: string; Actor: { ID: string } };
    inspect: Record<string, unknown> | null;
    inferred: boolean;
  };
  return {
    type: event.Type,
    action: event.Action,
    id: event.Actor?.ID,
    timeNano: /"timeNano":(\d+)/.exec(line)?.[1] ?? "",
    inspect,
    inferred,
    backfill: batch.backfill,
  };
}
