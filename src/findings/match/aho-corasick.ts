/**
 * Finds which of many literals occur in a text, in one pass. Characters are mapped to the classes that the literals
 * use, so the table stays small; everything else is class 0 and leads back to the start.
 */
export class AhoCorasick {
  readonly #classes = new Uint16Array(256);
  readonly #wide = new Map<number, number>();
  readonly #next: Int32Array;
  /** Per state (times width): which literals end there. */
  readonly #found: readonly (readonly number[] | null)[];
  readonly #width: number;

  /** @param literals none of them empty; their numbers are what `scan` reports. */
  constructor(literals: readonly string[]) {
    let width = 1;
    for (const literal of literals)
      for (let at = 0; at < literal.length; at++) {
        const code = literal.charCodeAt(at);
        if (this.#classOf(code) !== 0) continue;
        if (code < 256) this.#classes[code] = width++;
        else this.#wide.set(code, width++);
      }
    this.#width = width;
    const rows: Int32Array[] = [new Int32Array(width).fill(-1)];
    const ends: number[][] = [[]];
    for (const [number, literal] of literals.entries()) {
      let state = 0;
      for (let at = 0; at < literal.length; at++) {
        const symbol = this.#classOf(literal.charCodeAt(at));
        const row = rows[state] as Int32Array;
        let next = row[symbol] ?? -1;
        if (next < 0) {
          next = rows.length;
          row[symbol] = next;
          rows.push(new Int32Array(width).fill(-1));
          ends.push([]);
        }
        state = next;
      }
      ends[state]?.push(number);
    }
    link(rows, ends, width);
    this.#next = new Int32Array(rows.length * width);
    for (const [state, row] of rows.entries())
      for (let symbol = 0; symbol < width; symbol++)
        this.#next[state * width + symbol] = (row[symbol] ?? 0) * width;
    this.#found = ends.map((numbers) => (numbers.length === 0 ? null : numbers));
  }

  #classOf(code: number): number {
    return code < 256 ? (this.#classes[code] ?? 0) : (this.#wide.get(code) ?? 0);
  }

  /** Reports the literals that occur; one may be reported several times. */
  scan(text: string, report: (numbers: readonly number[]) => void): void {
    const width = this.#width;
    const next = this.#next;
    const found = this.#found;
    const classes = this.#classes;
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      state = next[state + (code < 256 ? (classes[code] ?? 0) : this.#classOf(code))] ?? 0;
      if (state === 0) continue;
      const numbers = found[state / width];
      if (numbers !== null && numbers !== undefined) report(numbers);
    }
  }
}

/** Breadth first: where to go on when a literal breaks off, and which shorter literals end there too. */
function link(rows: readonly Int32Array[], ends: readonly number[][], width: number): void {
  const fail = new Int32Array(rows.length);
  const queue: number[] = [];
  const root = rows[0] as Int32Array;
  for (let symbol = 0; symbol < width; symbol++) {
    const next = root[symbol] ?? -1;
    if (next < 0) root[symbol] = 0;
    else queue.push(next);
  }
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0;
    const row = rows[state] as Int32Array;
    const back = fail[state] ?? 0;
    ends[state]?.push(...(ends[back] ?? []));
    const backRow = rows[back] as Int32Array;
    for (let symbol = 0; symbol < width; symbol++) {
      const next = row[symbol] ?? -1;
      if (next < 0) row[symbol] = backRow[symbol] ?? 0;
      else {
        fail[next] = backRow[symbol] ?? 0;
        queue.push(next);
      }
    }
  }
}
