import { styleText } from "node:util";
import { type StoredSources, storedEvent, storedSeen } from "../../../app/stored-seen.ts";
import { Explainer } from "../../../findings/explain/explainer.ts";
import type {
  DetectionExplanation,
  PartExplanation,
  RuleExplanation,
} from "../../../findings/explain/explanation.ts";
import { findRule } from "../../../findings/ruleset.ts";
import { Memory } from "../../../findings/views/memory.ts";
import { looksOf } from "../../../findings/views/views.ts";
import { printable } from "../../../lib/printable.ts";
import { DockwardenError } from "../../../model/fault.ts";
import type { SeenEvent } from "../../../model/finding.ts";
import { epochMs, eventRef } from "../../../model/ids.ts";
import { EXIT, type Terminal } from "../../command.ts";
import { existingDatabase } from "../../options.ts";
import { localTime } from "../../times.ts";
import { auditRefs } from "../../who/answers.ts";
import { deedOf } from "../../who/deeds.ts";
import { loadRules, type RulesOptions } from "./load.ts";

interface ExplainOptions extends RulesOptions {
  db?: string;
  rule?: string;
  all?: boolean;
}

/** Parents and containers of an event are looked for so far back. */
const CONTEXT_MS = 3_600_000;
const MOST_VALUES = 6;

/** `rules explain`: for one stored event, which part of which rule matched or not, with what the event has there. */
export async function explainRules(
  options: ExplainOptions,
  terminal: Terminal,
  event: string,
): Promise<number> {
  const file = await existingDatabase(options);
  const { ruleset, settings } = await loadRules(options);
  const [{ openStore }, { openAuditReads }] = await Promise.all([
    import("../../../store/sqlite/store.ts"),
    import("../../../store/sqlite/audit-reads.ts"),
  ]);
  using store = openStore(file, { readonly: true });
  using audit = openAuditReads(file);
  const wanted = options.rule === undefined ? null : wantedIds(options.rule, ruleset);
  const refs = /^(audit|docker|sshd):/.test(event) ? [eventRef(event)] : auditRefs(store, event);
  const explainer = new Explainer(ruleset, settings.placeholders);
  const usersOf = membershipIn(ruleset);
  let code: number = EXIT.nothing;
  for (const ref of refs) {
    const seen = storedEvent({ store, audit }, ref);
    if (seen === null) continue;
    code = EXIT.done;
    const looks = [...looksOf(seen, memoryBefore({ store, audit }, seen))];
    const all = explainer.explain(looks, seen.event.timeMs);
    const asked = wanted === null ? all : all.filter(({ ruleId }) => wanted.has(ruleId));
    const shown = asked
      .filter((one) => wanted !== null || options.all === true || one.isMatch || one.isNearMiss)
      .toSorted((a, b) => order(a) - order(b));
    if (options.json === true)
      for (const one of shown) terminal.out.write(`${JSON.stringify({ ref, ...one })}\n`);
    else write(terminal, seen, all, shown, usersOf, wanted !== null && asked.length === 0);
  }
  if (code === EXIT.nothing)
    terminal.err.write(
      `dockwarden: no stored event is '${printable(event)}'; expected a reference as 'alerts show ID' and 'events --json' print it, or an audit serial\n`,
    );
  return code;
}

const order = ({ isMatch, isNearMiss, detection }: RuleExplanation): number =>
  isMatch ? 0 : isNearMiss ? 1 : 1 + detection.deficit;

type Ruleset = Awaited<ReturnType<typeof loadRules>>["ruleset"];

/** The single rules that a name stands for: itself, or what a correlation is made of. */
function wantedIds(name: string, ruleset: Ruleset): ReadonlySet<string> {
  const found = findRule(ruleset, name);
  if (found === null)
    throw new DockwardenError(
      "DW_RULE_UNKNOWN",
      `no rule has the id, name or title '${printable(name)}'; 'dockwarden rules list' lists them`,
    );
  const ids = new Set<string>();
  const visit = (rule: typeof found): void => {
    if (!("members" in rule)) ids.add(rule.rule.meta.id);
    else
      for (const { of, index } of rule.members) {
        const member = of === "rule" ? ruleset.rules[index] : ruleset.correlations[index];
        if (member !== undefined) visit(member);
      }
  };
  visit(found);
  return ids;
}

/** The titles of the correlations that a rule takes part in, by the rule's id. */
function membershipIn({ rules, correlations }: Ruleset): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const { rule, members } of correlations)
    for (const { of, index } of members) {
      const id = of === "rule" ? rules[index]?.rule.meta.id : undefined;
      if (id !== undefined) users.set(id, [...(users.get(id) ?? []), rule.meta.title]);
    }
  return users;
}

/** What detection remembers of the time before an event: programs that run, containers, what was seen first. */
function memoryBefore(sources: StoredSources, { event }: SeenEvent): Memory {
  const memory = new Memory([]);
  const span = { sinceMs: epochMs(event.timeMs - CONTEXT_MS), untilMs: event.timeMs };
  for (const seen of storedSeen(sources, span)) for (const _ of looksOf(seen, memory));
  return memory;
}

function headline({ event }: SeenEvent): string {
  switch (event.source) {
    case "audit":
      return deedOf(event.records)?.text ?? [...new Set(event.records.map(({ type }) => type))].join(" ");
    case "docker":
      return `${event.type} ${event.action} ${event.name ?? event.actorId.slice(0, 12)}`;
    case "sshd":
      return event.message;
    default:
      return event satisfies never;
  }
}

function write(
  terminal: Terminal,
  seen: SeenEvent,
  all: readonly RuleExplanation[],
  shown: readonly RuleExplanation[],
  usersOf: ReadonlyMap<string, readonly string[]>,
  isElsewhere: boolean,
): void {
  const { event } = seen;
  const line = (text: string): void => void terminal.out.write(`${text}\n`);
  line(`${event.ref}  ${localTime(event.timeMs)}  ${printable(headline(seen))}`);
  const matches = all.filter(({ isMatch }) => isMatch).length;
  const near = all.filter(({ isNearMiss }) => isNearMiss).length;
  line(`${all.length} rules look at such events: ${matches} matched, ${near} missed by one part.`);
  if (isElsewhere) line("The rule that is asked for looks at events of another log source.");
  for (const rule of shown) {
    line("");
    writeRule(terminal, rule, usersOf.get(rule.ruleId) ?? []);
  }
}

function writeRule(terminal: Terminal, rule: RuleExplanation, users: readonly string[]): void {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    terminal.isTerminal ? styleText(style, text) : text;
  const line = (text: string): void => void terminal.out.write(`${text}\n`);
  const verdict = rule.isMatch
    ? paint("green", "MATCHED")
    : rule.isNearMiss
      ? paint("yellow", "NEAR MISS")
      : paint("dim", "NO MATCH");
  line(
    `${verdict}  ${printable(`${rule.title} (${rule.name ?? rule.ruleId}), ${rule.level}, ${rule.path}:${rule.line}`)}`,
  );
  writeDetection(rule.detection);
  for (const { title, path, state, detection } of rule.filters) {
    line(`  filter ${printable(`${title} (${path})`)}: ${state}`);
    writeDetection(detection);
  }
  if (users.length > 0) line(`  part of  ${printable(users.join(", "))}`);

  function writeDetection({ condition, selections }: DetectionExplanation): void {
    line(`  condition  ${printable(condition)}`);
    for (const { name, isMatch, isNegated, part } of selections) {
      const isGood = isMatch !== isNegated;
      const why = isNegated && isMatch ? ", and must not" : "";
      line(
        `  ${paint(isGood ? "green" : "red", isMatch ? "yes" : "no ")}  ${printable(name)}${isMatch ? " matches" : " does not match"}${why}`,
      );
      writePart(part, "       ", true);
    }
  }

  function writePart(part: PartExplanation, indent: string, isTop: boolean): void {
    if (part.kind !== "test") {
      if (!isTop || part.kind === "any")
        line(`${indent}${part.isMatch ? "yes" : "no "}  ${part.kind === "all" ? "all of" : "any of"}`);
      const inner = !isTop || part.kind === "any" ? `${indent}  ` : indent;
      for (const one of part.parts) writePart(one, inner, false);
      return;
    }
    const { field, modifiers, isMatch, actual, values } = part;
    const key = [field ?? "keywords", ...modifiers].join("|");
    const has =
      actual === null
        ? "the event has no such field"
        : `the event has: ${actual === "" ? "nothing there" : actual}`;
    line(`${indent}${isMatch ? "yes" : "no "}  ${printable(`${key}: ${valuesText(values)}`)}`);
    line(`${indent}     ${paint("dim", printable(has))}`);
  }
}

/** The values that matched; where none did, the first few. */
function valuesText(values: readonly { readonly text: string; readonly isMatch: boolean }[]): string {
  const matched = values.filter(({ isMatch }) => isMatch);
  const shown = matched.length > 0 ? matched : values.slice(0, MOST_VALUES);
  const text = shown.map((value) => value.text).join(" | ");
  const rest = values.length - shown.length;
  return rest === 0 ? text : `${text} (and ${rest} other${rest === 1 ? "" : "s"})`;
}
