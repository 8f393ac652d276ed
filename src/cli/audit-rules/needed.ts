import { type DataNeed, dataNeedsOf } from "../../findings/needs/needs.ts";
import type { Ruleset } from "../../findings/ruleset.ts";
import { type AuditRule, parseAuditRule, parseAuditRules } from "./audit-rule.ts";
import { coverageOf, EVERY_PROGRAM } from "./coverage.ts";
import { auditRules, type RulesHost } from "./rules.ts";

/**
 * Keys of rules that serve detections alone. The others stay whatever is detected: they name the person behind a
 * Docker event, tell a session's story, and are what CIS Docker 1.1 asks for.
 */
const DETECTION_KEYS = new Set([
  "dw-sudoers",
  "dw-cron",
  "dw-unit",
  "dw-preload",
  "dw-keys",
  "dw-module",
  "dw-escape",
]);
/** What a line has where only the reader can say what belongs there. */
const OPEN_END = /…|DIRECTORY/;

/** An audit rule, and the detections that see by it. */
export interface ServingRule {
  readonly rule: AuditRule;
  readonly detections: readonly string[];
}

export interface NeededRules {
  /** A rules file for `auditctl -R`. */
  readonly text: string;
  readonly rules: readonly ServingRule[];
}

interface Wanting {
  readonly name: string;
  readonly need: DataNeed;
}

/** The audit rules that attribution and a host's enabled detections need. */
export function neededRules(host: RulesHost, ruleset: Ruleset): NeededRules {
  const wanting: readonly Wanting[] = ruleset.rules.flatMap(({ rule }) =>
    dataNeedsOf(rule).map((need) => ({ name: rule.meta.name ?? rule.meta.title, need })),
  );
  const base = auditRules(host);
  const own = parseAuditRules(base);
  const served = servedBy(own, wanting, host.has);
  const lines = base.split("\n").map((line) => {
    const rule = parseAuditRule(line);
    return rule !== null && isIdle(rule, served) ? `# no enabled detection needs it: ${line}` : line;
  });
  const more = missingLines(own, wanting, host.has);
  const blind = more.get(EVERY_PROGRAM) ?? [];
  more.delete(EVERY_PROGRAM);
  const text = `${lines.join("\n")}${blindText(blind)}${othersText(more)}`;
  const rules = parseAuditRules(text);
  const serving = servedBy(rules, wanting, host.has);
  return { text, rules: rules.map((rule) => ({ rule, detections: serving.get(rule.text) ?? [] })) };
}

const isIdle = ({ action, key, text }: AuditRule, served: ReadonlyMap<string, readonly string[]>): boolean =>
  action === "always" && key !== null && DETECTION_KEYS.has(key) && !served.has(text);

/** Which detections see by which rule, by the rule's text. */
function servedBy(
  rules: readonly AuditRule[],
  wanting: readonly Wanting[],
  exists: RulesHost["has"],
): ReadonlyMap<string, readonly string[]> {
  const served = new Map<string, Set<string>>();
  for (const { name, need } of wanting)
    for (const { text } of coverageOf(need, rules, exists).serving)
      served.set(text, (served.get(text) ?? new Set()).add(name));
  return new Map([...served].map(([text, names]) => [text, [...names]]));
}

/** What detections miss, and which. */
function missingLines(
  rules: readonly AuditRule[],
  wanting: readonly Wanting[],
  exists: RulesHost["has"],
): Map<string, string[]> {
  const missing = new Map<string, string[]>();
  for (const { name, need } of wanting)
    for (const line of coverageOf(need, rules, exists).missing) {
      const names = missing.get(line) ?? [];
      if (!names.includes(name)) names.push(name);
      missing.set(line, names);
    }
  return missing;
}

function othersText(more: ReadonlyMap<string, readonly string[]>): string {
  if (more.size === 0) return "";
  const groups = new Map<string, string[]>();
  for (const [line, names] of more) {
    const key = names.join(", ");
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  const body = [...groups].map(([names, lines]) =>
    [
      `# for ${names}`,
      ...lines.map((line) => (OPEN_END.test(line) ? `# say what belongs there: ${line}` : line)),
    ].join("\n"),
  );
  return `\n## 12. What enabled detections need beside that.\n${body.join("\n")}\n`;
}

/** Stands below the opt-in part, which is the last. */
function blindText(blind: readonly string[]): string {
  return blind.length === 0
    ? ""
    : `## Without every program (--commands all) these see nothing, or programs of the rules above only: ${blind.join(", ")}.\n`;
}
