import { styleText } from "node:util";
import { printable } from "../lib/printable.ts";
import type { Terminal } from "./command.ts";

/** A cell's text, and how it looks on a terminal. Text from logs need not be escaped: the table does it. */
export interface Cell {
  readonly text: string;
  readonly style?: Parameters<typeof styleText>[0];
}

/** One column: its heading, and what it says of a row. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string | Cell;
  readonly align?: "left" | "right";
}

const MIN_LAST_COLUMN = 20;

/**
 * Writes rows under headings: aligned, coloured and cut to the terminal's width (the last column only) on a terminal;
 * in a pipe the same columns, aligned, whole and plain.
 */
export function writeTable<Row>(
  terminal: Terminal,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): void {
  const cells = rows.map((row) =>
    columns.map(({ cell }) => {
      const value = cell(row);
      return typeof value === "string"
        ? { text: printable(value) }
        : { ...value, text: printable(value.text) };
    }),
  );
  const widths = columns.map(({ head }, at) =>
    Math.max(head.length, ...cells.map((row) => row[at]?.text.length ?? 0)),
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const room = terminal.isTerminal
    ? Math.max(MIN_LAST_COLUMN, terminal.columns - before)
    : Number.POSITIVE_INFINITY;
  const write = (texts: readonly Cell[]): void => {
    const parts = texts.map(({ text, style }, at) => {
      const isLast = at === texts.length - 1;
      const fitted = isLast && text.length > room ? `${text.slice(0, room - 1)}…` : text;
      const width = widths[at] ?? 0;
      const padded =
        columns[at]?.align === "right" ? fitted.padStart(width) : isLast ? fitted : fitted.padEnd(width);
      return style !== undefined && terminal.isTerminal ? styleText(style, padded) : padded;
    });
    terminal.out.write(`${parts.join("  ").trimEnd()}\n`);
  };
  write(columns.map(({ head }) => ({ text: head, style: "dim" })));
  for (const row of cells) write(row);
}
