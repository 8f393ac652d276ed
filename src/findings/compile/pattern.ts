/** A piece of a Sigma string: literal text, `*` or `?`. */
export type Piece = string | typeof ANY | typeof ONE;
export const ANY: unique symbol = Symbol("*");
export const ONE: unique symbol = Symbol("?");
export type Pattern = readonly Piece[];

/**
 * Reads a Sigma string. A backslash escapes only `*`, `?` and itself and is literal before anything else and at the end:
 * `\\*` is a backslash and then a wildcard.
 */
export function parsePattern(text: string): Pattern {
  const pieces: Piece[] = [];
  let literal = "";
  const push = (wildcard: Piece): void => {
    if (literal !== "") pieces.push(literal);
    literal = "";
    if (wildcard !== ANY || pieces.at(-1) !== ANY) pieces.push(wildcard);
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    const next = text[at + 1];
    if (char === "\\" && (next === "*" || next === "?" || next === "\\")) {
      literal += next;
      at++;
    } else if (char === "*") push(ANY);
    else if (char === "?") push(ONE);
    else literal += char;
  }
  if (literal !== "") pieces.push(literal);
  return pieces;
}

/** The pattern with `*` before and after, as the modifiers ask; the value's own wildcards still count. */
export function widened(pattern: Pattern, how: "contains" | "startswith" | "endswith" | "equals"): Pattern {
  const before: Pattern = how === "contains" || how === "endswith" ? [ANY] : [];
  const after: Pattern = how === "contains" || how === "startswith" ? [ANY] : [];
  const pieces = [...before, ...pattern, ...after];
  return pieces.filter((piece, at) => piece !== ANY || pieces[at - 1] !== ANY);
}

/** The pattern with its literals changed. */
export function mapLiterals(pattern: Pattern, change: (text: string) => string): Pattern {
  return pattern.map((piece) => (typeof piece === "string" ? change(piece) : piece));
}

/** The text of a pattern that has no wildcard; null for others. */
export function literalOf(pattern: Pattern): string | null {
  if (pattern.length === 0) return "";
  const [only] = pattern;
  return pattern.length === 1 && typeof only === "string" ? only : null;
}

/** What a text must have for a pattern to match; serves the index. */
export interface Hint {
  readonly kind: "exact" | "prefix" | "suffix" | "part" | "present";
  readonly text: string;
}

export interface PatternTest {
  readonly test: (text: string) => boolean;
  readonly hint: Hint;
  /** The hint says all that the test asks. */
  readonly isHintAll: boolean;
}

/** The test that a text has one of several hints of the same kind: a loop over texts, where one over closures costs several times that. */
export function anyHint(kind: Hint["kind"], texts: readonly string[]): (text: string) => boolean {
  switch (kind) {
    case "exact": {
      const set = new Set(texts);
      return (text) => set.has(text);
    }
    case "prefix":
      return (text) => {
        for (const one of texts) if (text.startsWith(one)) return true;
        return false;
      };
    case "suffix":
      return (text) => {
        for (const one of texts) if (text.endsWith(one)) return true;
        return false;
      };
    case "part":
      return (text) => {
        for (const one of texts) if (text.includes(one)) return true;
        return false;
      };
    case "present":
      return () => texts.length > 0;
    default:
      return kind satisfies never;
  }
}

/** Compiles a pattern. Without case, it is made lower here and the caller gives lower text. Linear in the text but for several `*`. */
export function compilePattern(given: Pattern, isCased: boolean): PatternTest {
  const pattern = isCased ? given : mapLiterals(given, (text) => text.toLowerCase());
  const literal = literalOf(pattern);
  if (literal !== null)
    return {
      test: (text) => text === literal,
      hint: { kind: "exact", text: literal.toLowerCase() },
      isHintAll: true,
    };
  const [first, second, third] = pattern;
  if (pattern.length === 1 && first === ANY)
    return { test: () => true, hint: { kind: "present", text: "" }, isHintAll: true };
  if (pattern.length === 2 && first === ANY && typeof second === "string")
    return {
      test: (text) => text.endsWith(second),
      hint: { kind: "suffix", text: second.toLowerCase() },
      isHintAll: true,
    };
  if (pattern.length === 2 && typeof first === "string" && second === ANY)
    return {
      test: (text) => text.startsWith(first),
      hint: { kind: "prefix", text: first.toLowerCase() },
      isHintAll: true,
    };
  if (pattern.length === 3 && first === ANY && typeof second === "string" && third === ANY)
    return {
      test: (text) => text.includes(second),
      hint: { kind: "part", text: second.toLowerCase() },
      isHintAll: true,
    };
  return { test: wildcardTest(pattern), hint: longestPart(pattern), isHintAll: false };
}

function longestPart(pattern: Pattern): Hint {
  const texts = pattern.filter((piece) => typeof piece === "string");
  const longest = texts.reduce((best, text) => (text.length > best.length ? text : best), "");
  return longest === "" ? { kind: "present", text: "" } : { kind: "part", text: longest.toLowerCase() };
}

/**
 * Matches with two pointers: after a mismatch only the last `*` is tried anew, which is enough. Glob libraries treat `/`
 * and braces differently; a regular expression could backtrack.
 */
function wildcardTest(pattern: Pattern): (text: string) => boolean {
  const pieces = pattern.flatMap((piece): Piece[] => (typeof piece === "string" ? piece.split("") : [piece]));
  const last = pieces.length;
  return (text) => {
    let at = 0;
    let piece = 0;
    let star = -1;
    let starAt = 0;
    while (at < text.length) {
      const wanted = pieces[piece];
      if (piece < last && (wanted === ONE || wanted === text[at])) {
        at++;
        piece++;
      } else if (piece < last && wanted === ANY) {
        star = piece++;
        starAt = at;
      } else if (star >= 0) {
        piece = star + 1;
        at = ++starAt;
      } else return false;
    }
    while (piece < last && pieces[piece] === ANY) piece++;
    return piece === last;
  };
}
