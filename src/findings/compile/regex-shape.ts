/** What a look at a regular expression's text tells, without matching anything. */
export interface RegexShape {
  /** A repeated group repeats something inside itself: backtracking can take exponential time. */
  readonly isNested: boolean;
  /** How many parts repeat without a small bound: backtracking takes up to length^(repeats + 1) steps. */
  readonly repeats: number;
  /** No shorter text can match (a lower bound). */
  readonly minLength: number;
  /** The longest literal that every match contains; empty where none is sure. */
  readonly literal: string;
}

const SMALL_REPEAT = 16;
const QUANTIFIER = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/;

interface Group {
  readonly isOuter: boolean;
  repeatsInside: boolean;
}

/** Reads the text of a regular expression of the RE2 kind; what it is unsure of it takes as harmful or as unknown. */
export function regexShape(source: string): RegexShape {
  const groups: Group[] = [{ isOuter: true, repeatsInside: false }];
  let [isNested, repeats, minLength, run, literal] = [false, 0, 0, "", ""];
  let hasAlternatives = false;
  const endRun = (): void => {
    if (run.length > literal.length) literal = run;
    run = "";
  };
  let at = 0;
  while (at < source.length) {
    const group = groups.at(-1) ?? { isOuter: true, repeatsInside: false };
    const rest = source.slice(at);
    if (rest.startsWith("(")) {
      endRun();
      groups.push({ isOuter: false, repeatsInside: false });
      at += /^\((\?[imsU-]*:|\?P?<\w+>)?/.exec(rest)?.[0].length ?? 1;
      continue;
    }
    if (rest.startsWith("|")) {
      endRun();
      if (group.isOuter) hasAlternatives = true;
      // Alternatives that begin alike are a choice as a repeat is: (a|a)* explodes too.
      group.repeatsInside = true;
      at++;
      continue;
    }
    if (/^[\^$]/.test(rest)) {
      endRun();
      at++;
      continue;
    }
    const closed = rest.startsWith(")") && groups.length > 1 ? groups.pop() : undefined;
    const outer = groups.at(-1) ?? group;
    const atom = closed === undefined ? atomAt(rest) : { length: 1, text: null };
    at += atom.length;
    const [quantifier = "", least, comma, most] = QUANTIFIER.exec(source.slice(at)) ?? [];
    at += quantifier.length;
    const isOpenEnded =
      /^[*+]/.test(quantifier) ||
      (comma === "," && (most === "" || Number(most) > SMALL_REPEAT)) ||
      Number(least ?? 0) > SMALL_REPEAT;
    const isVariable = /^[*+?]/.test(quantifier) || comma === ",";
    if (closed?.repeatsInside === true && quantifier !== "" && quantifier[0] !== "?") isNested = true;
    if (closed?.repeatsInside === true || isVariable) outer.repeatsInside = true;
    if (isOpenEnded) repeats++;
    if (groups.length > 1 || closed !== undefined) {
      endRun();
      continue;
    }
    if (quantifier === "" && atom.text !== null) run += atom.text;
    else endRun();
    minLength += quantifier === "" || quantifier[0] === "+" ? 1 : Number(least ?? 0);
  }
  endRun();
  return hasAlternatives
    ? { isNested, repeats, minLength: 0, literal: "" }
    : { isNested, repeats, minLength, literal };
}

/** One atom: how long it is in the pattern, and the text it stands for where that is certain. */
function atomAt(rest: string): { readonly length: number; readonly text: string | null } {
  if (rest.startsWith("[")) {
    const end = /^\[\^?\]?(?:\\[\s\S]|\[:\w+:\]|[^\]\\])*\]/.exec(rest)?.[0].length;
    return { length: end ?? rest.length, text: null };
  }
  if (rest.startsWith("\\")) {
    const next = rest[1] ?? "";
    if (/[^0-9A-Za-z]/.test(next)) return { length: 2, text: next };
    const length = /^\\(?:x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[pP](?:\{[^}]*\}|.)|.)/s.exec(rest)?.[0].length;
    return { length: length ?? 1, text: null };
  }
  if (rest.startsWith(".")) return { length: 1, text: null };
  return { length: 1, text: rest[0] ?? "" };
}
