import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

/** One case of a `.test.yml`: raw lines in, expected findings out. */
export interface RuleTest {
  readonly name: string;
  readonly line: number;
  readonly audit: string;
  readonly sshd: string;
  readonly docker: string;
  /** Before which event the detector is made anew from its saved state; `every`: before each. */
  readonly restartAt: readonly number[] | "every";
  readonly placeholders: Readonly<Record<string, readonly string[]>>;
  /** How many findings, or what each of them says (parts are enough). */
  readonly expect: number | readonly Readonly<Record<string, unknown>>[];
}

export type ParsedTests =
  | { readonly ok: true; readonly tests: readonly RuleTest[] }
  | { readonly ok: false; readonly line: number; readonly reason: string };

const KEYS = ["name", "audit", "sshd", "docker", "restart_at", "placeholders", "expect"];

/** Reads a test file: a list of cases. */
export function parseTests(text: string): ParsedTests {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (node: Node | null): number => lines.linePos(node?.range?.[0] ?? 0).line;
  const [error] = document.errors;
  if (error !== undefined)
    return { ok: false, line: lines.linePos(error.pos[0]).line, reason: `not YAML: ${error.message}` };
  const { contents } = document;
  if (!isSeq(contents)) return { ok: false, line: 1, reason: "expected a list of cases" };
  const tests: RuleTest[] = [];
  for (const item of contents.items as Node[]) {
    if (!isMap(item)) return { ok: false, line: lineOf(item), reason: "expected a case, that is a map" };
    for (const { key } of item.items)
      if (!isScalar(key) || !KEYS.includes(String(key.value)))
        return {
          ok: false,
          line: lineOf(key as Node),
          reason: `unknown key; expected one of ${KEYS.join(", ")}`,
        };
    const value = item.toJS(document) as Record<string, unknown>;
    const wrong = wrongIn(value);
    if (wrong !== null) return { ok: false, line: lineOf(item), reason: wrong };
    tests.push({
      name: String(value["name"]),
      line: lineOf(item),
      audit: textOf(value["audit"]),
      sshd: textOf(value["sshd"]),
      docker: textOf(value["docker"]),
      restartAt: value["restart_at"] === "every" ? "every" : numbersOf(value["restart_at"]),
      placeholders: (value["placeholders"] ?? {}) as RuleTest["placeholders"],
      expect: value["expect"] as RuleTest["expect"],
    });
  }
  return { ok: true, tests };
}

function wrongIn(value: Readonly<Record<string, unknown>>): string | null {
  const { name, expect } = value;
  if (typeof name !== "string") return "expected a name";
  if (typeof expect !== "number" && !Array.isArray(expect))
    return "expect: expected a number of findings, or a list of what they say";
  return ["audit", "sshd", "docker"].some((key) => textOf(value[key]) !== "")
    ? null
    : "expected lines under audit, sshd or docker";
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const numbersOf = (value: unknown): readonly number[] =>
  [value ?? []].flat().filter((one): one is number => typeof one === "number");
