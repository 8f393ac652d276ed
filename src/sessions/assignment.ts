/** What stands in the matrix where a pair is impossible. */
const IMPOSSIBLE = 1e9;

/**
 * The assignment of rows to columns, each column at most once, that costs least (the Hungarian method with potentials,
 * rows ≤ columns, O(rows² · columns)). @returns for each row its column.
 */
export function assign(cost: readonly (readonly number[])[]): number[] {
  const rows = cost.length;
  const columns = cost[0]?.length ?? 0;
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const previous = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    const least = new Float64Array(columns + 1).fill(Infinity);
    const visited = new Uint8Array(columns + 1);
    let column = 0;
    do {
      visited[column] = 1;
      const current = rowOf[column] ?? 0;
      let delta = Infinity;
      let next = 0;
      for (let to = 1; to <= columns; to++) {
        if (visited[to] === 1) continue;
        const reduced =
          (cost[current - 1]?.[to - 1] ?? IMPOSSIBLE) -
          (rowPotential[current] ?? 0) -
          (columnPotential[to] ?? 0);
        if (reduced < (least[to] ?? 0)) {
          least[to] = reduced;
          previous[to] = column;
        }
        if ((least[to] ?? 0) < delta) {
          delta = least[to] ?? 0;
          next = to;
        }
      }
      for (let to = 0; to <= columns; to++) {
        if (visited[to] === 1) {
          const owner = rowOf[to] ?? 0;
          rowPotential[owner] = (rowPotential[owner] ?? 0) + delta;
          columnPotential[to] = (columnPotential[to] ?? 0) - delta;
        } else least[to] = (least[to] ?? 0) - delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    do {
      const before = previous[column] ?? 0;
      rowOf[column] = rowOf[before] ?? 0;
      column = before;
    } while (column !== 0);
  }
  const result = Array.from({ length: rows }, () => -1);
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column] ?? 0;
    if (row > 0) result[row - 1] = column - 1;
  }
  return result;
}

/** What an assignment costs altogether. */
export function costOf(cost: readonly (readonly number[])[], assignment: readonly number[]): number {
  return assignment.reduce((sum, column, row) => sum + (cost[row]?.[column] ?? IMPOSSIBLE), 0);
}

/** One event that has to find its client: what each client that fits would cost, in milliseconds of implausibility. */
export interface Demand {
  readonly options: readonly {
    readonly client: string;
    readonly actor: string;
    readonly cost: number;
    readonly once: boolean;
  }[];
}
export interface Choice {
  /** Null: leaving it without a client is the best of all. */
  readonly client: string | null;
  /** How much worse everything becomes if somebody else did it; Infinity where nobody else can have. */
  readonly marginMs: number;
}

/** Leaving an event without a client costs more than any implausibility of time. */
const UNSEEN_COST = 5000;
/** Beyond this many at once margins are not worked out: all are told apart by nothing. */
const MOST_AT_ONCE = 40;

/** Gives each of several events that happened together a client, so that the whole is most plausible. */
export function settle(demands: readonly Demand[]): Choice[] {
  const columns: { client: string; actor: string; slot: number }[] = [];
  const columnsOf = new Map<string, number[]>();
  for (const [row, { options }] of demands.entries())
    for (const { client, actor, once } of options) {
      const known = columnsOf.get(client) ?? [];
      // A client that can act often has a column for every event.
      if (once && known.length > 0) continue;
      known.push(columns.length);
      columnsOf.set(client, known);
      columns.push({ client, actor, slot: once ? -1 : row });
    }
  const cost = demands.map(({ options }, row) => {
    const byClient = new Map(options.map((option) => [option.client, option.cost]));
    const line = columns.map(({ client, slot }) =>
      slot === -1 || slot === row ? (byClient.get(client) ?? IMPOSSIBLE) : IMPOSSIBLE,
    );
    return [...line, ...demands.map((_, other) => (other === row ? UNSEEN_COST : IMPOSSIBLE))];
  });
  const best = assign(cost);
  const bestCost = costOf(cost, best);
  return demands.map((_, row) => {
    const column = columns[best[row] ?? -1];
    if (column === undefined) return { client: null, marginMs: 0 };
    if (demands.length > MOST_AT_ONCE) return { client: column.client, marginMs: 0 };
    const without = cost.map((line, other) =>
      other === row
        ? line.map((value, at) => (columns[at]?.actor === column.actor ? IMPOSSIBLE : value))
        : line,
    );
    const marginMs = costOf(without, assign(without)) - bestCost;
    return { client: column.client, marginMs: marginMs >= UNSEEN_COST / 2 ? Infinity : marginMs };
  });
}
