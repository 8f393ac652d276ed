import type { StateRow } from "../../model/batch.ts";
import type { DockerEvent } from "../../model/event.ts";

/** What later events of a container need of its creation, which alone comes with inspect's answer. */
export interface ContainerMemory {
  /** The healthcheck as an exec's command line reads; null where there is none. */
  readonly healthcheck: string | null;
  readonly privileged: boolean;
  readonly autoRemove: boolean;
}

const PREFIX = "container:";
const MOST_CONTAINERS = 4096;

/** Remembers containers from create or start until they are destroyed. */
export class ContainerTable {
  readonly #byId = new Map<string, ContainerMemory>();
  readonly #changed = new Set<string>();

  restore(rows: readonly StateRow[]): void {
    for (const { key, json } of rows)
      if (key.startsWith(PREFIX) && json !== null)
        this.#byId.set(key.slice(PREFIX.length), JSON.parse(json) as ContainerMemory);
  }

  /** Takes note of what an event says; call it before rules look at the event. */
  learn({ container, facts, type }: DockerEvent): void {
    if (container === null || type !== "container" || facts === null) return;
    this.#byId.delete(container);
    this.#byId.set(container, {
      healthcheck: healthcheckCommand(facts.healthcheck),
      privileged: facts.privileged,
      autoRemove: facts.autoRemove,
    });
    this.#changed.add(container);
    if (this.#byId.size <= MOST_CONTAINERS) return;
    const [oldest] = this.#byId.keys();
    if (oldest === undefined) return;
    this.#byId.delete(oldest);
    this.#changed.add(oldest);
  }

  /** A container that is gone needs no memory; call it after rules looked at the event. */
  forget({ container, type, action }: DockerEvent): void {
    if (container === null || type !== "container" || action !== "destroy") return;
    if (this.#byId.delete(container)) this.#changed.add(container);
  }

  find(container: string | null): ContainerMemory | null {
    return container === null ? null : (this.#byId.get(container) ?? null);
  }

  drain(): readonly StateRow[] {
    const rows = [...this.#changed].map((id): StateRow => {
      const memory = this.#byId.get(id);
      return {
        stage: "findings",
        key: `${PREFIX}${id}`,
        json: memory === undefined ? null : JSON.stringify(memory),
      };
    });
    this.#changed.clear();
    return rows;
  }
}

/** Docker runs `CMD-SHELL` with a shell and `CMD` as it stands (moby daemon/health.go). */
function healthcheckCommand([kind, ...words]: readonly string[]): string | null {
  if (kind === "CMD-SHELL") return `/bin/sh -c ${words.join(" ")}`;
  return kind === "CMD" ? words.join(" ") : null;
}
