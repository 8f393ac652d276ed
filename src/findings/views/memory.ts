import type { StateRow } from "../../model/batch.ts";
import { ContainerTable } from "./containers.ts";
import { EndTable } from "./ends.ts";
import { NoveltyTable } from "./novelty.ts";
import { ProcessTable } from "./processes.ts";

/** What is remembered of earlier events, for fields that one event does not have. */
export class Memory {
  readonly processes = new ProcessTable();
  readonly containers = new ContainerTable();
  readonly ends = new EndTable();
  readonly novelty = new NoveltyTable();

  constructor(rows: readonly StateRow[]) {
    this.processes.restore(rows);
    this.containers.restore(rows);
    this.ends.restore(rows);
    this.novelty.restore(rows);
  }

  drain(): readonly StateRow[] {
    return [this.processes, this.containers, this.ends, this.novelty].flatMap((table) => table.drain());
  }
}
