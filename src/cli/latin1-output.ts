import { once } from "node:events";
import type { Terminal } from "./command.ts";

/** Writes latin1 text, and waits while the reader of our output is slower than we are. */
export async function writeLatin1(text: string, { out }: Terminal): Promise<void> {
  if (text !== "" && !out.write(Buffer.from(text, "latin1"))) await once(out, "drain");
}
