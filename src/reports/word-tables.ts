import { sayTyped } from "../records/audit/interpret-text.ts";
import { machineOf } from "../records/audit/tables/machine.ts";

/** What some reports say in words, and the tables behind it. Read when such a report is asked for: that takes 3 ms. */
export const WORD_TABLES = { machineOf, sayTyped } as const;
export type WordTables = typeof WORD_TABLES;
