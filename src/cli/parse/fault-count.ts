import type { GroupFault } from "../../events/audit/groups.ts";
import { printable } from "../../lib/printable.ts";
import type { SkippedLine } from "../../lib/whole-lines.ts";
import type { Terminal } from "../command.ts";

/** How many faults are told one by one. */
const FAULTS_SHOWN = 20;

/** Counts what was not understood, and tells the first ones with their byte offset. */
export interface FaultCount {
  readonly total: number;
  add(fault: Omit<GroupFault, "length">): void;
  /** A line of more than `maxBytes` was skipped. */
  addLong(line: SkippedLine, maxBytes: number): void;
  end(): void;
}

/** @param name the log, as it is told. */
export function faultCount(name: string, terminal: Terminal): FaultCount {
  let total = 0;
  const add: FaultCount["add"] = ({ fault, offset, excerpt }) => {
    total += 1;
    if (total <= FAULTS_SHOWN)
      terminal.err.write(
        `dockwarden: ${name}: byte ${offset + fault.at}: ${fault.reason}, got '${printable(excerpt.slice(fault.at, fault.at + 40))}' (${fault.code})\n`,
      );
  };
  return {
    get total() {
      return total;
    },
    add,
    addLong: ({ offset, length }, maxBytes) =>
      add({
        fault: { code: "DW_LINE_LONG", reason: `a line of at most ${maxBytes} bytes is read`, at: 0 },
        offset,
        excerpt: `${length} bytes`,
      }),
    end() {
      if (total > 0)
        terminal.err.write(
          `dockwarden: ${name}: ${total} ${total === 1 ? "line was" : "lines were"} not understood\n`,
        );
    },
  };
}
