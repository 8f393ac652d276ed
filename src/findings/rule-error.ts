/** A place in a rule file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a rule, or looks wrong, and where. A rule with an error is refused; the others still load. */
export interface RuleError extends Place {
  readonly path: string;
  readonly severity: "error" | "warning";
  /** What was expected, what was found and, where it is clear, what was probably meant. */
  readonly text: string;
}

/** `config/rules/a.yml:4:9  unknown modifier "contain"; did you mean "contains"? (DW_RULE_INVALID)` */
export function ruleErrorLine(error: RuleError): string {
  const kind = error.severity === "warning" ? "warning: " : "";
  return `${error.path}:${error.line}:${error.column}  ${kind}${error.text} (DW_RULE_INVALID)`;
}

/** Collects what is wrong with one file while it is read. */
export class Complaints {
  readonly path: string;
  readonly all: RuleError[] = [];
  constructor(path: string) {
    this.path = path;
  }
  error(at: Place, text: string): null {
    this.all.push({ path: this.path, line: at.line, column: at.column, severity: "error", text });
    return null;
  }
  warn(at: Place, text: string): void {
    this.all.push({ path: this.path, line: at.line, column: at.column, severity: "warning", text });
  }
  /** How many errors so far: a reader that added none succeeded. */
  get errors(): number {
    return this.all.reduce((sum, { severity }) => sum + (severity === "error" ? 1 : 0), 0);
  }
}

/** How many letters to change, add, leave out or swap with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (isSame ? 0 : 1),
          isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

const LONGEST_WORD = 64;

/** `; did you mean "contains"?`, or nothing where no known word is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  if (word.length > LONGEST_WORD) return "";
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const off = distance(word.toLowerCase(), candidate.toLowerCase());
    if (off < least) [best, least] = [candidate, off];
  }
  return best === null ? "" : `; did you mean "${best}"?`;
}

/** A value from a file for an error's text: quoted, and short. */
export function shown(value: string): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 76)}…"` : text;
}
