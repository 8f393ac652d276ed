import { isUtf8 } from "node:buffer";

/**
 * Text for people and for JSON from bytes that were read as latin1: what is valid UTF-8 is read as UTF-8, anything
 * else stays as it is, one character for each byte.
 */
export function readable(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : latin1;
}
