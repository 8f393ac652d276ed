import { printable } from "./printable.ts";

/** What the phrases below need of an actor; `Actor` of the model has it. */
export interface ActorWords {
  readonly user: string | null;
  readonly address: string | null;
  readonly port: number | null;
  readonly method: string | null;
  readonly key: string | null;
  readonly ses: number | null;
  readonly via: readonly string[];
}

/** What the phrases below need of an attribution; `Attribution` of the model has it. */
export interface AttributionWords {
  readonly actor: ActorWords | null;
  readonly origin: ActorWords | null;
  readonly confidence: "exact" | "strong" | "ordered" | "window" | null;
  readonly candidates: readonly ActorWords[];
  readonly command: string | null;
  readonly end: string | null;
  readonly final: boolean;
}

const COMMAND_CHARS = 120;
const NO_SESSION = 4_294_967_295;

/** `SHA256:lt7v…`: enough to recognise a key by; the whole fingerprint stands in the details. */
function shortKey(key: string): string {
  const [algorithm, digest] = key.split(":", 2);
  return digest === undefined ? printable(key) : printable(`${algorithm}:${digest.slice(0, 4)}…`);
}

/** `127.0.0.7:37613`, `[fe80::1%eth0]:22`; the address alone where the port is unknown; null without an address. */
export function addressPhrase(address: string | null, port: number | null): string | null {
  if (address === null) return null;
  if (port === null) return printable(address);
  return printable(address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);
}

/**
 * Names a person: `alice (key SHA256:lt7v… from 127.0.0.7:37613, session 3)`. With `confidence` the phrase says how
 * sure that is where it is less than certain. Plain text, safe on a terminal.
 */
export function actorPhrase(
  actor: ActorWords | null,
  confidence: AttributionWords["confidence"] = null,
): string {
  if (actor === null) return "an unknown actor";
  const from = addressPhrase(actor.address, actor.port);
  const how =
    actor.key === null
      ? actor.method === null
        ? null
        : printable(actor.method)
      : `key ${shortKey(actor.key)}`;
  const login = [how, from === null ? null : `from ${from}`].filter((part) => part !== null).join(" ");
  const session = actor.ses === null || actor.ses === NO_SESSION ? null : `session ${actor.ses}`;
  const place = actor.via.find((step) => step.startsWith("container ")) ?? null;
  const details = [login, session, place === null ? null : `in ${printable(place)}`]
    .filter((part) => part !== null && part !== "")
    .join(", ");
  const name = actor.via.includes("cron")
    ? `cron of ${printable(actor.user ?? "an unknown user")}`
    : printable(actor.user ?? "an unknown user");
  const sure = confidence === "window" ? "probably " : "";
  const order = confidence === "ordered" ? ", told apart by order in time" : "";
  return details === "" ? `${sure}${name}` : `${sure}${name} (${details}${order})`;
}

/** A command line in quotes, cut to 120 characters, safe on a terminal. */
export function commandPhrase(command: string): string {
  const text = printable(command);
  return `"${text.length > COMMAND_CHARS ? `${text.slice(0, COMMAND_CHARS - 1)}…` : text}"`;
}

/** `container web1 (3f2a…)`; the short id alone where it has no name. */
export function containerPhrase(id: string, name: string | null): string {
  const short = `${id.slice(0, 4)}…`;
  return name === null
    ? `container ${printable(short)}`
    : `container ${printable(name)} (${printable(short)})`;
}

/**
 * Who is behind an event, as the subject of a sentence: the actor, the candidates, the origin (`the container that
 * alice … created`), or where the chain ends. Never empty.
 */
export function subjectPhrase(attribution: AttributionWords | null): string {
  if (attribution === null) return "an unknown actor";
  if (attribution.actor !== null) {
    const others = attribution.confidence === "window" ? attribution.candidates.length - 1 : 0;
    const more = others > 0 ? ` or one of ${others} other${others === 1 ? "" : "s"}` : "";
    return `${actorPhrase(attribution.actor, attribution.confidence)}${more}`;
  }
  if (attribution.confidence === "window" && attribution.candidates.length > 0)
    return `one of ${attribution.candidates.map((actor) => actorPhrase(actor)).join(", ")}`;
  if (attribution.origin !== null)
    return `nobody directly (it goes back to ${actorPhrase(attribution.origin)})`;
  if (attribution.end !== null) return `nobody known (${printable(attribution.end)})`;
  return attribution.final ? "an unknown actor" : "an actor still being resolved";
}

/** The whole sentence: `alice (key … from …, session 3) ran "sudo docker run …" → container web1 (3f2a…)`. */
export function attributionSentence(
  attribution: AttributionWords | null,
  deed: string,
  object: string | null,
): string {
  const command = attribution?.command ?? null;
  const did = command === null ? printable(deed) : `ran ${commandPhrase(command)}`;
  return `${subjectPhrase(attribution)} ${did}${object === null ? "" : ` → ${object}`}`;
}
