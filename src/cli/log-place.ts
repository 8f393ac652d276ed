/** Where the logs are: what was asked for on the command line. */
export type LogPlace =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "stdin" }
  /** Where auditd writes them. */
  | { readonly kind: "system" };

/** A log that cannot be read: what audit's tools print to standard error, and end with 1. */
export class LogUnreadable extends Error {}

/** True where standard input is a pipe: then the tools read it. */
export function isStdinPiped(): boolean {
  try {
    return process.getBuiltinModule("node:fs").fstatSync(0).isFIFO();
  } catch {
    return false;
  }
}
