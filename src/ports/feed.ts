import type { SourceName } from "../model/line.ts";

/** What one commit, or several that are told together, changed. The listener reads the rows themselves from the store. */
export interface Change {
  /** The sources that lines were committed from. */
  readonly sources: readonly SourceName[];
  /** Alerts that are new or changed. */
  readonly alerts: number;
}

/** Tells that something was committed, so that a page need not ask again and again. */
export interface Feed {
  /** Changes from now on, several commits joined into one; disposing ends it. The listener must not throw. */
  subscribe(listener: (change: Change) => void): Disposable;
}
