import type { LineBatch, Position, SourceHealth } from "../model/line.ts";

/**
 * Something that is followed for ever. `follow` retries an absent source with jittered backoff and never throws for
 * one; it ends when `signal` aborts. `from` null means: a first start. The consumer's pull is the backpressure.
 */
export interface Source {
  readonly name: LineBatch["source"];
  follow(from: Position | null, signal: AbortSignal): AsyncIterable<LineBatch>;
  health(): SourceHealth;
}

/** The time of day, so that tests can set it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}
