import { DockwardenError } from "../model/fault.ts";

/** What `dockwarden ausearch` takes beside the real tool's options. Texts are as they were typed. */
export interface OwnOptions {
  readonly db: string | null;
  readonly config: string | null;
  /** `--json`: one object an event a line. */
  readonly isJson: boolean;
  /** `--container`: a container's name, or the beginning of its id. */
  readonly container: string | null;
  /** `--login`: a session's number or id, or a user's name. */
  readonly login: string | null;
  /** The real tool's own. */
  readonly rest: readonly string[];
}

/** Behind the real tool's usage. */
export const OWN_HELP = `
Ours, beside the real tool's:
\t--db <file>\t\t\tsearch this database, instead of the configuration's
\t--config-file <file>\t\tour configuration
\t--json\t\t\t\tone JSON object an event a line
\t--container <name|id>\t\tthe events of a container's processes, and of who acted on it
\t--login <session|user>\t\tthe events of one login session; of a user, the last one's
`;

const WITH_WORD = {
  "--db": "db",
  "--config-file": "config",
  "--container": "container",
  "--login": "login",
} as const;
const isWithWord = (word: string): word is keyof typeof WITH_WORD => Object.hasOwn(WITH_WORD, word);

/**
 * Takes our own options out of a command line. Where nothing else is asked for, all events are.
 * @throws DockwardenError DW_CLI_OPTION where one lacks its word, or formats are mixed.
 */
export function ownOptions(argv: readonly string[]): OwnOptions {
  const found: Record<(typeof WITH_WORD)[keyof typeof WITH_WORD], string | null> = {
    db: null,
    config: null,
    container: null,
    login: null,
  };
  const rest: string[] = [];
  let isJson = false;
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    const next = argv[at + 1];
    if (word === "--json") isJson = true;
    else if (!isWithWord(word)) rest.push(word);
    else if (next === undefined)
      throw new DockwardenError("DW_CLI_OPTION", `ausearch: ${word} expects a word behind it`);
    else {
      found[WITH_WORD[word]] = next;
      at += 1;
    }
  }
  const isAsked = isJson || found.container !== null || found.login !== null;
  if (isAsked && rest.length === 0) rest.push("-m", "ALL");
  return { ...found, isJson, rest };
}
