import { printable } from "../../lib/printable.ts";
import { addressPhrase, attributionSentence, containerPhrase } from "../../lib/sentence.ts";
import type { DockerEvent } from "../../model/event.ts";
import type { Attribution, Evidence } from "../../model/session.ts";
import type { Reads } from "../../ports/store.ts";
import type { Terminal } from "../command.ts";
import { localTime } from "../times.ts";

/** How sure an answer is, in words. */
export const SURE: Readonly<Record<NonNullable<Attribution["confidence"]>, string>> = {
  exact: "exact: one token that nothing else can have",
  strong: "strong: nobody else fits",
  ordered: "ordered: told apart by the order in time",
  window: "window: several fit, all are listed",
};

/** What a Docker event was done to, for a sentence. */
export function objectPhrase(event: DockerEvent): string {
  if (event.container !== null && event.type === "container")
    return containerPhrase(event.container, event.name);
  return printable(`${event.type} ${event.name ?? event.actorId.slice(0, 12)}`);
}

/** One event's sentence, after its time and action. */
export function eventLine(event: DockerEvent, attribution: Attribution | null): string {
  const action = event.execCommand === null ? event.action : `${event.action} "${event.execCommand}"`;
  return `${localTime(event.timeMs)}  ${printable(action)}: ${attributionSentence(attribution, "did it", objectPhrase(event))}`;
}

/** The whole answer about one event: the sentence, how sure, by which way, who else, and the proof. */
export function writeAnswer(
  terminal: Terminal,
  store: Reads,
  heading: string,
  attribution: Attribution | null,
): void {
  const write = (text: string): void => void terminal.out.write(`${text}\n`);
  write(heading);
  if (attribution === null) {
    write("  nothing is known of who did it");
    return;
  }
  const { actor, origin, confidence, candidates, command, end, evidence, final } = attribution;
  if (actor !== null) {
    const from = addressPhrase(actor.address, actor.port);
    write(`  user        ${printable(actor.user ?? "none")}${from === null ? "" : ` from ${from}`}`);
    if (actor.method !== null || actor.key !== null)
      write(
        `  login       ${printable([actor.method, actor.key].filter((part) => part !== null).join(" "))}`,
      );
    if (actor.ses !== null) write(`  session     ${actor.ses}`);
    if (actor.via.length > 0) write(`  via         ${printable(actor.via.join(" → "))}`);
  }
  if (origin !== null)
    write(`  goes back to ${printable(origin.user ?? "unknown")}, session ${origin.ses ?? "none"}`);
  if (command !== null) write(`  command     ${printable(command)}`);
  if (end !== null) write(`  chain ends  ${printable(end)}`);
  if (confidence !== null) write(`  confidence  ${SURE[confidence]}`);
  if (confidence === "window" || confidence === "ordered")
    for (const one of candidates)
      write(
        `  candidate   ${printable(one.user ?? "none")}, session ${one.ses ?? "none"}, ${printable(one.via.join(" → "))}`,
      );
  if (!final) write("  not final   lines that still come can change this");
  for (const one of evidence) write(`  proof       ${proofLine(store, one)}`);
}

function proofLine(store: Reads, evidence: Evidence): string {
  switch (evidence.source) {
    case "audit": {
      const [first = ""] = store.auditLines(evidence.ref);
      return `audit ${evidence.serial}  ${printable((first.split("\x1d")[0] ?? "").slice(0, 600))}`;
    }
    case "sshd":
      return `sshd   ${printable(evidence.line)}`;
    case "docker":
      return `docker ${printable(evidence.ref)}`;
    default:
      return evidence satisfies never;
  }
}
