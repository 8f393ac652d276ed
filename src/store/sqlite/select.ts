import type Database from "better-sqlite3";
import type { Span } from "../../ports/store.ts";
import type { Db } from "./database.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 100_000;

/** A condition and the values it binds; left out where a value is undefined. */
export type Condition = readonly [sql: string, ...values: (string | number | undefined)[]];

/** Answers filters over one table; each combination of conditions is prepared once. */
export type Select = (span: Span, conditions: readonly Condition[]) => string[];

/** Rows' `json` of `table` by time, newest first. @param time the column (or expression) that a span bounds. */
export function openSelect(db: Db, table: string, time: string, tie: string): Select {
  const prepared = new Map<string, Database.Statement<(string | number)[], string>>();
  return (span, conditions) => {
    const all: Condition[] = [...conditions, [`${time} >= ?`, span.sinceMs], [`${time} < ?`, span.untilMs]];
    const used = all.filter((condition) => !condition.includes(undefined));
    const where = used.length === 0 ? "" : `WHERE ${used.map(([sql]) => sql).join(" AND ")}`;
    const way = span.oldestFirst === true ? "ASC" : "DESC";
    const sql = `SELECT json FROM ${table} ${where} ORDER BY ${time} ${way}, ${tie} ${way} LIMIT ?`;
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = db.prepare<(string | number)[], string>(sql).pluck();
      prepared.set(sql, statement);
    }
    const limit = Math.max(0, Math.min(span.limit ?? DEFAULT_LIMIT, MAX_LIMIT));
    return statement.all(...used.flatMap(([, ...values]) => values as (string | number)[]), limit);
  };
}

/** Rows that were written by us, as what they are. */
export const parseAll = <T>(rows: readonly string[]): T[] => rows.map((row) => JSON.parse(row) as T);

/** Escapes `%`, `_` and `\` for LIKE … ESCAPE '\'. */
export const likeText = (text: string): string => text.replaceAll(/[\\%_]/g, (char) => `\\${char}`);
