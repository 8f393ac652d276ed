import type { Level } from "../model/finding.ts";
import type { Cell } from "./table.ts";

/** How a level looks on a terminal. */
export const LEVEL_STYLES: Readonly<Record<Level, NonNullable<Cell["style"]>>> = {
  critical: ["bold", "red"],
  high: "red",
  medium: "yellow",
  low: "cyan",
  informational: "dim",
};
