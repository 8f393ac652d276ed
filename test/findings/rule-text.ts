import { compileRules } from "../../src/findings/index.ts";
import type { Event } from "../../src/model/event.ts";
import { dockerEvent, findingsOf, rulesetOf } from "./events.ts";

const indent = (text: string, by: string): string =>
  text
    .replace(/^\n+|\s+$/g, "")
    .split("\n")
    .map((line) => by + line)
    .join("\n");

/** A rule for `service` (or a category) with this detection; without a condition it is `selection`. */
export function rule(detection: string, logsource = "{ product: linux, service: auditd }"): string {
  const text = detection.replace(/^\n+/, "");
  const margin = /^ */.exec(text)?.[0] ?? "";
  const own = text.replaceAll(new RegExp(`^${margin}`, "gm"), "");
  const whole = /^condition:/m.test(own) ? own : `${own.trimEnd()}\ncondition: selection`;
  return `title: A rule\nlogsource: ${logsource}\ndetection:\n${indent(whole, "  ")}\n`;
}

/** Whether the detection matches the event. */
export function matches(detection: string, event: Event, logsource?: string): boolean {
  return findingsOf(rulesetOf(rule(detection, logsource)), [event]).length > 0;
}

/** Whether `f|modifiers: value` matches an event whose field f is `text` (undefined: it has none). `value` is YAML. */
export function compares(modifiers: string, value: string, text: string | undefined): boolean {
  const event = dockerEvent("create", { attributes: text === undefined ? {} : { f: text } });
  const key = `'attributes.f${modifiers === "" ? "" : `|${modifiers}`}'`;
  return matches(`selection:\n  ${key}: ${value}`, event, "{ product: docker }");
}

/** What is wrong with rule files: `line:column text`. */
export function faults(text: string): readonly string[] {
  const { errors, warnings } = compileRules([{ path: "a.yml", text }], { placeholders: {} });
  return [...errors, ...warnings].map(
    ({ line, column, severity, text: fault }) =>
      `${line}:${column} ${severity === "warning" ? "warning: " : ""}${fault}`,
  );
}
