import { GatheredBytes } from "../lib/gathered-bytes.ts";
import type { Terminal } from "./command.ts";

/** Output is written in pieces of about this many bytes. */
const OUT_BYTES = 256 << 10;

/** Collects output and writes it in pieces, waiting while the reader of it is slower than we are. */
export class Output {
  /** What waits to be written. */
  readonly waiting = new GatheredBytes(OUT_BYTES);
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Adds a text, latin1. */
  add(text: string): void {
    this.waiting.addText(text);
  }

  /** Writes what waits. Fulfilled once it is written: its space is used again. An error is the stream's `error` event alone. */
  async flush(): Promise<void> {
    const { waiting } = this;
    if (waiting.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#terminal.out.write(waiting.gathered, (error) => {
        if (error == null) resolve();
      });
    });
    waiting.clear();
  }
}
