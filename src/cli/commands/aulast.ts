import { closeSync, openSync, writeSync } from "node:fs";
import { Aulast, LAST_TYPES } from "../../reports/aulast/aulast.ts";
import { AULAST_USAGE, type AulastOptions, readAulastOptions } from "../../reports/aulast/options.ts";
import { type CliCommand, EXIT } from "../command.ts";
import { hostNames } from "../host-names.ts";
import { eachLibraryEvent, NoLog, OWN_HELP, type OwnOptions, ownOptions } from "../library-events.ts";
import type { LogPlace } from "../log-place.ts";
import { Output } from "../output.ts";

const FAILED = 1;
/** Where `--extract` writes to, in the working directory. */
const EXTRACT_FILE = "aulast.log";
const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** Null is the database. */
function placeOf({ file, isStdin }: AulastOptions, { db, isSystemLogs }: OwnOptions): LogPlace | null {
  if (file !== null) return { kind: "path", path: Buffer.from(file, "latin1").toString("utf8") };
  if (isStdin) return { kind: "stdin" };
  return isSystemLogs && db === null ? { kind: "system" } : null;
}

/**
 * `dockwarden aulast`: the options and the output of the real tool (audit 3.0.9), over a log (`-f`, `--stdin`),
 * auditd's own logs (`--input-logs`), or else the database (`--db`, `--config-file`).
 */
export const command: CliCommand = {
  async run(argv, terminal) {
    if (argv.length === 1 && argv[0] === "--help") {
      terminal.out.write(AULAST_USAGE + OWN_HELP);
      return EXIT.done;
    }
    const own = ownOptions(argv);
    const read = readAulastOptions(own.rest.map(latin1));
    if (!read.ok) {
      terminal.err.write(read.error);
      return FAILED;
    }
    const { options } = read;
    const output = new Output(terminal);
    const file = options.isExtracted ? openSync(EXTRACT_FILE, "w") : null;
    const aulast = new Aulast({
      options,
      names: hostNames(),
      nowSec: Math.floor(Date.now() / 1000),
      out: (text) => output.add(text),
      err: (text) => void terminal.err.write(Buffer.from(text, "latin1")),
      extract: (line) => void (file === null ? 0 : writeSync(file, line, null, "latin1")),
    });
    try {
      const damage = await eachLibraryEvent(placeOf(options, own), own, LAST_TYPES, (event) =>
        aulast.add(event),
      );
      aulast.end();
      if (damage !== null) throw damage;
    } catch (error) {
      if (!(error instanceof NoLog)) throw error;
      terminal.err.write(error.message);
      return FAILED;
    } finally {
      await output.flush();
      if (file !== null) closeSync(file);
    }
    return EXIT.done;
  },
};
