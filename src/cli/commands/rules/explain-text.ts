import { styleText } from "node:util";
import type {
  DetectionExplanation,
  PartExplanation,
  RuleExplanation,
} from "../../../findings/explain/explanation.ts";
import type { Standing } from "../../../findings/explain/standing.ts";
import { printable } from "../../../lib/printable.ts";
import type { SeenEvent } from "../../../model/finding.ts";
import type { Terminal } from "../../command.ts";
import { localTime } from "../../times.ts";
import { deedOf } from "../../who/deeds.ts";

const MOST_VALUES = 6;

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

/** Writes what an event is, how many rules look at such events, and each explanation. */
export function writeExplanations(
  terminal: Terminal,
  seen: SeenEvent,
  all: readonly RuleExplanation[],
  shown: readonly RuleExplanation[],
  standings: ReadonlyMap<string, readonly Standing[]>,
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
    writeRule(terminal, rule, standings.get(rule.ruleId) ?? []);
  }
}

function writeRule(terminal: Terminal, rule: RuleExplanation, standings: readonly Standing[]): void {
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
  for (const one of standings) line(`  part of  ${printable(standingText(one))}`);

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

/** How near a correlation came, in words. */
function standingText({ title, timespanMs, group, measure }: Standing): string {
  if (group === null) return `${title}: takes no part, a field that it groups by is not known`;
  const values = Object.entries(group).map(([name, value]) => `${name} ${value}`);
  const where = `in ${durationText(timespanMs)}${values.length === 0 ? "" : ` with ${values.join(", ")}`}`;
  switch (measure.kind) {
    case "count":
      return `${title}: ${measure.count} ${measure.of} ${where}; ${measure.needs} needed`;
    case "members":
      return measure.missing.length === 0
        ? `${title}: all its rules matched ${where}`
        : `${title}: ${where} matched ${measure.seen.join(", ")}; missing ${measure.missing.join(", ")}`;
    case "none":
      return `${title}, ${where}`;
    default:
      return measure satisfies never;
  }
}

function durationText(ms: number): string {
  for (const [unit, size] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
  ] as const)
    if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms / 1000}s`;
}

/** The values that matched; where none did, the first few. */
function valuesText(values: readonly { readonly text: string; readonly isMatch: boolean }[]): string {
  const matched = values.filter(({ isMatch }) => isMatch);
  const shown = matched.length > 0 ? matched : values.slice(0, MOST_VALUES);
  const text = shown.map((value) => value.text).join(" | ");
  const rest = values.length - shown.length;
  return rest === 0 ? text : `${text} (and ${rest} other${rest === 1 ? "" : "s"})`;
}
