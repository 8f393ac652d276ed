import { createHash } from "node:crypto";
import { readable } from "../lib/latin1.ts";
import type { Finding, SeenEvent } from "../model/finding.ts";
import { epochMs, eventRef } from "../model/ids.ts";
import type { RuleMeta } from "./ast.ts";
import type { CompiledCorrelation, CompiledRule, CompiledWords } from "./ruleset.ts";
import type { About } from "./views/common.ts";
import type { FieldValue, View } from "./views/view.ts";

const LONGEST_TEXT = 512;

/** A field's text for people: several values are joined, log bytes are read as UTF-8 where they are. */
export function fieldText(value: FieldValue, isBytes: boolean): string | null {
  if (value === undefined) return null;
  const text = typeof value === "string" ? value : value.join(", ");
  return cut(isBytes ? readable(text) : text);
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
}

/** The first 32 hex digits of the SHA-256 over the parts: the same match has the same id, whoever computes it. */
function digest(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/** What a single event's match says, with the view that it matched in. */
export function ruleFinding(
  { rule, words }: CompiledRule,
  seen: SeenEvent,
  view: View,
  about: About,
): Finding {
  const { isBytes } = view.fields.kind;
  const value = (field: string): string | null => fieldText(view.raw(view.fields.slot(field)), isBytes);
  const group: Record<string, string> = Object.create(null) as Record<string, string>;
  if (words.group.length > 0) {
    for (const field of words.group) {
      const text = value(field);
      if (text !== null && text !== "") group[field] = text;
    }
  } else
    for (const [name, text] of Object.entries(about.group))
      group[name] = cut(isBytes ? readable(text) : text);
  const { event, attribution } = seen;
  const object = objectOf(words, value) ?? (about.object === null ? null : fieldText(about.object, isBytes));
  return {
    ...wordsOfMeta(rule.meta),
    id: digest(rule.meta.id, event.ref, JSON.stringify(group)),
    timeMs: event.timeMs,
    firstMs: event.timeMs,
    refs: [event.ref],
    count: 1,
    group: { ...group },
    object,
    action: words.actionTemplate.render(value) ?? rule.meta.title,
    attribution,
    backfill: event.backfill,
    episode: null,
  };
}

/** What an episode of a correlation says now. */
export interface EpisodeFacts {
  readonly key: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  readonly refs: readonly string[];
  readonly backfill: boolean;
  readonly group: Readonly<Record<string, string>>;
  readonly attribution: Finding["attribution"];
}

export function episodeFinding({ rule, words }: CompiledCorrelation, episode: EpisodeFacts): Finding {
  const group: Record<string, string> = {};
  for (const [name, text] of Object.entries(episode.group)) group[name] = cut(readable(text));
  const value = (field: string): string | null =>
    field === "count" ? String(episode.count) : Object.hasOwn(group, field) ? (group[field] ?? null) : null;
  const described = Object.entries(group).map(([name, text]) => `${name} ${text}`);
  return {
    ...wordsOfMeta(rule.meta),
    id: digest(rule.meta.id, episode.key, JSON.stringify(group)),
    timeMs: epochMs(episode.lastMs),
    firstMs: epochMs(episode.firstMs),
    refs: episode.refs.map(eventRef),
    count: episode.count,
    group,
    object: objectOf(words, value) ?? (described.length === 0 ? null : described.join(", ")),
    action: words.actionTemplate.render(value) ?? rule.meta.title,
    attribution: episode.attribution,
    backfill: episode.backfill,
    episode: episode.key,
  };
}

function objectOf(words: CompiledWords, value: (field: string) => string | null): string | null {
  for (const template of words.objects) {
    const text = template.render(value);
    if (text !== null && text !== "") return text;
  }
  return null;
}

function wordsOfMeta(
  meta: RuleMeta,
): Pick<Finding, "ruleId" | "title" | "level" | "tags" | "nextSteps" | "falsePositives"> {
  return {
    ruleId: meta.id,
    title: meta.title,
    level: meta.level,
    tags: meta.tags,
    nextSteps: meta.words.nextSteps,
    falsePositives: meta.falsePositives,
  };
}
