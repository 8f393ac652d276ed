import { createHash } from "node:crypto";
import type { Db } from "./database.ts";

const NEWLINE = 10;

/** Where another file begins in the audit stream. */
export interface Segment {
  readonly id: number;
  readonly start: number;
  readonly name: string;
}

/** The files that the audit stream was read from, in the order they were begun. */
export interface Segments {
  /** @param bytes begin with the file's first line. */
  begin(start: number, bytes: Buffer, name: string): void;
  /** All, in the order they were begun. */
  all(): readonly Segment[];
  /** Starts of segments whose first line is this one. */
  startsWith(firstLine: Buffer): readonly number[];
  /** Forgets segments within [from, to). */
  remove(from: number, to: number): void;
}

/** SHA-256 of the first line of `bytes`, its newline included. */
function hashOfFirstLine(bytes: Buffer): Buffer {
  const newline = bytes.indexOf(NEWLINE);
  return createHash("sha256")
    .update(newline < 0 ? bytes : bytes.subarray(0, newline + 1))
    .digest();
}

/** Opens the list of segments. */
export function openSegments(db: Db): Segments {
  const insert = db.prepare<[number, Buffer, string], void>(
    "INSERT INTO segment(start, first_line, name) VALUES(?, ?, ?) ON CONFLICT(start) DO NOTHING",
  );
  const all = db.prepare<[], Segment>("SELECT id, start, name FROM segment ORDER BY id");
  const matching = db.prepare<[Buffer], number>("SELECT start FROM segment WHERE first_line = ?").pluck();
  const remove = db.prepare<[number, number], void>("DELETE FROM segment WHERE start >= ? AND start < ?");
  return {
    begin: (start, bytes, name) => void insert.run(start, hashOfFirstLine(bytes), name),
    all: () => all.all(),
    startsWith: (firstLine) => matching.all(hashOfFirstLine(firstLine)),
    remove: (from, to) => void remove.run(from, to),
  };
}
