import type { Condition } from "../ast.ts";
import { type Complaints, didYouMean, type Place, shown } from "../rule-error.ts";

interface Token extends Place {
  readonly text: string;
}

/** Deeper nesting than any person writes; bounds the recursion. */
const DEEPEST = 100;
const AGGREGATIONS: Readonly<Record<string, string>> = {
  count: "event_count (or value_count with a field)",
  sum: "value_sum",
  avg: "value_avg",
  min: "event_count",
  max: "event_count",
  near: "temporal",
};

/** What a condition may speak of, and where its text stands. */
export interface ConditionParts extends Place {
  readonly text: string;
  readonly names: readonly string[];
  readonly complaints: Complaints;
  /** What a name is, for errors: `selection` or `rule`. */
  readonly noun: string;
}

/**
 * Reads a condition: `or` < `and` < `not` < `1 of` / `all of` < parentheses, words without case. Quantifiers are
 * unfolded here; `them` and patterns leave out names that begin with `_`, unless the pattern does too.
 * @returns null after a complaint.
 */
export function parseCondition(parts: ConditionParts): Condition | null {
  const tokens = tokensOf(parts);
  return tokens === null ? null : new ConditionReader(tokens, parts).read();
}

function tokensOf({ text, line, column, complaints }: ConditionParts): readonly Token[] | null {
  const tokens: Token[] = [];
  const pattern = /\s+|[()|]|[\p{L}\p{N}_.*?-]+|[<>=!]+|./gsu;
  for (const word of text.matchAll(pattern)) {
    const at = { line, column: text.includes("\n") ? column : column + word.index };
    const found = word[0];
    if (/^\s/.test(found)) continue;
    if (found === "|") {
      const named = /^\s*(count|sum|avg|min|max|near)\b/i
        .exec(text.slice(word.index + 1))?.[1]
        ?.toLowerCase();
      const instead = AGGREGATIONS[named ?? "count"] ?? "event_count";
      return complaints.error(
        at,
        `the aggregation after "|" is Sigma 1; write a correlation rule of type ${instead} that names this rule`,
      );
    }
    if (!/^[()\p{L}\p{N}_.*?-]/u.test(found))
      return complaints.error(
        at,
        `condition: expected a name, and, or, not or parentheses, got ${shown(found)}`,
      );
    tokens.push({ text: found, ...at });
  }
  return tokens;
}

class ConditionReader {
  readonly #tokens: readonly Token[];
  readonly #parts: ConditionParts;
  #at = 0;

  constructor(tokens: readonly Token[], parts: ConditionParts) {
    this.#tokens = tokens;
    this.#parts = parts;
  }

  read(): Condition | null {
    if (this.#tokens.length === 0) return this.#fail(null, "condition: expected a name, got nothing");
    const condition = this.#or(false, 0);
    if (condition === null) return null;
    const rest = this.#tokens[this.#at];
    return rest === undefined
      ? condition
      : this.#fail(rest, `condition: expected and, or or the end, got ${shown(rest.text)}`);
  }

  #fail(token: Token | null, text: string): null {
    return this.#parts.complaints.error(token ?? this.#tokens.at(-1) ?? this.#parts, text);
  }

  #takes(word: string): boolean {
    if (this.#tokens[this.#at]?.text.toLowerCase() !== word) return false;
    this.#at++;
    return true;
  }

  #or(negated: boolean, depth: number): Condition | null {
    return this.#joined("or", () => this.#joined("and", () => this.#not(negated, depth)));
  }

  #joined(word: "and" | "or", next: () => Condition | null): Condition | null {
    const parts: Condition[] = [];
    do {
      const part = next();
      if (part === null) return null;
      parts.push(part);
    } while (this.#takes(word));
    return parts.length === 1 ? (parts[0] ?? null) : { kind: word, parts };
  }

  #not(negated: boolean, depth: number): Condition | null {
    const token = this.#tokens[this.#at] ?? null;
    if (depth > DEEPEST) return this.#fail(token, `condition: nested deeper than ${DEEPEST}`);
    if (!this.#takes("not")) return this.#primary(negated, depth);
    const part = this.#not(!negated, depth + 1);
    return part === null ? null : { kind: "not", part };
  }

  #primary(negated: boolean, depth: number): Condition | null {
    const token = this.#tokens[this.#at];
    const { names, noun } = this.#parts;
    if (token === undefined) return this.#fail(null, "condition: expected a name, got the end");
    this.#at++;
    if (token.text === "(") {
      const inner = this.#or(negated, depth + 1);
      if (inner === null) return null;
      if (this.#takes(")")) return inner;
      return this.#fail(this.#tokens[this.#at] ?? null, 'condition: expected ")"');
    }
    const next = this.#tokens[this.#at];
    if (next?.text.toLowerCase() === "of") return this.#quantified(token, negated);
    if (names.includes(token.text)) return { kind: "name", name: token.text };
    return this.#fail(
      token,
      `condition: no ${noun} is called ${shown(token.text)}${didYouMean(token.text, names)}`,
    );
  }

  #quantified(token: Token, negated: boolean): Condition | null {
    this.#at++;
    const word = token.text.toLowerCase();
    if (!["1", "any", "all"].includes(word))
      return this.#fail(token, `condition: expected "1 of", "any of" or "all of", got ${shown(token.text)}`);
    const target = this.#tokens[this.#at];
    if (target === undefined) return this.#fail(null, `condition: expected a pattern or them after "of"`);
    this.#at++;
    const { names, noun, complaints } = this.#parts;
    const isThem = target.text.toLowerCase() === "them";
    const pattern = new RegExp(
      `^${target.text
        .replaceAll(/[.\\-]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".")}$`,
      "su",
    );
    const chosen = names.filter(
      (name) =>
        (isThem || pattern.test(name)) && (!name.startsWith("_") || (!isThem && target.text.startsWith("_"))),
    );
    if (chosen.length === 0) {
      const text = `condition: no ${noun} matches ${shown(target.text)}${didYouMean(target.text, names)}`;
      if (!negated) return this.#fail(target, text);
      complaints.warn(target, `${text}; what is negated here is never true`);
      return { kind: "or", parts: [] };
    }
    const parts = chosen.map((name): Condition => ({ kind: "name", name }));
    return parts.length === 1 ? (parts[0] ?? null) : { kind: word === "all" ? "and" : "or", parts };
  }
}
