import { Document, visit } from "yaml";
import type { DetectionRule, Logsource } from "../ast.ts";
import type { ExceptionField } from "./choice.ts";

/** Who made an exception, when, why, and until when it holds. */
export interface ExceptionFacts {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly author: string;
  readonly date: string;
  /** ISO 8601; null: for ever. */
  readonly expires: string | null;
}

/** One of an exception's filters: what it takes out of which rules. */
export interface ExceptionPart {
  readonly rules: readonly DetectionRule[];
  readonly fields: readonly ExceptionField[];
}

/** An exception as Sigma filters, one document for each log source. */
export function filterText(facts: ExceptionFacts, parts: readonly ExceptionPart[]): string {
  return parts.map((part, at) => yamlOf(documentOf(facts, part, at))).join("---\n");
}

/** Whatever is not plain is quoted, on one line: block scalars do not keep every mixture of spaces and newlines. */
function yamlOf(content: unknown): string {
  const document = new Document(content);
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string" && !/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(scalar.value))
        scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}

function documentOf(facts: ExceptionFacts, { rules, fields }: ExceptionPart, at: number): unknown {
  const [first] = rules;
  return {
    title: facts.title,
    id: at === 0 ? facts.id : `${facts.id}-${at + 1}`,
    description: facts.description,
    author: facts.author,
    date: facts.date,
    logsource: logsourceOf(first?.logsource),
    filter: {
      rules: rules.map(({ meta }) => meta.id),
      selection: Object.fromEntries(
        fields.map(({ field, values }) => {
          const texts = values.map(escaped);
          return [`${field}|cased`, texts.length === 1 ? texts[0] : texts];
        }),
      ),
      condition: "not selection",
    },
    ...(facts.expires === null ? {} : { dockwarden: { expires: facts.expires } }),
  };
}

function logsourceOf(logsource: Logsource | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (["product", "category", "service"] as const).flatMap((key) => {
      const value = logsource?.[key] ?? null;
      return value === null ? [] : [[key, value]];
    }),
  );
}

/** The text with what Sigma takes for wildcards made literal. */
function escaped(text: string): string {
  return text.replaceAll(/[\\*?]/g, "\\$&");
}
