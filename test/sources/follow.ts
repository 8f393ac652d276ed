import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LineBatch, Position, SourceNotice } from "../../src/model/line.ts";
import type { Clock, Source } from "../../src/ports/source.ts";
import { openFileSource } from "../../src/sources/file/source.ts";

export const clock: Clock = { now: () => Date.now() };

/** A folder that is removed with the test. */
export function openFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "dw-source-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export const fileSource = (path: string): Source =>
  openFileSource({ name: "audit", path, clock, mend: (errno) => `mend ${errno}` });

/** One run of a source, pulled for as long as the test asks for more. */
export interface Run extends AsyncDisposable {
  /** Pulls one batch. */
  pull(): Promise<void>;
  /** Pulls until so many bytes have come in all; what came is in `bytes`. */
  until(bytes: number): Promise<void>;
  /** Pulls until a notice of this kind has come. */
  noticed(kind: SourceNotice["kind"]): Promise<void>;
  readonly bytes: Buffer;
  readonly batches: readonly LineBatch[];
  readonly notices: readonly SourceNotice[];
  readonly position: Position | null;
}

export function openRun(source: Source, from: Position | null): Run {
  const ended = new AbortController();
  const batches: LineBatch[] = [];
  const lines = source.follow(from, ended.signal)[Symbol.asyncIterator]();
  const pull = async (): Promise<void> => {
    const step = await lines.next();
    if (step.done === true) throw new Error("the source ended by itself");
    batches.push(step.value);
  };
  return {
    pull,
    async until(bytes) {
      while (batches.reduce((sum, batch) => sum + batch.bytes.length, 0) < bytes) await pull();
    },
    async noticed(kind) {
      while (!batches.some((batch) => batch.notices.some((notice) => notice.kind === kind))) await pull();
    },
    get bytes() {
      return Buffer.concat(batches.map((batch) => batch.bytes));
    },
    batches,
    get notices() {
      return batches.flatMap((batch) => batch.notices);
    },
    get position() {
      return batches.at(-1)?.position ?? from;
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await lines.return?.();
    },
  };
}
