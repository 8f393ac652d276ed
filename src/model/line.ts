import type { EpochMs } from "./ids.ts";

/** The three things that are followed. */
export type SourceName = "audit" | "docker" | "sshd";
export const SOURCE_NAMES: readonly SourceName[] = ["audit", "docker", "sshd"];

/** Where reading goes on after a restart. */
export type Position =
  /** A file: offset of the next byte to read, and the end of the last line (≤ 256 bytes, base64) to recognise it by. */
  | {
      readonly kind: "file";
      readonly path: string;
      readonly dev: string;
      readonly ino: string;
      readonly offset: number;
      readonly lastLine: string;
      /** When the file was last written to at that time; tells, once it is gone, which other files are newer. */
      readonly mtimeMs?: number;
    }
  /** systemd's journal: the opaque `__CURSOR` of the last line. */
  | { readonly kind: "journal"; readonly cursor: string }
  /** Docker's event stream: time of the newest event and the refs already given at that time. */
  | { readonly kind: "docker"; readonly sinceNano: string; readonly seen: readonly string[] };

/** Something the source itself noticed, kept in the loss ledger and shown to people. */
export interface SourceNotice {
  readonly source: SourceName;
  readonly kind:
    | "rotated"
    | "truncated"
    | "replaced"
    | "gap"
    | "overlong-line"
    | "reconnected"
    | "inferred"
    | "dropped"
    | "kernel-lost"
    | "serial-gap"
    | "fault";
  readonly timeMs: EpochMs;
  readonly text: string;
  /** How many lines or events are concerned; 0 where nothing was lost. */
  readonly count: number;
}

/**
 * Whole lines as they were read, verbatim, each with its newline (the file's last line, once it is final, may lack
 * one). Audit and sshd lines are the log's bytes; a Docker line is one {@link DockerLine} as JSON.
 * `position` is where reading goes on once these lines are committed. At most 256 KiB or one overlong line.
 */
export interface LineBatch {
  readonly source: SourceName;
  readonly bytes: Buffer;
  readonly position: Position;
  /** Read at a first start from what the log already held: goes into a digest, raises no notification of its own. */
  readonly backfill: boolean;
  readonly notices: readonly SourceNotice[];
  readonly readMs: EpochMs;
}

/** How a source is doing, in words for the page and `doctor`. `mend` is one command that a person can paste. */
export interface SourceHealth {
  readonly source: SourceName;
  readonly state: "starting" | "up" | "down";
  readonly sinceMs: EpochMs;
  readonly detail: string;
  readonly mend: string | null;
  readonly lines: number;
  readonly bytes: number;
  readonly lastLineMs: EpochMs | null;
}

/** One line of the Docker source: the daemon's own event object, and inspect's answer where one was fetched. */
export interface DockerLine {
  readonly event: unknown;
  readonly inspect: unknown;
  /** Not seen on the stream: concluded from list and inspect after a gap. */
  readonly inferred: boolean;
}
