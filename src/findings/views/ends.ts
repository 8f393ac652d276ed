import type { StateRow } from "../../model/batch.ts";
import type { DockerEvent } from "../../model/event.ts";

/** What ended a container's program: somebody's `kill` (or `stop`, which kills), or the kernel for want of memory. */
export type EndCause = "kill" | "oom";

const PREFIX = "end:";
const MOST_CONTAINERS = 4096;

/**
 * Remembers what was told of a container before it died. Exit code 137 alone may be either, and Docker loses some of the
 * kernel's notices: 4 of 40 on a busy lab host.
 */
export class EndTable {
  readonly #byId = new Map<string, EndCause>();
  readonly #changed = new Set<string>();

  restore(rows: readonly StateRow[]): void {
    for (const { key, json } of rows)
      if (key.startsWith(PREFIX) && json !== null)
        this.#byId.set(key.slice(PREFIX.length), JSON.parse(json) as EndCause);
  }

  /** Takes note of what an event says; call it before rules look at the event. A start begins anew. */
  learn({ container, type, action }: DockerEvent): void {
    if (container === null || type !== "container") return;
    if (action === "kill" || action === "oom") {
      this.#byId.delete(container);
      this.#byId.set(container, action);
      this.#changed.add(container);
      if (this.#byId.size <= MOST_CONTAINERS) return;
      const [oldest] = this.#byId.keys();
      if (oldest !== undefined) this.#forget(oldest);
    } else if (action === "start" || action === "destroy") this.#forget(container);
  }

  find(container: string | null): EndCause | null {
    return container === null ? null : (this.#byId.get(container) ?? null);
  }

  #forget(container: string): void {
    if (this.#byId.delete(container)) this.#changed.add(container);
  }

  drain(): readonly StateRow[] {
    const rows = [...this.#changed].map((id): StateRow => {
      const cause = this.#byId.get(id);
      return {
        stage: "findings",
        key: `${PREFIX}${id}`,
        json: cause === undefined ? null : JSON.stringify(cause),
      };
    });
    this.#changed.clear();
    return rows;
  }
}
