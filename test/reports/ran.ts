import { Writable } from "node:stream";
import type { CliCommand } from "../../src/cli/command.ts";

/** What a command did: exit code and both outputs, as latin1. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("latin1") };
}

/** Runs a command in this process. */
export async function ran(command: CliCommand, argv: readonly string[]): Promise<Ran> {
  const out = collector();
  const err = collector();
  const code = await command.run(argv, {
    out: out.stream,
    err: err.stream,
    isTerminal: false,
    columns: 80,
  });
  return { code, out: out.text(), err: err.text() };
}
