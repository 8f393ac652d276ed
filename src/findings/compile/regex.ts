import { RE2JS } from "re2js";
import type { Hint } from "./pattern.ts";
import { regexShape } from "./regex-shape.ts";

export type CompiledRegex =
  | { readonly ok: true; readonly test: (text: string) => boolean; readonly hint: Hint }
  | { readonly ok: false; readonly reason: string };

/** The longest text that the backtracking engine may see, by the number of open-ended repeats: about 16 million steps at worst. */
const NATIVE_LENGTHS = [Number.POSITIVE_INFINITY, 4096, 256];

const FLAG_BITS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/**
 * Compiles a regular expression: found anywhere in the text, with case, no Sigma escapes; an inline `(?i)` at its
 * beginning counts as a flag. What could backtrack for long runs on RE2's automaton instead, in linear time.
 */
export function compileRegex(given: string, flags: string): CompiledRegex {
  const [, inline = "", source = given] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(given) ?? [];
  const all = [...new Set(flags + inline)].sort().join("");
  let linear: RE2JS;
  try {
    const bits = all.split("").reduce((sum, flag) => sum | (FLAG_BITS[flag] ?? 0), 0);
    linear = RE2JS.compile(source, bits);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const why = /\(\?[=!<]/.test(source)
      ? "; lookaround has no place in Sigma: use a second selection and not"
      : /\\[1-9]/.test(source)
        ? "; back-references cannot be matched in linear time"
        : "";
    return { ok: false, reason: `re: ${text}${why}` };
  }
  const shape = regexShape(source);
  const native = nativeOf(source, all);
  const longest = native === null || shape.isNested ? -1 : (NATIVE_LENGTHS[shape.repeats] ?? -1);
  const { minLength } = shape;
  const tail = tailTest(source, all);
  if (tail !== null) return { ok: true, test: tail, hint: { kind: "present", text: "" } };
  const hint: Hint =
    shape.literal === ""
      ? { kind: "present", text: "" }
      : { kind: "part", text: shape.literal.toLowerCase() };
  const test = (text: string): boolean => {
    if (text.length < minLength) return false;
    return native !== null && text.length <= longest ? native.test(text) : linear.test(text);
  };
  return { ok: true, test, hint };
}

/**
 * `[^/]{100,}$`, a long tail of one kind of characters: only the last hundred need be looked at, where an engine begins
 * anew at every character of the text. Null for other expressions.
 */
function tailTest(source: string, flags: string): ((text: string) => boolean) | null {
  const [, kind, least] = /^(\[\^?(?:[^\]\\[]|\\[^0-9A-Za-z])+\])\{([1-9]\d*),\}\$$/.exec(source) ?? [];
  if (kind === undefined || flags.includes("m")) return null;
  const whole = nativeOf(`^${kind}{${least}}$`, flags);
  const length = Number(least);
  return whole === null ? null : (text) => text.length >= length && whole.test(text.slice(-length));
}

/** The same in the language's own engine, where it means the same there; null where it does not parse. */
function nativeOf(source: string, flags: string): RegExp | null {
  // Forms that both engines read, but differently, or that only one reads.
  if (/\[\[:|\\[pPQEzZAC]|\\x\{|\(\?/.test(source.replaceAll("(?:", ""))) return null;
  try {
    return new RegExp(source, flags);
  } catch {
    return null;
  }
}
