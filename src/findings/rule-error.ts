import { nearestWord } from "../lib/nearest-word.ts";

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

/** `; did you mean "contains"?`, or nothing where no known word is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const best = nearestWord(word, known);
  return best === null ? "" : `; did you mean "${best}"?`;
}

/** A value from a file for an error's text: quoted, and short. */
export function shown(value: string): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 76)}…"` : text;
}
