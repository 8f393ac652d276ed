/** Which rows hang on what: asked for when something changes, told anew when a row is worked out again. */
export class Watch {
  readonly #byKey = new Map<string, Set<string>>();
  readonly #byRef = new Map<string, readonly string[]>();

  set(ref: string, keys: readonly string[]): void {
    this.delete(ref);
    this.#byRef.set(ref, keys);
    for (const key of keys) {
      const refs = this.#byKey.get(key) ?? new Set();
      refs.add(ref);
      this.#byKey.set(key, refs);
    }
  }
  delete(ref: string): void {
    for (const key of this.#byRef.get(ref) ?? []) {
      const refs = this.#byKey.get(key);
      refs?.delete(ref);
      if (refs?.size === 0) this.#byKey.delete(key);
    }
    this.#byRef.delete(ref);
  }
  of(key: string): Iterable<string> {
    return this.#byKey.get(key) ?? [];
  }
}
