import type { Finding } from "../../src/model/finding.ts";
import { epochMs, eventRef } from "../../src/model/ids.ts";
import type { Actor, Attribution } from "../../src/model/session.ts";
import type { RouteSettings } from "../../src/model/settings.ts";

export const T0 = 1_795_518_133_000;
export const at = (offsetMs: number) => epochMs(T0 + offsetMs);

export const ALL: readonly RouteSettings[] = [{ minLevel: "low", channels: ["mail", "hook"], match: {} }];
export const CHANNELS = [
  { name: "mail", wantsUpdates: false },
  { name: "hook", wantsUpdates: true },
];

export const dockerRef = (offsetMs: number, container = "a") =>
  eventRef(`docker:${T0 + offsetMs}000000:container:exec_start:${container.repeat(64).slice(0, 64)}`);

export function actorOf(user: string): Actor {
  return {
    user,
    address: "127.0.0.9",
    port: 41822,
    method: "publickey",
    key: null,
    ses: null,
    auid: null,
    via: [],
  };
}

/** What is known of an event: `user` did it, or (null) nobody is known yet. */
export function attributionOf(
  ref: ReturnType<typeof eventRef>,
  user: string | null,
  changes: Partial<Attribution> = {},
): Attribution {
  return {
    ref,
    actor: user === null ? null : actorOf(user),
    origin: null,
    confidence: user === null ? null : "exact",
    candidates: [],
    evidence: [],
    command: null,
    end: null,
    final: user !== null,
    ...changes,
  };
}

/** A single event's finding at `offsetMs`; attributed to alice unless told otherwise. */
export function findingAt(offsetMs: number, changes: Partial<Finding> = {}): Finding {
  const container = changes.group?.["container"] ?? "a";
  const ref = changes.refs?.[0] ?? dockerRef(offsetMs, container);
  return {
    id: `finding-${changes.ruleId ?? "shell"}-${container}-${offsetMs}`,
    ruleId: "shell",
    title: "Shell in a container",
    level: "medium",
    tags: [],
    timeMs: at(offsetMs),
    firstMs: at(offsetMs),
    refs: [ref],
    count: 1,
    group: { container: "a" },
    object: "container web1 (3f2a91c04b7d)",
    action: "started a shell in",
    attribution: attributionOf(ref, "alice"),
    nextSteps: null,
    falsePositives: [],
    backfill: false,
    episode: null,
    ...changes,
  };
}
