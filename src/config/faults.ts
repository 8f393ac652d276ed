import type { ErrorObject } from "ajv";
import { type Document, isMap, type LineCounter, type Node } from "yaml";
import { nearestWord } from "../lib/nearest-word.ts";
import { PATTERN_WORDS } from "./schema.ts";

/** One thing wrong with a configuration file, and where. */
export interface ConfigFault {
  readonly line: number;
  readonly column: number;
  /** `channels.0.port`; empty for the file as a whole. */
  readonly key: string;
  readonly text: string;
}

const KINDS: Readonly<Record<string, string>> = {
  object: "a map of keys",
  array: "a list",
  string: "text",
  boolean: "true or false",
  integer: "an integer",
  number: "a number",
};

/** Secrets are never printed: a value is shown only where its key cannot hold one. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const json = JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 77)}…` : json;
}

function expected(error: ErrorObject): string {
  const schema = error.parentSchema as {
    type?: string;
    minimum?: number;
    maximum?: number;
    enum?: string[];
    pattern?: string;
  };
  switch (error.keyword) {
    case "type":
    case "minimum":
    case "maximum": {
      const kind = KINDS[schema.type ?? ""] ?? schema.type;
      return schema.minimum === undefined
        ? `expected ${kind}`
        : `expected ${kind} from ${schema.minimum} to ${schema.maximum}`;
    }
    case "enum":
      return `expected one of ${schema.enum?.join(", ")}`;
    case "pattern":
      return `expected ${PATTERN_WORDS[schema.pattern ?? ""] ?? "other text"}`;
    case "minLength":
      return "expected text that is not empty";
    case "minItems":
      return "expected at least one value";
    default:
      return error.message ?? error.keyword;
  }
}

function describe(error: ErrorObject): { key: string[]; text: string } | null {
  const key = error.instancePath.split("/").slice(1);
  switch (error.keyword) {
    case "additionalProperties": {
      const word = String(error.params["additionalProperty"]);
      const known = Object.keys((error.parentSchema as { properties?: object }).properties ?? {});
      const near = nearestWord(word, known);
      const hint = near === null ? `known here: ${known.join(", ")}` : `did you mean "${near}"?`;
      return { key: [...key, word], text: `unknown key; ${hint}` };
    }
    case "required":
    case "dependentRequired":
      return { key, text: `the key "${error.params["missingProperty"]}" is missing` };
    case "discriminator":
      return {
        key: [...key, "type"],
        text: `expected email or webhook, got ${shown(error.params["tagValue"])}`,
      };
    case "oneOf":
    case "if":
      return null;
    default:
      return { key, text: `${expected(error)}, got ${shown(error.data)}` };
  }
}

/** Line and column of a key: of its value where it has one, else of the nearest thing around it. */
export function placeOf(
  document: Document,
  lines: LineCounter,
  key: readonly string[],
): { line: number; column: number } {
  for (let length = key.length; length >= 0; length--) {
    const at = key.slice(0, length).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    const last = at.at(-1);
    const parent = document.getIn(at.slice(0, -1), true);
    const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === last) : undefined;
    const node = (pair?.key ?? document.getIn(at, true)) as Node | undefined;
    const range = node?.range;
    if (range) {
      const { line, col } = lines.linePos(range[0]);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

/** The schema validator's errors in the words of a person, in the order of the file, each place once. */
export function describeFaults(
  errors: readonly ErrorObject[],
  document: Document,
  lines: LineCounter,
): readonly ConfigFault[] {
  const faults = new Map<string, ConfigFault>();
  for (const error of errors) {
    const described = describe(error);
    if (described === null) continue;
    const key = described.key.join(".");
    if (!faults.has(key))
      faults.set(key, { ...placeOf(document, lines, described.key), key, text: described.text });
  }
  return [...faults.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
