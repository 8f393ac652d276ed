import type { DockerEvent } from "../../model/event.ts";
import type { EventRef } from "../../model/ids.ts";
import type { DockerFilter } from "../../ports/store.ts";
import type { Db } from "./database.ts";
import { likeText, openSelect, parseAll } from "./select.ts";

export interface DockerEvents {
  /** @returns how many were new. */
  add(events: readonly DockerEvent[]): number;
  has(ref: EventRef): boolean;
  select(filter: DockerFilter): readonly DockerEvent[];
}

/** Docker's events; a ref that is stored stays as it is. */
export function openDockerEvents(db: Db): DockerEvents {
  const insert = db.prepare<[string, number, string, string, string | null, string | null, string], void>(
    `INSERT INTO docker_event(ref, time, type, action, container, name, json) VALUES(?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT(ref) DO NOTHING`,
  );
  const has = db.prepare<[string], number>("SELECT 1 FROM docker_event WHERE ref = ?").pluck();
  const select = openSelect(db, "docker_event", "time", "id");
  return {
    add: (events) =>
      events.reduce((fresh, event) => {
        const { ref, timeMs, type, action, container, name } = event;
        return fresh + insert.run(ref, timeMs, type, action, container, name, JSON.stringify(event)).changes;
      }, 0),
    has: (ref) => has.get(ref) === 1,
    select({ action, container, containerLike, type, ...span }) {
      const like = containerLike === undefined ? undefined : likeText(containerLike);
      return parseAll<DockerEvent>(
        select(span, [
          ["action = ?", action],
          ["type = ?", type],
          ["container = ?", container],
          ["(name = ? OR container LIKE ? || '%' ESCAPE '\\')", containerLike, like],
        ]),
      );
    },
  };
}
