/**
 * Text that is safe on a terminal: control characters, escape sequences, bidirectional overrides and lone surrogates
 * become `\xNN` or `\u{N}`; everything else stays. What stands in a log was written by an attacker.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu,
    (char) => {
      const code = char.codePointAt(0) ?? 0;
      return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
    },
  );
}
