import type { GroupFault } from "../../events/audit/groups.ts";
import { printable } from "../../lib/printable.ts";
import type { Terminal } from "../command.ts";

/** How many faults are told one by one. */
const FAULTS_SHOWN = 20;

/** Counts what was not understood, and tells the first ones with their byte offset. */
export interface FaultCount {
  readonly total: number;
  add(fault: Omit<GroupFault, "length">): void;
  end(): void;
}

/** @param name the log, as it is told. */
export function faultCount(name: string, terminal: Terminal): FaultCount {
  let total = 0;
  return {
    get total() {
      return total;
    },
    add({ fault, offset, excerpt }) {
      total += 1;
      if (total <= FAULTS_SHOWN)
        terminal.err.write(
          `dockwarden: ${name}: byte ${offset + fault.at}: ${fault.reason}, got '${printable(excerpt.slice(fault.at, fault.at + 40))}' (${fault.code})\n`,
        );
    },
    end() {
      if (total > 0)
        terminal.err.write(
          `dockwarden: ${name}: ${total} ${total === 1 ? "line was" : "lines were"} not understood\n`,
        );
    },
  };
}
