import { printable } from "../lib/printable.ts";
import { actorPhrase } from "../lib/sentence.ts";
import type { EpochMs, EventRef } from "../model/ids.ts";
import type { Actor, Attribution, Confidence } from "../model/session.ts";

/** What the sentence is made of; an alert has it all. */
export interface SentenceParts {
  readonly attribution: Attribution | null;
  readonly action: string;
  readonly object: string | null;
  readonly group: Readonly<Record<string, string>>;
  readonly refs: readonly EventRef[];
  readonly count: number;
  readonly firstMs: EpochMs;
  readonly lastMs: EpochMs;
}

const TEXT_CHARS = 160;
const NAME_CHARS = 64;
const SHOWN_EVIDENCE = 3;

const SURENESS: Readonly<Record<Confidence, string>> = {
  exact: "surely",
  strong: "almost surely",
  ordered: "probably",
  window: "possibly",
};

/** Text from a log, safe on a terminal and at most `chars` long. */
function shown(text: string, chars = TEXT_CHARS): string {
  const safe = printable(text.slice(0, chars + 1));
  return safe.length > chars ? `${safe.slice(0, chars - 1)}…` : safe;
}

/** `2026-11-24 11:02:13 UTC`. */
export function utcTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A person in words, bounded whatever name the log has. */
function person(actor: Actor): string {
  const cut = (text: string | null): string | null => text?.slice(0, NAME_CHARS) ?? null;
  const phrase = actorPhrase({
    ...actor,
    user: cut(actor.user),
    address: cut(actor.address),
    method: cut(actor.method),
    key: cut(actor.key),
    via: actor.via.map((step) => step.slice(0, NAME_CHARS)),
  });
  return shown(phrase, 2 * TEXT_CHARS);
}

/** Who, where there is no attribution: what the log itself names. */
function namedWords(group: Readonly<Record<string, string>>): string {
  const user = Object.hasOwn(group, "user") ? group["user"] : undefined;
  const address = Object.hasOwn(group, "address") ? group["address"] : undefined;
  const name = user === undefined || user === "" ? "somebody" : shown(user, NAME_CHARS);
  return address === undefined || address === "" ? name : `${name} at ${shown(address, NAME_CHARS)}`;
}

/**
 * True where nothing is said yet of who it was, and something still may be. Whose container it is (the origin) is no
 * answer while the client that did this may still be seen.
 */
export function isResolving(attribution: Attribution | null, refs: readonly EventRef[]): boolean {
  if (attribution === null) return refs[0]?.startsWith("docker:") ?? false;
  const { final, actor, origin, end, candidates } = attribution;
  if (final || actor !== null || candidates.length > 0) return false;
  return origin === null || (end?.startsWith("unknown") ?? false);
}

function subject(parts: SentenceParts, gaveUp: boolean): string {
  const { attribution } = parts;
  if (!gaveUp && isResolving(attribution, parts.refs)) return "actor: resolving…;";
  if (attribution === null) return namedWords(parts.group);
  if (attribution.actor !== null) {
    // A failed login names an account, not a person: nobody proved to be it.
    const isClaim = attribution.confidence === null && attribution.end !== null;
    return isClaim ? `somebody claiming to be ${person(attribution.actor)}` : person(attribution.actor);
  }
  if (attribution.candidates.length > 0) {
    const named = attribution.candidates.slice(0, SHOWN_EVIDENCE).map(person).join(" or ");
    const more = attribution.candidates.length - SHOWN_EVIDENCE;
    return more > 0 ? `${named} or one of ${more} more` : named;
  }
  if (attribution.origin !== null)
    return `nobody directly (a consequence of what ${person(attribution.origin)} did)`;
  return attribution.end === null ? "an unknown actor" : `no person (${shown(attribution.end)})`;
}

function sureness(attribution: Attribution | null): string {
  if (attribution === null || attribution.confidence === null) return "";
  const others = attribution.candidates.length;
  const kind =
    attribution.confidence === "window" && others > 1 ? `window, ${others} fit` : attribution.confidence;
  const proofs = attribution.evidence.map((piece) =>
    piece.source === "audit"
      ? `audit ${piece.serial}`
      : piece.source === "sshd"
        ? "the sshd log"
        : "Docker's event",
  );
  const distinct = [...new Set(proofs)].slice(0, SHOWN_EVIDENCE);
  const soFar = attribution.final ? "" : " so far";
  return `; ${SURENESS[attribution.confidence]}${soFar} (${[kind, ...distinct].join(", ")})`;
}

/** A word that a shell takes as it stands. */
function shellWord(text: string): string {
  const safe = shown(text);
  return /^[\w./:@%+=,-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", String.raw`'\''`)}'`;
}

/** The command that shows the proof; a person can paste it. */
export function proofCommand(parts: Pick<SentenceParts, "attribution" | "refs">): string | null {
  const ref = parts.attribution?.ref ?? parts.refs[0];
  if (ref === undefined) return null;
  const container = /^docker:\d+:container:[^:]*:([0-9a-f]{12})[0-9a-f]{52}$/.exec(ref);
  return `dockwarden who ${container === null ? shellWord(ref) : container[1]}`;
}

function when(parts: SentenceParts, says: SentenceHints): string {
  const { count, firstMs, lastMs } = parts;
  const isMoment = lastMs - firstMs < 1000;
  const times = count > 1 && says.isCorrelation !== true ? `${count} times ` : "";
  return `${times}${isMoment ? `on ${utcTime(firstMs)}` : `from ${utcTime(firstMs)} to ${utcTime(lastMs)}`}`;
}

/** What a correlation's or a preposition's grammar asks for. */
export interface SentenceHints {
  /** No actor came for so long that it counts as unknown. */
  readonly gaveUp?: boolean;
  /** The object names its count already. */
  readonly isCorrelation?: boolean;
}

/**
 * One sentence: who (from where, by which login) did what to what, when, how sure, and the command that proves it.
 * Plain text on one line; everything from a log is made printable and cut.
 */
export function alertSentence(parts: SentenceParts, says: SentenceHints = {}): string {
  const action = shown(parts.action);
  const object = parts.object === null ? "" : shown(parts.object.trim());
  const time = when(parts, says);
  const proof = proofCommand(parts);
  return [
    `${subject(parts, says.gaveUp === true)} ${deed(action, object, time)}${sureness(parts.attribution)}`,
    ...(proof === null ? [] : [`proof: ${proof}`]),
  ].join("; ");
}

/** `started a shell in container web1 on …` where the action leads on to its object, else `changed …: /etc/…, on …`. */
function deed(action: string, object: string, time: string): string {
  if (object === "" || action.includes(object)) return `${action} ${time}`;
  const leadsOn = /\s(?:in|into|of|on|to|from|with|at|as|for)$/.test(action);
  return leadsOn ? `${action} ${object} ${time}` : `${action}: ${object}, ${time}`;
}
