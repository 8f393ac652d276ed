import type { StateRow } from "../model/batch.ts";
import type { AuditEvent, DockerEvent, Event, SshdEvent } from "../model/event.ts";
import type { EpochMs } from "../model/ids.ts";
import type { Attribution, Container, Login, Session } from "../model/session.ts";
import type { Attributor, AttributorOutput } from "../ports/stages.ts";
import { containerOf } from "./containers.ts";
import { loginOf } from "./logins.ts";
import { Onlookers } from "./onlookers.ts";
import { SETTLE_MS, sessionOf } from "./sessions.ts";
import { Trial } from "./trial.ts";
import { World } from "./world.ts";

const FORGET_EVERY_MS = 30_000;

export interface AttributorOptions {
  /** What the last run drained: the rows of stage `sessions`. */
  readonly state: readonly StateRow[];
  /** This daemon's own process: its calls to the API only read. */
  readonly ownPid?: number;
}

/**
 * Names the person behind every event. Whatever order the sources' lines come in (up to a minute apart), and whenever
 * the work is interrupted and taken up again, the last word on each event is the same: what is not settled is judged
 * anew from all facts as each one arrives.
 */
export function openAttributor(options: AttributorOptions): Attributor {
  const world = new World(options.state, options.ownPid ?? null);
  const trial = new Trial(world);
  const onlookers = new Onlookers(world, options.state);
  let clockMs = 0;
  let forgotMs = 0;

  function push(events: readonly Event[], nowMs: EpochMs): AttributorOutput {
    world.sessions.clockMs = clockMs = Math.max(clockMs, nowMs);
    onlookers.begin();
    const logins: Login[] = [];
    for (const event of events) {
      switch (event.source) {
        case "audit":
          world.audit(event, clockMs);
          break;
        case "docker":
          trial.open(event, clockMs);
          break;
        case "sshd": {
          world.sessions.sshd(event, clockMs);
          const login = loginOf(event);
          if (login !== null) logins.push(login);
          break;
        }
        default:
          return event satisfies never;
      }
    }
    const changed = resolve();
    const seen = events.map((event) => ({ event, attribution: attributionOf(event, changed) }));
    return { ...rowsChanged(changed), seen, logins };
  }

  function attributionOf(
    event: AuditEvent | DockerEvent | SshdEvent,
    changed: Map<string, Attribution>,
  ): Attribution | null {
    if (event.source === "docker") return trial.attributionOf(event.ref);
    const attribution =
      event.source === "audit" ? onlookers.audit(event, clockMs) : onlookers.sshd(event, clockMs);
    if (attribution !== null && onlookers.isKept(event)) changed.set(event.ref, attribution);
    return attribution;
  }

  /** Works out everything that the new facts touch. */
  function resolve(): Map<string, Attribution> {
    const changed = trial.resolve();
    for (const attribution of onlookers.resolve(world.takeNotices()))
      changed.set(attribution.ref, attribution);
    return changed;
  }

  function tick(nowMs: EpochMs): AttributorOutput {
    world.sessions.clockMs = clockMs = Math.max(clockMs, nowMs);
    const changed = trial.settle(clockMs - SETTLE_MS);
    for (const attribution of onlookers.settle(clockMs - SETTLE_MS))
      changed.set(attribution.ref, attribution);
    if (clockMs - forgotMs > FORGET_EVERY_MS) {
      forgotMs = clockMs;
      world.forget(clockMs);
    }
    return { ...rowsChanged(changed), seen: [], logins: [] };
  }

  function rowsChanged(changed: Map<string, Attribution>): {
    readonly sessions: Session[];
    readonly containers: Container[];
    readonly attributions: Attribution[];
  } {
    return {
      sessions: world.takeSessions().map(sessionOf),
      containers: world.containers.takeChanged().map(containerOf),
      attributions: [...changed.values()],
    };
  }

  return {
    push,
    follow: (refs) => onlookers.follow(refs),
    tick,
    drainState: () => [...world.drain(), ...onlookers.drain()],
  };
}
