const QUOTE = 34;
const BACKSLASH = 92;
const OPENERS = new Set([0x7b, 0x5b]);
const CLOSERS = new Set([0x7d, 0x5d]);
const COMMA = 44;
const COLON = 58;

/**
 * Cuts a JSON object into the texts of its members, so that a member can be kept as it was written (numbers beyond 2^53 lose
 * their digits in a value). Looks only for strings and brackets: whether a slice is JSON, its parsing tells.
 * @returns null where the text is not one object, or is nested deeper than `depth`.
 */
export function sliceObject(text: string, depth: number): ReadonlyMap<string, string> | null {
  const slices = new Map<string, string>();
  const trimmed = text.trim();
  if (!trimmed.startsWith("{") || !trimmed.endsWith("}")) return null;
  let level = 0;
  let begin = 1;
  let colon = -1;
  const close = (end: number): boolean => {
    if (colon === -1) return trimmed.slice(begin, end).trim() === "" && slices.size === 0;
    const name = nameOf(trimmed.slice(begin, colon));
    if (name === null) return false;
    slices.set(name, trimmed.slice(colon + 1, end).trim());
    colon = -1;
    begin = end + 1;
    return true;
  };
  for (let at = 0; at < trimmed.length; at += 1) {
    const char = trimmed.charCodeAt(at);
    if (char === QUOTE) {
      at = stringEnd(trimmed, at);
      if (at === -1) return null;
    } else if (OPENERS.has(char)) {
      level += 1;
      if (level > depth) return null;
    } else if (CLOSERS.has(char)) {
      level -= 1;
      if (level === 0) return at === trimmed.length - 1 && close(at) ? slices : null;
      if (level < 0) return null;
    } else if (level === 1 && char === COLON && colon === -1) {
      colon = at;
    } else if (level === 1 && char === COMMA && !close(at)) {
      return null;
    }
  }
  return null;
}

/** The index of the closing quote; -1 where there is none. */
function stringEnd(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at += 1;
    else if (char === QUOTE) return at;
  }
  return -1;
}

function nameOf(text: string): string | null {
  try {
    const name: unknown = JSON.parse(text);
    return typeof name === "string" ? name : null;
  } catch {
    return null;
  }
}
