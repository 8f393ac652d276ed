import type { StateRow } from "../model/batch.ts";
import type { ContainerFacts, DockerEvent } from "../model/event.ts";
import type { CaseFacts, CaseRow } from "./rows.ts";
import { Table } from "./table.ts";

/** Docker's events whose attribution can still change, by time, container and exec. */
export class Cases {
  readonly #rows: Table<CaseRow>;
  /** By time, then ref: the order in which they are judged. */
  readonly #sorted: CaseRow[] = [];
  readonly #byContainer = new Map<string, CaseRow[]>();
  readonly #byExec = new Map<string, CaseRow[]>();

  constructor(state: readonly StateRow[]) {
    // After a restart all cases are judged again, which says the same.
    this.#rows = new Table("case", state, (row) => ({ ...row, attribution: null }));
    for (const row of this.#rows.values()) this.#index(row);
  }
  drain(): StateRow[] {
    return this.#rows.drain();
  }
  get size(): number {
    return this.#rows.size;
  }
  get(ref: string): CaseRow | undefined {
    return this.#rows.get(ref);
  }
  touch(row: CaseRow): void {
    this.#rows.touch(row.ref);
  }
  add(row: CaseRow): void {
    this.#rows.set(row.ref, row);
    this.#index(row);
  }
  /** In the order of their time. */
  all(): readonly CaseRow[] {
    return this.#sorted;
  }
  /** Of one container, without those that follow an exec; in the order of their time. */
  ofContainer(id: string): readonly CaseRow[] {
    return this.#byContainer.get(id) ?? [];
  }
  ofExec(id: string): readonly CaseRow[] {
    return this.#byExec.get(id) ?? [];
  }
  between(fromMs: number, toMs: number): CaseRow[] {
    const rows: CaseRow[] = [];
    for (let at = this.#firstFrom(fromMs); at < this.#sorted.length; at++) {
      const row = this.#sorted[at];
      if (row === undefined || row.timeMs > toMs) break;
      rows.push(row);
    }
    return rows;
  }
  delete(row: CaseRow): void {
    this.#rows.delete(row.ref);
    remove(this.#sorted, row, this.#firstFrom(row.timeMs));
    const [map, key] = this.#home(row);
    const rows = map.get(key);
    if (rows === undefined) return;
    remove(rows, row, 0);
    if (rows.length === 0) map.delete(key);
  }

  #index(row: CaseRow): void {
    insert(this.#sorted, row);
    const [map, key] = this.#home(row);
    const rows = map.get(key) ?? [];
    insert(rows, row);
    map.set(key, rows);
  }
  #home(row: CaseRow): readonly [Map<string, CaseRow[]>, string] {
    return row.execId === null ? [this.#byContainer, row.container ?? ""] : [this.#byExec, row.execId];
  }
  #firstFrom(timeMs: number): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle]?.timeMs ?? Infinity) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const isBefore = (a: CaseRow, b: CaseRow): boolean =>
  a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.ref < b.ref);

/** Events come nearly in order: searched from the end. */
function insert(rows: CaseRow[], row: CaseRow): void {
  let at = rows.length;
  while (at > 0) {
    const before = rows[at - 1];
    if (before === undefined || !isBefore(row, before)) break;
    at--;
  }
  rows.splice(at, 0, row);
}

function remove(rows: CaseRow[], row: CaseRow, from: number): void {
  const at = rows.indexOf(row, from);
  if (at >= 0) rows.splice(at, 1);
}

/** A case for an event. @param containerName the container's name, which network events lack. */
export function caseOf(event: DockerEvent, containerName: string | null, nowMs: number): CaseRow {
  const { attributes } = event;
  return {
    ref: event.ref,
    timeMs: event.timeMs,
    type: event.type,
    action: event.action,
    execCommand: event.execCommand,
    actorId: event.actorId,
    container: event.container,
    name: event.name ?? attributes["name"] ?? null,
    containerName: event.type === "container" ? nameBefore(event) : containerName,
    image: event.image,
    execId: event.execId,
    signal: attributes["signal"] ?? null,
    compose: attributes["com.docker.compose.project"] !== undefined,
    service: attributes["com.docker.swarm.service.name"] ?? null,
    facts: event.facts === null ? null : factsOf(event.facts),
    arrivedMs: nowMs,
    decision: null,
    attribution: null,
  };
}

function factsOf(facts: ContainerFacts): CaseFacts {
  return {
    command: facts.command,
    privileged: facts.privileged,
    autoRemove: facts.autoRemove,
    capAdd: facts.capAdd.length,
    pidMode: facts.pidMode,
    networkMode: facts.networkMode,
    user: facts.user,
    tty: facts.tty,
    binds: facts.mounts.filter(({ type }) => type === "bind").map(({ destination }) => destination),
    labels: { ...facts.labels },
  };
}

/** The name that a client called it by: a rename's event has the new one as its own. */
function nameBefore({ action, attributes, name }: DockerEvent): string | null {
  const old = action === "rename" ? attributes["oldName"] : undefined;
  return old === undefined ? name : old.replace(/^\//, "");
}
