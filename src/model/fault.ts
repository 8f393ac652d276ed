/** What was wrong with one input text. `at` is a byte offset into it. */
export interface Fault {
  readonly code: string;
  readonly reason: string;
  readonly at: number;
}

/** The outcome of reading one text: bad input is a value, not an exception. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };

/**
 * A broken world or wrong use, said so that a person can act: what, which value, what was expected, what to do.
 * `code` is stable (`DW_…`); `retry` says whether trying again can help.
 */
export class DockwardenError extends Error {
  readonly code: string;
  readonly retry: boolean;
  constructor(code: string, text: string, options: { cause?: unknown; retry?: boolean } = {}) {
    super(`${text} (${code})`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DockwardenError";
    this.code = code;
    this.retry = options.retry ?? false;
  }
}
