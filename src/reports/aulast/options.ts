/** What `aulast` was asked for. Texts are latin1. */
export interface AulastOptions {
  isBad: boolean;
  isDebug: boolean;
  hasProof: boolean;
  /** Write the records that the list comes from to a file. */
  isExtracted: boolean;
  isStdin: boolean;
  file: string | null;
  user: string | null;
  tty: string | null;
}

/** A command line that was understood, or what is printed to standard error. */
export type ReadAulast =
  | { readonly ok: true; readonly options: AulastOptions }
  | { readonly ok: false; readonly error: string };

/** What the tool prints where an option is wrong. */
export const AULAST_USAGE =
  "usage: aulast [--bad] [--debug] [--stdin] [--proof] [--extract] [-f file] [--user name] [--tty tty]\n";

/** Reads a command line as `aulast` of audit 3.0.9 does: an option that lacks its word is as if it were not there. */
export function readAulastOptions(argv: readonly string[]): ReadAulast {
  const options: AulastOptions = {
    isBad: false,
    isDebug: false,
    hasProof: false,
    isExtracted: false,
    isStdin: false,
    file: null,
    user: null,
    tty: null,
  };
  const wrong = (error: string): ReadAulast => ({ ok: false, error });
  for (let at = 0; at < argv.length; at += 1) {
    const next = argv[at + 1] ?? null;
    switch (argv[at] ?? "") {
      case "-f":
        if (options.isStdin) return wrong("stdin already given\n");
        options.file = next;
        at += 1;
        break;
      case "--stdin":
        if (options.file !== null) return wrong("file already given\n");
        options.isStdin = true;
        break;
      case "--user":
        if (options.user !== null) return wrong(AULAST_USAGE);
        options.user = next;
        at += 1;
        break;
      case "--tty":
        if (options.tty !== null) return wrong(AULAST_USAGE);
        options.tty = next;
        at += 1;
        break;
      case "--bad":
        options.isBad = true;
        break;
      case "--proof":
        options.hasProof = true;
        break;
      case "--extract":
        options.isExtracted = true;
        break;
      case "--debug":
        options.isDebug = true;
        break;
      default:
        return wrong(AULAST_USAGE);
    }
  }
  return { ok: true, options };
}
