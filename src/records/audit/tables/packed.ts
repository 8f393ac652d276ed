/** Reads a packed list: names in the order of their number, `@N` where the next number is not the last one plus 1. */
export function namesByNumber(packed: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  let next = 0;
  for (const word of packed.split(" ")) {
    if (word.startsWith("@")) next = Number(word.slice(1));
    else {
      names.set(next, word);
      next += 1;
    }
  }
  return names;
}

/** A table that is read when it is first asked for: a command that asks for none starts without reading them all. */
export function readOnce<T>(read: () => T): () => T {
  let table: T | undefined;
  return () => {
    table ??= read();
    return table;
  };
}
