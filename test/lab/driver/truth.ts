import type { TrueOperation, TrueSession } from "./operations.ts";
import type { ApiCall } from "./oracle.ts";

/** Docker's event object, the parts that truth needs. */
export interface RawEvent {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

/** Which operation caused an event. Null: none did (an exit, an auto-removal); `origin` then made the container. */
export interface TrueEvent {
  /** Its line in docker-events.jsonl, from 0. */
  readonly line: number;
  readonly op: string | null;
  readonly origin: string | null;
}

export interface Truth {
  readonly sessions: readonly TrueSession[];
  readonly operations: readonly TrueOperation[];
  readonly events: readonly TrueEvent[];
}

/** Calls that cause an event, by its action: the part of the URI after the container. */
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  start: ["start", "restart"],
  connect: ["start", "restart"],
  mount: ["start", "restart"],
  attach: ["attach"],
  kill: ["kill", "stop", "restart", "DELETE"],
  die: ["kill", "stop", "restart", "DELETE"],
  stop: ["stop", "restart"],
  disconnect: ["kill", "stop", "restart", "DELETE"],
  unmount: ["kill", "stop", "restart", "DELETE"],
  destroy: ["DELETE"],
  restart: ["restart"],
  pause: ["pause"],
  unpause: ["unpause"],
  rename: ["rename"],
  update: ["update"],
  commit: ["commit"],
  top: ["top"],
  export: ["export"],
  "archive-path": ["archive"],
  "extract-to-dir": ["archive"],
};
/** Calls under which the daemon does several things by itself, all of them asked for. */
const WHOLE = /^\/v[\d.]+\/(build|swarm|services)\b/;
const BEFORE_MS = 30;
const AFTER_MS = 1500;

const isUnder = ({ uri, startMs, endMs }: ApiCall, timeMs: number): boolean =>
  WHOLE.test(uri) && startMs - BEFORE_MS <= timeMs && timeMs <= (endMs ?? startMs) + BEFORE_MS;

/** Works out the truth of each event from what dockerd's authorization plugin saw. Reads no audit record. */
export function truthOf(
  events: readonly RawEvent[],
  calls: readonly ApiCall[],
  sessions: readonly TrueSession[],
  operations: readonly TrueOperation[],
): Truth {
  const ours = calls.filter((call) => call.op !== null && call.method !== "HEAD");
  const names = new Map<string, string>();
  for (const { Type, Actor } of events) {
    const name = Actor.Attributes["name"];
    if (Type === "container" && name !== undefined) names.set(name, Actor.ID);
  }
  const made = new Map(
    ours.flatMap(({ id, op, uri }) =>
      id === null ? [] : [[`${uri.endsWith("/exec") ? "x" : "c"}:${id}`, op] as const],
    ),
  );
  const targetOf = ({ uri, method }: ApiCall): { id: string | undefined; verb: string } => {
    const [, target = "", verb = ""] = /\/containers\/([^/?]+)(?:\/([a-z]+))?/.exec(uri) ?? [];
    const name = decodeURIComponent(target);
    const id =
      names.get(name) ?? [...names.values()].find((known) => name.length >= 4 && known.startsWith(name));
    return { id, verb: method === "DELETE" ? "DELETE" : verb };
  };
  return {
    sessions,
    operations,
    events: events.map((event, line) => {
      const timeMs = event.timeNano / 1e6;
      const action = event.Action.split(":")[0] ?? "";
      const { execID } = event.Actor.Attributes;
      const container = event.Type === "container" ? event.Actor.ID : event.Actor.Attributes["container"];
      const origin = made.get(`c:${container}`) ?? null;
      if (execID !== undefined) return { line, op: made.get(`x:${execID}`) ?? null, origin };
      if (event.Type === "container" && action === "create" && origin !== null)
        return { line, op: origin, origin };
      // BuildKit's answer has begun long before the image has its name: the builder's command says whose it is.
      const named = event.Type === "image" && action === "tag" ? event.Actor.Attributes["name"] : undefined;
      const builder = operations.find(
        ({ command }) => named !== undefined && command.includes(`-t ${named} `),
      );
      if (builder !== undefined) return { line, op: builder.op, origin };
      const near = ours.filter((call) => {
        const { id, verb } = targetOf(call);
        return (
          id === container &&
          (CAUSES[action] ?? []).includes(verb) &&
          call.startMs - BEFORE_MS <= timeMs &&
          timeMs <= (call.endMs ?? call.startMs + 20_000) + AFTER_MS
        );
      });
      near.sort((a, b) => Math.abs(timeMs - a.startMs) - Math.abs(timeMs - b.startMs));
      const [nearest = ours.find((call) => isUnder(call, timeMs))] = near;
      const op = nearest?.op ?? null;
      // A build's step ends when its program does.
      const endsItself = action === "die" && nearest?.uri.includes("/build?") === true;
      return endsItself ? { line, op: null, origin: origin ?? op } : { line, op, origin };
    }),
  };
}
