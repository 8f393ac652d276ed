import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from "yaml";
import { type Complaints, type Place, shown } from "../rule-error.ts";

/** A YAML value that knows where it stands. */
export type Tree = MapTree | ListTree | ScalarTree;
export interface MapTree extends Place {
  readonly kind: "map";
  readonly pairs: readonly Pair[];
}
export interface Pair extends Place {
  readonly key: string;
  readonly value: Tree;
}
export interface ListTree extends Place {
  readonly kind: "list";
  readonly parts: readonly Tree[];
}
export interface ScalarTree extends Place {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** As written, without quotes: `040000` stays `040000`, `yes` stays `yes`. */
  readonly text: string;
}

/** Anchors can unfold exponentially; a rule file has far fewer values than this. */
const MOST_VALUES = 100_000;

/**
 * Reads all documents of a rule file; those that are no YAML are complained about and left out. Scalars follow YAML
 * 1.2, so that `yes`, `no` and `on` are text, as they are in an audit record.
 */
export function readTrees(text: string, complaints: Complaints): readonly MapTree[] {
  const lines = new LineCounter();
  const trees: MapTree[] = [];
  for (const document of parseAllDocuments(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "silent",
    stringKeys: false,
  })) {
    if (!("contents" in document)) continue;
    const place = (offset: number): Place => {
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    };
    for (const error of document.errors) complaints.error(place(error.pos[0]), yamlText(error));
    if (document.errors.length > 0 || document.contents === null) continue;
    let left = MOST_VALUES;
    const convert = (given: Node | null, at: Place): Tree => {
      if (left-- < 0) throw new RangeError("too many values");
      const node = isAlias(given) ? (given.resolve(document) ?? null) : given;
      const here = node?.range === undefined || node.range === null ? at : place(node.range[0]);
      if (isMap(node))
        return {
          kind: "map",
          ...here,
          pairs: node.items.map((pair) => {
            const key = pair.key as Node | null;
            const keyAt = key?.range === undefined || key.range === null ? here : place(key.range[0]);
            if (!isScalar(key)) complaints.error(keyAt, "expected a plain key");
            return {
              ...keyAt,
              key: isScalar(key) ? keyText(key.value, key.source) : "",
              value: convert(pair.value as Node | null, keyAt),
            };
          }),
        };
      if (isSeq(node))
        return { kind: "list", ...here, parts: node.items.map((item) => convert(item as Node | null, here)) };
      if (!isScalar(node)) return { kind: "scalar", ...here, value: null, text: "" };
      const { value } = node;
      const plain =
        typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
      const written = typeof value === "string" ? value : (node.source ?? String(plain ?? ""));
      return { kind: "scalar", ...here, value: plain, text: written };
    };
    try {
      const tree = convert(document.contents, { line: 1, column: 1 });
      if (tree.kind === "map") trees.push(tree);
      else if (isCollection(document.contents) || tree.kind !== "scalar" || tree.value !== null)
        complaints.error(
          tree,
          "expected a rule, that is a map of keys such as title, logsource and detection",
        );
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      complaints.error({ line: 1, column: 1 }, `expected at most ${MOST_VALUES} values, anchors unfolded`);
    }
  }
  return trees;
}

/** A key `yes`, `1` or nothing at all is the text that was written. */
function keyText(value: unknown, source: string | undefined): string {
  return typeof value === "string" ? value : (source ?? "");
}

function yamlText(error: { readonly code: string; readonly message: string }): string {
  if (error.code === "DUPLICATE_KEY")
    return "this key stands twice in one map; use a list of values, or a modifier such as |all";
  return `not YAML: ${error.message.split("\n")[0] ?? error.code}`;
}

/** The value of a key; null where it is missing. */
export function valueOf(map: MapTree, key: string): Tree | null {
  return map.pairs.find((pair) => pair.key === key)?.value ?? null;
}

/** The text of a key that must be one text; complains where it is something else. */
export function textOf(map: MapTree, key: string, complaints: Complaints): string | null {
  const tree = valueOf(map, key);
  if (tree === null || (tree.kind === "scalar" && tree.value === null)) return null;
  if (tree.kind === "scalar") return tree.text;
  return complaints.error(tree, `${key}: expected text, got a ${tree.kind}`);
}

/** The texts of a key that is a list of texts, or one text. */
export function textsOf(map: MapTree, key: string, complaints: Complaints): readonly string[] {
  const tree = valueOf(map, key);
  if (tree === null) return [];
  if (tree.kind === "scalar") return tree.value === null ? [] : [tree.text];
  if (tree.kind === "map") {
    complaints.error(tree, `${key}: expected a list of texts, got a map`);
    return [];
  }
  return tree.parts.flatMap((part) => {
    if (part.kind === "scalar") return part.value === null ? [] : [part.text];
    complaints.error(part, `${key}: expected text, got a ${part.kind}`);
    return [];
  });
}

/** What a value is, for an error's text. */
export function describe(tree: Tree): string {
  return tree.kind === "scalar" ? (tree.value === null ? "nothing" : shown(tree.text)) : `a ${tree.kind}`;
}
