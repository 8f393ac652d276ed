import type { EventRef } from "../model/ids.ts";
import type { Actor, Attribution, Evidence } from "../model/session.ts";
import type { Actors, Person } from "./actors.ts";
import type { Clients } from "./clients.ts";
import { isDockerClient } from "./clients.ts";
import { weaker } from "./confidence.ts";
import { isAnchor } from "./judge.ts";
import type { CaseRow, ClientRow } from "./rows.ts";

const MOST_EVIDENCE = 16;
const MOST_CANDIDATES = 32;

/** An attribution with what it hangs on. */
export interface Expression {
  readonly attribution: Attribution;
  readonly watches: readonly string[];
}

export interface ExpressionParts {
  readonly actors: Actors;
  readonly clients: Clients;
}

/** Says in the model's words what was decided of a Docker event. @param settled nothing can change it any more. */
export function expressCase(parts: ExpressionParts, row: CaseRow, settled: boolean): Expression {
  const { decision } = row;
  const client = decision?.client == null ? undefined : parts.clients.get(decision.client);
  if (decision === null || decision.kind !== "actor" || client === undefined)
    return expressNobody(parts, row, settled);
  const person = parts.actors.ofClient(client);
  const others = decision.candidates
    .filter((id) => id !== client.id)
    .map((id) => parts.clients.get(id))
    .filter((other) => other !== undefined)
    .map((other) => parts.actors.ofClient(other));
  const confidence = weaker(decision.confidence ?? "window", person.confidence);
  const watches = [person, ...others].flatMap((one) => one.watches);
  // The chain: later acts on a container are its creator's by the container's id, which the creation's event gave.
  const made = row.container !== null && !isAnchor(row) ? parts.actors.creationRef(row, client.id) : null;
  const proof: Evidence[] = [...client.evidence, ...person.evidence];
  if (made !== null) proof.push({ source: "docker", ref: made as EventRef });
  const isSure = confidence === "exact" || confidence === "strong";
  return {
    watches: row.container === null ? watches : [...watches, `c:${row.container}`],
    attribution: {
      ref: row.ref as EventRef,
      actor: person.actor,
      origin: person.actor === null ? person.origin : null,
      confidence,
      candidates:
        isSure && person.candidates.length === 0 ? actorsOf([person]) : actorsOf([person, ...others]),
      evidence: unique(proof),
      command: commandLine(client),
      end: person.end,
      final: settled || (isSure && person.isComplete && client.endMs !== null),
    },
  };
}

/** Nobody did it now: it goes back to whoever created the container, or nothing is known. */
function expressNobody(parts: ExpressionParts, row: CaseRow, settled: boolean): Expression {
  const creator =
    row.container === null || row.action === "create" ? null : parts.actors.creatorOf(row.container);
  const made = row.container === null ? null : parts.actors.creationRef(row, null);
  return {
    watches: row.container === null ? [] : [`c:${row.container}`],
    attribution: {
      ref: row.ref as EventRef,
      actor: null,
      origin: creator?.actor ?? null,
      confidence: creator?.actor == null ? null : creator.confidence,
      candidates: [],
      evidence: made === null || made === row.ref ? [] : [{ source: "docker", ref: made as EventRef }],
      command: creator?.command ?? null,
      end: row.decision?.end ?? "unknown: no client was connected to the API at that time",
      final: settled,
    },
  };
}

/** Says in the model's words who is behind an audit or sshd event. */
export function expressPerson(
  ref: string,
  person: Person,
  own: Evidence,
  command: string | null,
  final: boolean,
): Attribution {
  const hasActor = person.actor !== null || person.origin !== null;
  return {
    ref: ref as EventRef,
    actor: person.actor,
    origin: person.origin,
    confidence: hasActor ? person.confidence : null,
    candidates: actorsOf([person]),
    evidence: unique([own, ...person.evidence]),
    command,
    end: person.end,
    final: final || person.isComplete,
  };
}

/** The command line, with `sudo` before it where that ran it; of other programs what the kernel kept of the title. */
export function commandLine(client: ClientRow): string | null {
  const text = client.argv === null ? client.title : client.argv.map(shellWord).join(" ");
  if (text === null) return null;
  const before = client.via.at(-2);
  return before === "sudo" && isDockerClient(client) ? `sudo ${text}` : text;
}

/** A word as a person would type it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./~^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function actorsOf(people: readonly Person[]): Actor[] {
  const actors: Actor[] = [];
  for (const { actor, candidates } of people) {
    if (actor !== null) actors.push(actor);
    for (const one of candidates) actors.push(one);
  }
  if (actors.length < 2) return actors;
  const seen = new Map<string, Actor>();
  for (const one of actors) {
    const key = JSON.stringify([one.ses, one.user, one.port, one.via]);
    if (!seen.has(key) && seen.size < MOST_CANDIDATES) seen.set(key, one);
  }
  return [...seen.values()];
}

/** A handful each: looking through them is quicker than a set. */
function unique(evidence: readonly Evidence[]): Evidence[] {
  const kept: Evidence[] = [];
  for (const one of evidence)
    if (kept.length < MOST_EVIDENCE && !kept.some(({ ref }) => ref === one.ref)) kept.push(one);
  return kept;
}
