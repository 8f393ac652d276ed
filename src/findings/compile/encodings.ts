import type { Encoding } from "../modifiers.ts";
import { literalOf, type Pattern, parsePattern } from "./pattern.ts";

const DASHES = ["-", "/", "\u2013", "\u2014", "\u2015"];
/** A dash or slash that begins a word; five ways of writing each. */
const DASH = /\B[-/]\b/g;
const MOST_DASHES = 4;

/** The patterns that a value stands for after its encodings, or why it cannot be encoded. */
export type Encoded =
  | { readonly ok: true; readonly patterns: readonly Pattern[] }
  | { readonly ok: false; readonly reason: string };

/** Applies encodings in their order: `wide|base64offset` first widens, then takes base64 of the bytes. */
export function encodeValue(text: string, encodings: readonly Encoding[]): Encoded {
  let texts = [text];
  if (encodings.includes("windash")) {
    if ((text.match(DASH)?.length ?? 0) > MOST_DASHES)
      return { ok: false, reason: `windash: expected at most ${MOST_DASHES} dashes, each stands for five` };
    texts = dashed(text);
  }
  const rest = encodings.filter((encoding) => encoding !== "windash");
  if (rest.length === 0) return { ok: true, patterns: texts.map(parsePattern) };
  const patterns: Pattern[] = [];
  for (const one of texts) {
    const literal = literalOf(parsePattern(one));
    if (literal === null)
      return { ok: false, reason: `${rest[0]}: wildcards cannot be encoded; escape them with a backslash` };
    patterns.push(...encodeLiteral(literal, rest));
  }
  return { ok: true, patterns };
}

function dashed(text: string): string[] {
  const place = text.search(DASH);
  if (place < 0) return [text];
  // Cut after the dash, so that what follows is looked at in its context only once.
  const rests = dashed(`x${text.slice(place + 1)}`).map((rest) => rest.slice(1));
  return DASHES.flatMap((dash) => rests.map((rest) => text.slice(0, place) + dash + rest));
}

function encodeLiteral(literal: string, encodings: readonly Encoding[]): readonly Pattern[] {
  let bytes: Buffer = Buffer.from(literal, "utf8");
  for (const encoding of encodings)
    switch (encoding) {
      case "wide":
      case "utf16le":
        bytes = Buffer.from(bytes.toString("utf8"), "utf16le");
        break;
      case "utf16be":
        bytes = Buffer.from(bytes.toString("utf8"), "utf16le").swap16();
        break;
      case "utf16":
        bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(bytes.toString("utf8"), "utf16le")]);
        break;
      case "base64":
        bytes = Buffer.from(bytes.toString("base64"), "latin1");
        break;
      case "base64offset":
        return [0, 1, 2].map((offset) => [shiftedBase64(bytes, offset)]);
      case "windash":
        break;
      default:
        encoding satisfies never;
    }
  const isText = !encodings.some((encoding) => encoding.startsWith("utf16") || encoding === "wide");
  return [[bytes.toString(isText ? "utf8" : "latin1")]];
}

/** The characters that only these bytes decide when they begin at `offset` (mod 3) of what was encoded. */
function shiftedBase64(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset, 0x20), bytes]);
  const start = [0, 2, 3][offset] ?? 0;
  const text = whole.toString("base64").replaceAll("=", "");
  const isShared = whole.length % 3 !== 0;
  return text.slice(start, isShared ? -1 : undefined);
}
