const FIRST_CAPACITY = 64;

/** Rows of numbers held by column: growable typed arrays. */
export class Columns<Name extends string> {
  readonly names: readonly Name[];
  /** How many rows. */
  count = 0;
  private arrays: Float64Array[];
  private readonly index: ReadonlyMap<Name, number>;

  constructor(names: readonly Name[], capacity = FIRST_CAPACITY) {
    this.names = names;
    this.index = new Map(names.map((name, at) => [name, at]));
    this.arrays = names.map(() => new Float64Array(capacity));
  }

  /** Takes whole columns over, all of one length, of which the first `count` values are set. */
  static from<Name extends string>(
    names: readonly Name[],
    arrays: readonly Float64Array[],
    count = arrays[0]?.length ?? 0,
  ): Columns<Name> {
    const columns = new Columns(names, 0);
    columns.arrays = [...arrays];
    columns.count = count;
    return columns;
  }

  /** A column's values; the first `count` are set. Valid until a row is added. */
  column(name: Name): Float64Array {
    return this.arrays[this.index.get(name) ?? -1] ?? new Float64Array(0);
  }

  /** Adds a row; values in the order of the names. */
  push(values: ArrayLike<number>): void {
    if (this.count === (this.arrays[0]?.length ?? 0)) this.grow(Math.max(FIRST_CAPACITY, this.count * 2));
    for (let at = 0; at < this.arrays.length; at++) {
      const array = this.arrays[at];
      if (array !== undefined) array[this.count] = values[at] ?? 0;
    }
    this.count++;
  }

  /** Adds all rows of another of the same names. */
  append(other: Columns<Name>): void {
    const total = this.count + other.count;
    if (total > (this.arrays[0]?.length ?? 0)) this.grow(Math.max(total, this.count * 2));
    for (const [at, name] of this.names.entries())
      this.arrays[at]?.set(other.column(name).subarray(0, other.count), this.count);
    this.count = total;
  }

  /** Takes rows out; the others keep their order. `rows` rise. */
  remove(rows: readonly number[]): void {
    if (rows.length === 0) return;
    for (const array of this.arrays)
      for (const [at, row] of rows.entries()) array.copyWithin(row - at, row + 1, rows[at + 1] ?? this.count);
    this.count -= rows.length;
  }

  get(row: number, name: Name): number {
    return this.column(name)[row] ?? 0;
  }

  set(row: number, name: Name, value: number): void {
    this.column(name)[row] = value;
  }

  private grow(capacity: number): void {
    this.arrays = this.arrays.map((old) => {
      const array = new Float64Array(capacity);
      array.set(old.subarray(0, this.count));
      return array;
    });
  }
}
