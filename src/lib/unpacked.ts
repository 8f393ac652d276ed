import type { Transform } from "node:stream";

/**
 * Unpacks piece by piece, so that all that came before a fault has been given when it is thrown; a stream that is piped or
 * iterated drops what it has ready. Ends with the stream destroyed.
 * @throws the stream's error, or that of `pieces`.
 */
export async function* unpacked(
  stream: Transform,
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let ready: Buffer[] = [];
  let fault: Error | null = null;
  let settle = (): void => {};
  stream.on("data", (bytes: Buffer) => ready.push(bytes));
  stream.on("error", (error) => {
    fault ??= error;
    settle();
  });
  const fed = (feed: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve) => {
      settle = resolve;
      feed((error) => {
        fault ??= error ?? null;
        resolve();
      });
    });
  function* taken(): Generator<Buffer> {
    const given = ready;
    ready = [];
    yield* given;
  }
  try {
    for await (const piece of pieces) {
      await fed((done) => stream.write(piece, done));
      yield* taken();
      if (fault !== null) throw fault;
    }
    await fed((done) => {
      stream.once("end", () => done());
      stream.end();
    });
    yield* taken();
    if (fault !== null) throw fault;
  } finally {
    stream.destroy();
  }
}
