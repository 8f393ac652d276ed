import { type Demand, settle } from "./assignment.ts";
import type { Cases } from "./cases.ts";
import { type Clients, CONNECT_SLACK_MS, isDockerClient } from "./clients.ts";
import { weaker } from "./confidence.ts";
import type { Containers } from "./containers.ts";
import { FIT, type Matcher, type Past } from "./matching.ts";
import type { CaseRow, ClientRow, Decision } from "./rows.ts";

/** Less than this between the best and the second best story: time does not tell them apart (audit's clock steps by 4 ms). */
const ORDER_MARGIN_MS = 16;
/** Audit's stamps may be this much later than Docker's say it was. */
const STAMP_MS = 6;
const NETWORK_COST = 100;
const HIGHEST_COST = 2000;

/** A client that may be behind an event. */
export interface Option {
  readonly client: ClientRow;
  readonly fit: number;
}
export interface Options {
  readonly best: readonly Option[];
  /** Somebody with worse arguments could have done it as well. */
  readonly hasOthers: boolean;
}

export interface JudgeParts {
  readonly clients: Clients;
  readonly containers: Containers;
  readonly cases: Cases;
  readonly matcher: Matcher;
  /** Where the chain ends when no client was there. */
  readonly unknownEnd: (row: CaseRow) => string;
  /** What tells people apart: two clients of one session are the same answer. */
  readonly actorKey: (client: ClientRow) => string;
}

/** Acts that make something new: which client made it is settled for all that happened together. */
export const isAnchor = (row: CaseRow): boolean =>
  (row.type === "container" && row.action === "create") || row.action === "exec_create";

/** Finds the clients behind creations of containers and execs, several at once where they happened together. */
export class AnchorJudge {
  readonly #parts: JudgeParts;
  readonly #options = new Map<string, Options>();
  /** Clients that act once → the events that they may be behind. */
  readonly #wanted = new Map<string, Set<string>>();

  constructor(parts: JudgeParts) {
    this.#parts = parts;
  }

  /** Judges these cases anew, and those that compete with them for a client. @returns the cases that were judged. */
  judge(refs: readonly string[]): CaseRow[] {
    const before = new Set<string>();
    for (const ref of refs) this.#spread(ref, before);
    for (const ref of refs) this.#find(ref);
    const todo = new Set<string>();
    for (const ref of before) this.#spread(ref, todo);
    const judged: CaseRow[] = [];
    while (todo.size > 0) {
      const [first = ""] = todo;
      const together = new Set<string>();
      this.#spread(first, together);
      for (const ref of together) todo.delete(ref);
      todo.delete(first);
      const rows = [...together].map((ref) => this.#parts.cases.get(ref)).filter((row) => row !== undefined);
      rows.sort((a, b) => a.timeMs - b.timeMs || (a.ref < b.ref ? -1 : 1));
      this.#decide(rows);
      judged.push(...rows);
    }
    return judged;
  }

  /** The cases that compete with this one for a client. */
  rivals(ref: string): CaseRow[] {
    const together = new Set<string>();
    this.#spread(ref, together);
    return [...together].map((other) => this.#parts.cases.get(other)).filter((row) => row !== undefined);
  }

  forget(ref: string): void {
    for (const { client } of this.#options.get(ref)?.best ?? []) {
      const wanted = this.#wanted.get(client.id);
      wanted?.delete(ref);
      if (wanted?.size === 0) this.#wanted.delete(client.id);
    }
    this.#options.delete(ref);
  }

  /** Adds a case and, over the clients that can serve only one, all that it hangs together with. */
  #spread(ref: string, into: Set<string>): void {
    const todo = [ref];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (into.has(next) || this.#parts.cases.get(next) === undefined) continue;
      into.add(next);
      for (const { client } of this.#options.get(next)?.best ?? [])
        for (const other of this.#wanted.get(client.id) ?? []) if (!into.has(other)) todo.push(other);
    }
  }

  #find(ref: string): void {
    this.forget(ref);
    const row = this.#parts.cases.get(ref);
    if (row === undefined) return;
    const found = optionsOf(this.#parts, row, NO_PAST);
    // The daemon runs health checks and a swarm's tasks itself: only a client that names the very thing can be meant.
    const isDaemons = this.#isProbe(row) || row.service !== null;
    const options = !isDaemons || found.best.some(({ fit }) => fit >= FIT.target) ? found : NO_OPTIONS;
    this.#options.set(ref, options);
    for (const { client } of options.best) {
      if (!this.#parts.matcher.doesOnce(client)) continue;
      const wanted = this.#wanted.get(client.id) ?? new Set();
      wanted.add(ref);
      this.#wanted.set(client.id, wanted);
    }
  }

  #decide(rows: readonly CaseRow[]): void {
    const { matcher, actorKey } = this.#parts;
    const optionsOfRow = rows.map((row) => this.#options.get(row.ref) ?? NO_OPTIONS);
    const demands: Demand[] = rows.map((row, at) => ({
      options: (optionsOfRow[at]?.best ?? []).map(({ client }) => ({
        client: client.id,
        actor: actorKey(client),
        cost: this.#cost(client, row),
        once: matcher.doesOnce(client),
      })),
    }));
    const choices = settle(demands);
    for (const [at, row] of rows.entries()) {
      const options = optionsOfRow[at] ?? NO_OPTIONS;
      const choice = choices[at];
      row.decision =
        choice === undefined || choice.client === null
          ? this.#isProbe(row)
            ? { kind: "self", client: null, candidates: [], confidence: null, end: "daemon: health check" }
            : {
                kind: "unknown",
                client: null,
                candidates: [],
                confidence: null,
                end: this.#parts.unknownEnd(row),
              }
          : {
              kind: "actor",
              client: choice.client,
              candidates: options.best.map(({ client }) => client.id),
              confidence: confidenceOf(options, choice.client, choice.marginMs, row.ref),
              end: null,
            };
    }
  }

  /**
   * How implausible it is, in milliseconds, that this client made this: a docker client connects again right after its
   * own create or exec_create, which begins the start, and ends right after its own start or exec_die.
   */
  #cost(client: ClientRow, row: CaseRow): number {
    const [first = 0] = client.connects;
    const next = client.connects.find((time) => time >= row.timeMs - 6);
    let cost = next === undefined ? 400 : Math.abs(next - row.timeMs);
    cost += Math.max(0, first - row.timeMs) * 5;
    const networkedMs = row.execId === null ? (this.#container(row)?.networkedMs ?? null) : null;
    if (networkedMs !== null) {
      const asked = client.connects.findLast((time) => time <= networkedMs + STAMP_MS);
      cost += Math.min(NETWORK_COST, Math.abs(networkedMs - (asked ?? 0)));
    }
    if (client.endMs !== null) {
      const end = client.endMs;
      const marks =
        row.execId === null
          ? [this.#container(row)?.firstStartMs, this.#container(row)?.endedMs]
          : [this.#parts.containers.exec(row.execId)?.endedMs];
      const gaps = marks
        .filter((mark) => mark != null && mark >= row.timeMs)
        .map((mark) => Math.abs(end - (mark ?? 0)));
      if (gaps.length > 0) cost += Math.min(...gaps);
    }
    return Math.min(cost, HIGHEST_COST);
  }

  #isProbe(row: CaseRow): boolean {
    const probe = this.#container(row)?.probe ?? null;
    return probe !== null && row.action === "exec_create" && row.execCommand?.trim() === probe.trim();
  }

  #container(row: CaseRow) {
    return row.container === null ? undefined : this.#parts.containers.get(row.container);
  }
}

const NO_OPTIONS: Options = { best: [], hasOthers: false };
const NO_PAST: Past = { creator: () => null, wasStarted: () => false };

/** The clients that could have done it, those with the best arguments only; without those that are known to have done another. */
export function optionsOf(parts: JudgeParts, row: CaseRow, past: Past): Options {
  const fitting: Option[] = [];
  for (const client of parts.clients.aliveAt(row.timeMs)) {
    const fit = parts.matcher.fit(client, row, past);
    if (fit <= FIT.none) continue;
    const isTaken =
      isAnchor(row) &&
      parts.matcher.doesOnce(client) &&
      client.uses.some(
        (use) => use.ref !== row.ref && (use.confidence === "exact" || use.confidence === "strong"),
      );
    if (!isTaken) fitting.push({ client, fit });
  }
  const top = Math.max(FIT.none, ...fitting.map(({ fit }) => fit));
  const floor = top >= FIT.token ? FIT.token : top >= FIT.possible ? FIT.possible : top;
  const best = fitting.filter(({ fit }) => fit >= floor);
  return { best, hasOthers: best.length < fitting.length };
}

/**
 * Exact only where one client alone was there and named the thing; a client that served another event by a weaker
 * decision pulls this one down to it.
 */
export function confidenceOf(
  options: Options,
  client: string,
  marginMs: number,
  ref: string,
): Decision["confidence"] {
  const chosen = options.best.find((option) => option.client.id === client);
  const isAlone = options.best.length === 1;
  const own =
    marginMs !== Infinity
      ? marginMs > ORDER_MARGIN_MS
        ? "ordered"
        : "window"
      : isAlone && !options.hasOthers && (chosen?.fit ?? 0) >= FIT.target
        ? "exact"
        : isAlone && chosen?.fit === FIT.unlikely
          ? "window"
          : "strong";
  const uses = options.best.flatMap((option) => option.client.uses).filter((use) => use.ref !== ref);
  return uses.reduce(
    (least, use) => weaker(least, use.confidence),
    own as NonNullable<Decision["confidence"]>,
  );
}

/** For acts that any client can repeat: how long before the event it connected last. */
export function connectCost(client: ClientRow, timeMs: number): number {
  let cost = HIGHEST_COST;
  for (const time of client.connects)
    if (time <= timeMs + CONNECT_SLACK_MS) cost = Math.min(HIGHEST_COST, Math.abs(timeMs - time));
  return cost + (isDockerClient(client) ? 0 : 1);
}
