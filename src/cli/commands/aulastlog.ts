import type { DockwardenError } from "../../model/fault.ts";
import { AULASTLOG_USAGE, Aulastlog, LASTLOG_TYPES, readAulastlogOptions } from "../../reports/aulastlog.ts";
import { type CliCommand, EXIT } from "../command.ts";
import { hostUsers } from "../host-names.ts";
import { eachLibraryEvent, NoLog, OWN_HELP, ownOptions } from "../library-events.ts";
import type { LogPlace } from "../log-place.ts";
import { Output } from "../output.ts";

const FAILED = 1;
const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** Our own `-f FILE`, taken out of the real tool's options. */
function fileOption(argv: readonly string[]): {
  readonly file: string | null;
  readonly rest: readonly string[];
} {
  const at = argv.indexOf("-f");
  const file = at < 0 ? undefined : argv[at + 1];
  if (file === undefined) return { file: null, rest: argv };
  return { file, rest: [...argv.slice(0, at), ...argv.slice(at + 2)] };
}

/**
 * `dockwarden aulastlog`: the options and the output of the real tool (audit 3.0.9), over standard input (`--stdin`),
 * a log (`-f`), auditd's own logs (`--input-logs`), or else the database (`--db`, `--config-file`).
 */
export const command: CliCommand = {
  async run(argv, terminal) {
    if (argv.length === 1 && argv[0] === "--help") {
      terminal.out.write(AULASTLOG_USAGE + OWN_HELP);
      return EXIT.done;
    }
    const own = ownOptions(argv);
    const { file, rest } = fileOption(own.rest);
    const options = readAulastlogOptions(rest.map(latin1));
    if (options === null) {
      terminal.err.write(AULASTLOG_USAGE);
      return FAILED;
    }
    const output = new Output(terminal);
    const say = async (text: string, code: number): Promise<number> => {
      output.add(text);
      await output.flush();
      return code;
    };
    const users = hostUsers().filter(([name]) => options.user === null || options.user === name);
    if (options.user !== null && users.length === 0)
      return await say(`Unknown User: ${options.user}\n`, FAILED);
    const place: LogPlace | null =
      file !== null
        ? { kind: "path", path: file }
        : options.isStdin
          ? { kind: "stdin" }
          : own.isSystemLogs && own.db === null
            ? { kind: "system" }
            : null;
    const aulastlog = new Aulastlog(users);
    let damage: DockwardenError | null;
    try {
      damage = await eachLibraryEvent(
        place,
        own,
        LASTLOG_TYPES,
        (event) => aulastlog.add(event),
        () => aulastlog.pass(),
      );
    } catch (error) {
      if (!(error instanceof NoLog)) throw error;
      // The real tool says it here, and not on standard error.
      return await say(error.message, FAILED);
    }
    const code = await say(aulastlog.text(), EXIT.done);
    if (damage !== null) throw damage;
    return code;
  },
};
