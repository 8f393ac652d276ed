import { confidenceOf, connectCost, isAnchor, type JudgeParts, optionsOf } from "./judge.ts";
import { FIT, type Past } from "./matching.ts";
import type { CaseRow, ClientRow, Decision, Doer } from "./rows.ts";

/** Signals that do not end a process unless it wants to: CHLD, CONT, URG, WINCH. */
const HARMLESS = new Set(["17", "18", "23", "28"]);
/** A container is given ten seconds by `stop` before it is killed. */
const AFTER_KILL_MS = 15_000;
const AUTO_REMOVE_MS = 30_000;
const RESTART_MS = 120_000;
/** What the daemon reports when a container's process has ended, whoever ended it. */
const FOLLOWS_END = new Set(["die", "stop", "disconnect", "unmount"]);
const FOLLOWS_EXEC = new Set(["exec_start", "exec_die", "exec_detach", "exec_resize", "resize"]);

/** A kill of the settled past or of a case. */
interface KillBefore {
  readonly timeMs: number;
  readonly decision: Decision | null;
}

/** Finds who is behind everything but creations: acts of their own, and consequences of earlier acts. */
export class ActJudge {
  readonly #parts: JudgeParts;
  readonly #past: Past;

  constructor(parts: JudgeParts) {
    this.#parts = parts;
    this.#past = {
      creator: (container) => this.#creatorOf(container),
      wasStarted: (row) =>
        this.#casesOf(row).some((other) => other.action === "start" && other.timeMs < row.timeMs) ||
        (this.#container(row)?.firstStartMs ?? Infinity) < row.timeMs,
    };
  }

  /** Judges the events that follow this exec. */
  exec(id: string): CaseRow[] {
    const rows = this.#parts.cases.ofExec(id).filter((row) => !isAnchor(row));
    const made = this.#parts.cases.ofExec(id).find(isAnchor);
    const doer = this.#parts.containers.exec(id)?.doer ?? null;
    for (const row of rows) {
      if (!FOLLOWS_EXEC.has(row.action)) row.decision = this.#byArguments(row);
      else if (made !== undefined) row.decision = made.decision;
      else row.decision = doer === null ? this.#byArguments(row) : followOf(doer);
    }
    return rows;
  }

  /** Judges all acts on a container in the order of their time; for `""` those on no container. */
  container(id: string): CaseRow[] {
    const rows = this.#parts.cases.ofContainer(id).filter((row) => !isAnchor(row));
    if (id === "") {
      for (const row of rows) row.decision = this.#byArguments(row);
      return rows;
    }
    const row = this.#parts.containers.get(id);
    let kill: KillBefore | null =
      row?.lastKill == null
        ? null
        : {
            timeMs: row.lastKill.timeMs,
            decision: row.lastKill.doer === null ? null : followOf(row.lastKill.doer),
          };
    for (const act of rows) {
      act.decision = this.#decide(act, kill);
      if (act.action === "kill" && !HARMLESS.has(act.signal ?? ""))
        kill = { timeMs: act.timeMs, decision: act.decision };
    }
    return rows;
  }

  #decide(row: CaseRow, kill: KillBefore | null): Decision {
    if (row.action === "oom" || row.action === "health_status") return self("daemon");
    if (row.action === "destroy" && row.type === "container") return this.#destroy(row);
    if (row.action === "start" || row.action === "connect" || row.action === "mount") return this.#start(row);
    if (!FOLLOWS_END.has(row.action)) return this.#byArguments(row);
    const own = row.type === "network" ? this.#byArguments(row) : null;
    if (own?.kind === "actor" && this.#named(own, row)) return own;
    // A process that nobody killed ended by itself: without this, whoever is connected would be blamed.
    if (kill === null || !this.#isAfter(row, kill)) return self("the container ended by itself");
    if (kill.decision !== null && kill.decision.kind === "actor") return kill.decision;
    return this.#byArguments(row);
  }

  #isAfter(row: CaseRow, kill: KillBefore): boolean {
    const started = this.#casesOf(row).some(
      (other) => other.action === "start" && other.timeMs > kill.timeMs && other.timeMs < row.timeMs,
    );
    if (started) return false;
    if (row.timeMs - kill.timeMs < AFTER_KILL_MS) return true;
    const client = kill.decision?.client == null ? undefined : this.#parts.clients.get(kill.decision.client);
    return client !== undefined && this.#parts.clients.isAlive(client, row.timeMs);
  }

  #destroy(row: CaseRow): Decision {
    const own = this.#byArguments(row);
    if (own.kind === "actor" && this.#named(own, row)) return own;
    const container = this.#container(row);
    const endedMs = container?.endedMs ?? null;
    const justEnded = endedMs !== null && row.timeMs >= endedMs && row.timeMs - endedMs < AUTO_REMOVE_MS;
    return container?.autoRemove === true && justEnded
      ? self("removed at its end, as asked for at its creation")
      : own;
  }

  #start(row: CaseRow): Decision {
    const own = this.#byArguments(row);
    if (own.kind === "actor") return own;
    const endedMs = this.#lastEndBefore(row);
    return endedMs !== null && row.timeMs - endedMs < RESTART_MS ? self("restarted by the daemon") : own;
  }

  #lastEndBefore(row: CaseRow): number | null {
    const ends = this.#casesOf(row).filter((other) => other.action === "die" && other.timeMs <= row.timeMs);
    const settled = this.#container(row)?.endedMs ?? null;
    return ends.at(-1)?.timeMs ?? (settled !== null && settled <= row.timeMs ? settled : null);
  }

  /** The decision rests on a client that named this very thing. */
  #named(decision: Decision, row: CaseRow): boolean {
    const client = decision.client === null ? undefined : this.#parts.clients.get(decision.client);
    return client !== undefined && this.#parts.matcher.fit(client, row, this.#past) >= FIT.target;
  }

  #byArguments(row: CaseRow): Decision {
    const options = optionsOf(this.#parts, row, this.#past);
    if (options.best.length === 0) return this.#unknown(row);
    const creator = row.container === null ? null : this.#creation(row.container);
    const ranked = options.best
      .map((option) => ({ ...option, cost: connectCost(option.client, row.timeMs) }))
      .sort((a, b) => a.cost - b.cost || (a.client.id < b.client.id ? -1 : 1));
    const [first] = ranked;
    if (first === undefined) return this.#unknown(row);
    const other = ranked.find((option) => this.#key(option.client) !== this.#key(first.client));
    const margin = other === undefined ? Infinity : other.cost - first.cost;
    const confidence = confidenceOf(options, first.client.id, margin, row.ref);
    const isOfCreator = creator !== null && creator.client === first.client.id && creator.confidence !== null;
    return {
      kind: "actor",
      client: first.client.id,
      candidates: isOfCreator ? creator.candidates : ranked.map(({ client }) => client.id),
      // The creator's later acts are known by the container's id, and as sure as that it is the creator.
      confidence: isOfCreator ? creator.confidence : confidence,
      end: null,
    };
  }

  #unknown(row: CaseRow): Decision {
    return {
      kind: "unknown",
      client: null,
      candidates: [],
      confidence: null,
      end: this.#parts.unknownEnd(row),
    };
  }

  #key(client: ClientRow): string {
    return this.#parts.actorKey(client);
  }
  #container(row: CaseRow) {
    return row.container === null ? undefined : this.#parts.containers.get(row.container);
  }
  #casesOf(row: CaseRow): readonly CaseRow[] {
    return row.container === null ? [] : this.#parts.cases.ofContainer(row.container);
  }
  #creation(container: string): Decision | null {
    const made = this.#parts.cases.ofContainer(container).find(isAnchor);
    if (made !== undefined) return made.decision;
    const creator = this.#parts.containers.get(container)?.creator ?? null;
    return creator === null ? null : followOf(creator);
  }
  #creatorOf(container: string): string | null {
    return this.#creation(container)?.client ?? null;
  }
}

const self = (end: string): Decision => ({
  kind: "self",
  client: null,
  candidates: [],
  confidence: null,
  end,
});

const followOf = ({ client, candidates, confidence }: Doer): Decision => ({
  kind: "actor",
  client,
  candidates,
  confidence,
  end: null,
});
