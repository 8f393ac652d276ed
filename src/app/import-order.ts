import { HeaderReader } from "../records/audit/header.ts";
import { type Input, openInput, wholeLines } from "./import-input.ts";

/** A log and when it begins. */
interface Dated {
  readonly path: string;
  /** Time and serial of its first audit line; null where it has none near its beginning, or cannot be looked at twice. */
  readonly first: { readonly timeMs: number; readonly serial: number } | null;
  /** The number behind `.log.` in a rotated file's name; 0 for the newest. */
  readonly rotation: number;
}

async function firstStamp(input: Input): Promise<Dated["first"]> {
  const header = new HeaderReader();
  try {
    for await (const bytes of wholeLines(input.bytes())) {
      for (let at = 0; at < bytes.length; ) {
        const newline = bytes.indexOf(10, at);
        const end = newline < 0 ? bytes.length : newline;
        if (header.read(bytes, at, end)) return { timeMs: header.timeMs, serial: header.serial };
        at = end + 1;
      }
      return null;
    }
  } catch {
    // Said when it is read in earnest.
  }
  return null;
}

/**
 * The logs in the order in which they were written: by first stamp, `audit.log.2` before `audit.log.1` where that does not
 * tell. Pipes come last, as given. Looks at the beginning of each file.
 * @throws DockwardenError DW_IMPORT_DIRECTORY, DW_IMPORT_UNREADABLE: before anything was imported.
 */
export async function inOrder(
  paths: readonly string[],
): Promise<readonly { path: string; sizeBytes: number | null }[]> {
  const logs: (Dated & { sizeBytes: number | null })[] = [];
  for (const path of paths) {
    if (path === "-") {
      logs.push({ path, first: null, rotation: -1, sizeBytes: null });
      continue;
    }
    // A FIFO's first bytes are gone once they are read: only its kind is looked at.
    using input = openInput(path, { isPeek: true });
    const rotation = Number(/\.(\d{1,6})(?:\.(?:gz|zst))?$/.exec(path)?.[1] ?? 0);
    logs.push({
      path,
      first: input.sizeBytes === null ? null : await firstStamp(input),
      rotation: input.sizeBytes === null ? -1 : rotation,
      sizeBytes: input.sizeBytes,
    });
  }
  const later = Number.POSITIVE_INFINITY;
  return logs.toSorted(
    (a, b) =>
      Number(a.sizeBytes === null) - Number(b.sizeBytes === null) ||
      compare(a.first?.timeMs ?? later, b.first?.timeMs ?? later) ||
      compare(a.first?.serial ?? 0, b.first?.serial ?? 0) ||
      b.rotation - a.rotation,
  );
}

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
