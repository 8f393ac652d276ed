import type { StateRow } from "../model/batch.ts";
import type { DockerEvent } from "../model/event.ts";
import { containerId, epochMs } from "../model/ids.ts";
import type { Container } from "../model/session.ts";
import type { ContainerRow, ExecRow } from "./rows.ts";
import { Table } from "./table.ts";

const MOST_CONTAINERS = 20_000;
const MOST_EXECS = 20_000;
const MOST_OPEN_EXECS = 64;
/** A container that is gone, an exec that has ended: late lines may still ask for it. */
const KEPT_MS = 600_000;
const SOCKET = /(^|\/)(docker|containerd)\.sock$/;

/** Containers and execs as Docker's events tell of them. */
export class Containers {
  readonly #rows: Table<ContainerRow>;
  readonly #execs: Table<ExecRow>;
  readonly #changed = new Set<ContainerRow>();
  readonly #withSocket = new Set<string>();

  constructor(state: readonly StateRow[]) {
    this.#rows = new Table("container", state);
    this.#execs = new Table("exec", state);
    for (const row of this.#rows.values()) if (row.hasSocket) this.#withSocket.add(row.id);
  }
  drain(): StateRow[] {
    return [...this.#rows.drain(), ...this.#execs.drain()];
  }
  takeChanged(): ContainerRow[] {
    const rows = [...this.#changed];
    this.#changed.clear();
    return rows;
  }
  get(id: string): ContainerRow | undefined {
    return this.#rows.get(id);
  }
  exec(id: string): ExecRow | undefined {
    return this.#execs.get(id);
  }
  /** Containers that had the engine's socket and this file mounted into them at this time. */
  withSocketAndFile(path: string, timeMs: number): ContainerRow[] {
    return [...this.#withSocket]
      .sort()
      .map((id) => this.#rows.get(id))
      .filter((row) => row !== undefined)
      .filter(
        (row) =>
          row.mounted.includes(path) &&
          (row.firstStartMs ?? Infinity) <= timeMs &&
          (row.endedMs === null || row.endedMs >= timeMs || (row.startedMs ?? 0) > row.endedMs),
      );
  }
  touch(row: ContainerRow): void {
    this.#rows.touch(row.id);
  }
  touchExec(row: ExecRow): void {
    this.#execs.touch(row.id);
  }

  /** Takes in what an event says of its container and its exec. */
  event(event: DockerEvent, nowMs: number): void {
    const { container } = event;
    if (container === null) return;
    const row = this.#rows.get(container) ?? newContainer(container, nowMs);
    this.#rows.set(container, row);
    row.touchedMs = nowMs;
    if (event.type === "container") this.#lifeOf(row, event);
    else if (event.type === "network" && event.action === "connect") row.networkedMs ??= event.timeMs;
    if (event.execId !== null) this.#execOf(event, event.execId, container, nowMs);
  }

  #lifeOf(row: ContainerRow, event: DockerEvent): void {
    const before = JSON.stringify(containerOf(row));
    const { action, timeMs } = event;
    row.name = event.name ?? row.name;
    row.image = event.image ?? row.image;
    if (event.facts !== null) {
      row.autoRemove = event.facts.autoRemove;
      row.hasSocket = event.facts.mounts.some((mount) => SOCKET.test(mount.source));
      row.mounted = row.hasSocket ? event.facts.mounts.map((mount) => mount.destination) : [];
      row.probe = probeOf(event.facts.healthcheck);
      if (row.hasSocket) this.#withSocket.add(row.id);
    }
    if (action === "create") row.createdMs = timeMs;
    else if (action === "start") {
      row.firstStartMs ??= timeMs;
      row.startedMs = Math.max(row.startedMs ?? 0, timeMs);
    } else if (action === "die") row.endedMs = Math.max(row.endedMs ?? 0, timeMs);
    else if (action === "destroy") row.destroyedMs = timeMs;
    if (JSON.stringify(containerOf(row)) !== before) this.#changed.add(row);
  }

  #execOf(event: DockerEvent, id: string, container: string, nowMs: number): void {
    const row = this.#execs.get(id) ?? {
      id,
      container,
      createdMs: null,
      endedMs: null,
      doer: null,
      touchedMs: nowMs,
    };
    this.#execs.set(id, row);
    row.touchedMs = nowMs;
    if (event.action === "exec_create") {
      row.createdMs = event.timeMs;
      const home = this.#rows.get(container);
      if (home?.hasSocket === true && !home.execs.includes(id))
        home.execs = [...home.execs, id].slice(-MOST_OPEN_EXECS);
    }
    if (event.action === "exec_die") row.endedMs = event.timeMs;
  }

  /** @returns ids of containers whose rows were dropped. */
  forget(nowMs: number): string[] {
    const gone: string[] = [];
    for (const row of this.#rows.values())
      if (row.destroyedMs !== null && nowMs - row.touchedMs > KEPT_MS) gone.push(row.id);
    if (this.#rows.size - gone.length > MOST_CONTAINERS) {
      const oldest = [...this.#rows.values()].sort((a, b) => a.touchedMs - b.touchedMs);
      gone.push(...oldest.slice(0, this.#rows.size - MOST_CONTAINERS).map((row) => row.id));
    }
    for (const id of gone) {
      this.#rows.delete(id);
      this.#withSocket.delete(id);
    }
    const isOver = (row: ExecRow): boolean =>
      (row.endedMs !== null && nowMs - row.touchedMs > KEPT_MS) || !this.#rows.has(row.container);
    for (const row of this.#execs.values()) if (isOver(row)) this.#execs.delete(row.id);
    if (this.#execs.size > MOST_EXECS)
      for (const row of [...this.#execs.values()].slice(0, MOST_EXECS / 10)) this.#execs.delete(row.id);
    return gone;
  }
}

function newContainer(id: string, nowMs: number): ContainerRow {
  return {
    id,
    name: null,
    image: null,
    createdMs: null,
    networkedMs: null,
    firstStartMs: null,
    startedMs: null,
    endedMs: null,
    destroyedMs: null,
    autoRemove: null,
    hasSocket: false,
    creator: null,
    lastKill: null,
    mounted: [],
    probe: null,
    execs: [],
    touchedMs: nowMs,
  };
}

/** A container as the store and people know it. */
export function containerOf(row: ContainerRow): Container {
  const time = (ms: number | null) => (ms === null ? null : epochMs(ms));
  return {
    id: containerId(row.id),
    name: row.name,
    image: row.image,
    createdMs: time(row.createdMs),
    startedMs: time(row.startedMs),
    endedMs: time(row.endedMs),
    destroyedMs: time(row.destroyedMs),
  };
}

/** The exec that Docker makes of `Config.Healthcheck.Test`. */
function probeOf(test: readonly string[]): string | null {
  const [kind, ...words] = test;
  if (kind === "CMD-SHELL") return `/bin/sh -c ${words.join(" ")}`;
  return kind === "CMD" ? words.join(" ") : null;
}
