import { once } from "node:events";
import type { Terminal } from "./command.ts";

/** Output is written in pieces of this many characters. */
export const OUT_BYTES = 64 << 10;

/** Collects output and writes it in pieces, waiting while the reader of it is slower than we are. */
export class Output {
  #pieces: string[] = [];
  #length = 0;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  add(text: string): void {
    this.#pieces.push(text);
    this.#length += text.length;
  }

  async flush(least: number): Promise<void> {
    if (this.#length === 0 || this.#length < least) return;
    const bytes = Buffer.from(this.#pieces.join(""), "latin1");
    this.#pieces = [];
    this.#length = 0;
    if (!this.#terminal.out.write(bytes)) await once(this.#terminal.out, "drain");
  }
}
