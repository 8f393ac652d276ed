/** What libauparse keeps of a path. */
const PATH_BYTES = 4096;

/**
 * Makes paths whole, as libauparse does: a relative one begins at the working directory, and `..` is taken out. That
 * library shortens a path in a buffer that it never empties, so that a path that ends in `..` is said with what stood
 * there before; that is kept.
 */
export class PathWords {
  #buffer = "";

  whole(path: string, cwd: string): string {
    if (path.startsWith("/")) return path.includes("..") ? this.#shortened(path) : path;
    const joined = `${cwd}/${path}`;
    return joined.startsWith(".") ? joined : this.#shortened(joined);
  }

  #shortened(path: string): string {
    let end = 0;
    for (const part of path.split("/")) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        // Back to behind the slash; what stands there stays until it is written over.
        do end = Math.max(end - 1, 0);
        while (end > 0 && this.#buffer[end - 1] !== "/");
        continue;
      }
      const head = this.#buffer.slice(0, end);
      this.#buffer = head.endsWith("/") ? head : `${head}/`;
      end = this.#buffer.length;
      if (end + part.length >= PATH_BYTES) break;
      this.#buffer += part;
      end += part.length;
    }
    return this.#buffer;
  }
}
