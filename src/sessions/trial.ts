import type { DockerEvent } from "../model/event.ts";
import type { Attribution } from "../model/session.ts";
import { ActJudge } from "./act-judge.ts";
import { doerOf, ORPHANS } from "./actors.ts";
import { caseOf } from "./cases.ts";
import { isDockerClient } from "./clients.ts";
import { expressCase } from "./expressions.ts";
import { AnchorJudge, isAnchor } from "./judge.ts";
import type { CaseRow, ClientRow } from "./rows.ts";
import { Watch } from "./watch.ts";
import type { World } from "./world.ts";

const MOST_CASES = 20_000;
/** Cases that hang together settle together, but not longer than this after the first of them is ripe. */
const LATEST_SETTLE_MS = 300_000;

/** Holds Docker's events until nothing can change their attribution any more, and judges those that a new fact touches. */
export class Trial {
  readonly #world: World;
  readonly #anchors: AnchorJudge;
  readonly #acts: ActJudge;
  readonly #watch = new Watch();
  readonly #spans = new WeakMap<ClientRow, readonly [number, number]>();
  /** The attribution said last of each case, as JSON. */
  readonly #said = new Map<string, string>();
  #sawConnects = false;
  readonly #dirtyAnchors = new Set<string>();
  readonly #dirtyContainers = new Set<string>();
  readonly #dirtyExecs = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    const { clients, containers, cases, matcher } = world;
    const parts = {
      clients,
      containers,
      cases,
      matcher,
      unknownEnd: ({ service }: CaseRow) => {
        if (service !== null) return `daemon: swarm's agent, for a task of service ${service}`;
        return world.sawConnects
          ? "unknown: no client was connected to the API at that time"
          : "unknown: no audit rule for connect";
      },
      actorKey: (client: ClientRow) => world.actors.keyOf(client),
    };
    this.#anchors = new AnchorJudge(parts);
    this.#acts = new ActJudge(parts);
    for (const row of world.cases.all()) this.#mark(row);
  }

  attributionOf(ref: string): Attribution | null {
    return this.#world.cases.get(ref)?.attribution ?? null;
  }

  /** Takes a Docker event in. Seen twice (lines are read again after a restart), it counts once. */
  open(event: DockerEvent, nowMs: number): void {
    const { cases, containers } = this.#world;
    if (cases.get(event.ref) !== undefined) return;
    containers.event(event, nowMs);
    const name = event.container === null ? null : (containers.get(event.container)?.name ?? null);
    if (event.container !== null && containers.get(event.container)?.hasSocket === true)
      this.#world.notice(ORPHANS);
    const row = caseOf(event, name, nowMs);
    cases.add(row);
    this.#mark(row);
    // A start or an end says how plausible it is that a client made the container or the exec.
    const made = (
      row.execId === null ? cases.ofContainer(row.container ?? "") : cases.ofExec(row.execId)
    ).find(isAnchor);
    if (made === undefined || made === row) return;
    made.facts ??= row.facts;
    cases.touch(made);
    if (row.action === "start" || row.action === "die" || row.action === "exec_die") this.#mark(made);
  }

  /** Judges what new facts touch. @returns the attributions that changed. */
  resolve(): Map<string, Attribution> {
    const { cases, clients } = this.#world;
    // The first connect ever seen says that there is a rule for them: all that was unknown has another reason now.
    if (this.#world.sawConnects !== this.#sawConnects) {
      this.#sawConnects = this.#world.sawConnects;
      for (const row of cases.all()) this.#mark(row);
    }
    for (const session of this.#world.sessionsChanged()) {
      this.#world.notice(`s:${session.id}`);
      if (session.pid !== null) this.#world.notice(`p:${session.pid}`);
      // When a session ends, so do those of its programs whose own end is not audited.
      for (const client of clients.ofSession(session.id)) if (!isDockerClient(client)) this.#touched(client);
    }
    for (const client of clients.takeChanged()) this.#touched(client);
    const express = new Set<string>();
    for (const key of this.#world.peekNotices()) for (const ref of this.#watch.of(key)) express.add(ref);
    const judged = [...this.#anchors.judge([...this.#dirtyAnchors])];
    this.#dirtyAnchors.clear();
    for (const row of judged) this.#markFollowers(row);
    for (const id of this.#dirtyExecs) judged.push(...this.#acts.exec(id));
    for (const id of this.#dirtyContainers) judged.push(...this.#acts.container(id));
    this.#dirtyExecs.clear();
    this.#dirtyContainers.clear();
    for (const row of judged) express.add(row.ref);
    const changed = new Map<string, Attribution>();
    for (const ref of express) {
      const row = cases.get(ref);
      // Iterating a Set visits what is added meanwhile: a changed creation has its followers said anew.
      if (row !== undefined) this.#express(row, false, changed, express);
    }
    return changed;
  }

  /** Closes what happened and was read before this time. @returns the last word on each. */
  settle(beforeMs: number): Map<string, Attribution> {
    const { cases } = this.#world;
    const changed = new Map<string, Attribution>();
    const express = new Set<string>();
    for (let at = 0; at < cases.all().length; ) {
      const row = cases.all()[at];
      if (row === undefined) break;
      const isForced = cases.size > MOST_CASES;
      if (!isForced && (row.timeMs > beforeMs || row.arrivedMs > beforeMs)) break;
      if (!isForced && isAnchor(row) && !this.#isRipe(row, beforeMs)) {
        at++;
        continue;
      }
      this.#express(row, true, changed, express);
      this.#keep(row);
      this.#anchors.forget(row.ref);
      this.#watch.delete(row.ref);
      this.#said.delete(row.ref);
      cases.delete(row);
    }
    return changed;
  }

  #isRipe(row: CaseRow, beforeMs: number): boolean {
    if (row.timeMs < beforeMs - LATEST_SETTLE_MS) return true;
    return this.#anchors
      .rivals(row.ref)
      .every((other) => other.timeMs <= beforeMs && other.arrivedMs <= beforeMs);
  }

  /** What later events rest on is kept with the container, the exec, the client. */
  #keep(row: CaseRow): void {
    const { containers, clients, matcher } = this.#world;
    const doer = doerOf(row);
    const container = row.container === null ? undefined : containers.get(row.container);
    if (row.action === "create" && row.type === "container" && container !== undefined) {
      container.creator = doer;
      containers.touch(container);
    }
    const exec = row.execId === null ? undefined : containers.exec(row.execId);
    if (row.action === "exec_create" && exec !== undefined) {
      exec.doer = doer;
      containers.touchExec(exec);
    }
    if (row.action === "kill" && container !== undefined && (container.lastKill?.timeMs ?? 0) <= row.timeMs) {
      container.lastKill = { ref: row.ref, timeMs: row.timeMs, signal: row.signal, doer };
      containers.touch(container);
    }
    const client = doer === null ? undefined : clients.get(doer.client);
    if (client === undefined || !isAnchor(row) || !matcher.doesOnce(client)) return;
    client.uses.push({ ref: row.ref, timeMs: row.timeMs, confidence: row.decision?.confidence ?? "window" });
    clients.touch(client);
  }

  #express(row: CaseRow, settled: boolean, changed: Map<string, Attribution>, express: Set<string>): void {
    const { attribution, watches } = expressCase(this.#world, row, settled);
    this.#watch.set(row.ref, watches);
    const text = JSON.stringify(attribution);
    if (this.#said.get(row.ref) === text) return;
    this.#said.set(row.ref, text);
    row.attribution = attribution;
    this.#world.cases.touch(row);
    changed.set(row.ref, attribution);
    const key =
      row.action === "exec_create" ? `x:${row.execId}` : isAnchor(row) ? `c:${row.container}` : null;
    if (key === null || settled) return;
    this.#world.notice(key);
    for (const ref of this.#watch.of(key)) {
      // Deleted first, so that a row that was said already is said again.
      express.delete(ref);
      express.add(ref);
    }
  }

  /** Everything in the span in which this client was, or is now, at the API. */
  #touched(client: ClientRow): void {
    if (this.#world.matcher.onlyReads(client)) return;
    const span = this.#world.clients.spanOf(client);
    if (span === null) return;
    const before = this.#spans.get(client) ?? span;
    this.#spans.set(client, span);
    for (const row of this.#world.cases.between(Math.min(span[0], before[0]), Math.max(span[1], before[1])))
      this.#mark(row);
  }

  #mark(row: CaseRow): void {
    if (isAnchor(row)) this.#dirtyAnchors.add(row.ref);
    else if (row.execId !== null) this.#dirtyExecs.add(row.execId);
    else this.#dirtyContainers.add(row.container ?? "");
  }

  #markFollowers(row: CaseRow): void {
    if (row.execId !== null) this.#dirtyExecs.add(row.execId);
    else if (row.container !== null) this.#dirtyContainers.add(row.container);
  }
}
