import {
  arch,
  bareFlag,
  escape,
  exit,
  flag,
  format,
  group,
  interpret,
  loginuid,
  type OptionContext,
  process,
  type Reader,
  type Reading,
  raw,
  serial,
  session,
  success,
  syscall,
  text,
  time,
  timeout,
  types,
  user,
  withWord,
} from "./option-readers.ts";
import { anyEvent, type SearchOptions } from "./selectors.ts";

/** A command line that was understood, or what ends the command: its texts and its exit code. */
export type ReadOptions =
  | { readonly ok: true; readonly options: SearchOptions }
  | { readonly ok: false; readonly out: string; readonly err: string; readonly code: number };

const READERS: ReadonlyMap<string, Reader> = new Map(
  (
    [
      ["-a --event", serial],
      ["--arch", arch],
      ["-c --comm", text("comm")],
      ["--checkpoint", withWord((word, { options }) => ((options.checkpoint = word), null))],
      ["--debug", flag((options) => (options.isDebug = true))],
      ["-e --exit", exit],
      ["--escape", escape],
      ["--eoe-timeout", timeout],
      ["--extra-keys", bareFlag((options) => (options.extraKeys = true))],
      ["--extra-labels", bareFlag((options) => (options.extraLabels = true))],
      ["--extra-obj2", bareFlag((options) => (options.extraObject2 = true))],
      ["--extra-time", bareFlag((options) => (options.extraTime = true))],
      ["-f --file", text("file")],
      ["--format", format],
      [
        "-ga --gid-all",
        group("Group", ({ select }, id) => {
          select.gid = id;
          select.egid = id;
          select.anyGid = true;
        }),
      ],
      ["-ge --gid-effective", group("Effective group", ({ select }, id) => (select.egid = id))],
      ["-gi --gid", group("Group", ({ select }, id) => (select.gid = id))],
      ["-hn --host", text("hostname")],
      ["-i --interpret", interpret],
      ["-if --input", withWord((word, { options }) => ((options.input = word), null))],
      ["--input-logs", flag((options) => (options.isSystemLogs = true))],
      ["--just-one", flag((options) => (options.isJustOne = true))],
      ["-k --key", text("key")],
      ["-l --line-buffered", flag(() => {})],
      ["-m --message", types],
      ["-n --node", withWord((word, { options }) => ((options.select.nodes ??= []).push(word), null))],
      ["-o --object", text("object")],
      ["-p --pid", process("pid", "Process id")],
      ["-pp --ppid", process("ppid", "Parent process id")],
      ["-r --raw", raw],
      ["-sc --syscall", syscall],
      [
        "-se --context",
        withWord((word, { options: { select } }) => {
          select.subject = word;
          select.object = word;
          select.anyContext = true;
          return null;
        }),
      ],
      ["--session", session],
      ["-su --subject", text("subject")],
      ["-sv --success", success],
      ["-te --end", time("end")],
      ["-ts --start", time("start")],
      ["-tm --terminal", text("terminal")],
      [
        "-ua --uid-all",
        user("User", ({ select }, id, name) => {
          select.uid = id;
          select.euid = id;
          select.loginuid = id;
          select.anyUid = true;
          if (name === null) return;
          select.uidName = name;
          select.euidName = name;
          select.loginuidName = name;
        }),
      ],
      [
        "-ue --uid-effective",
        user("User", ({ select }, id, name) => {
          select.euid = id;
          select.euidName = name ?? select.euidName;
        }),
      ],
      [
        "-ui --uid",
        user("Effective user", ({ select }, id, name) => {
          select.uid = id;
          select.uidName = name ?? select.uidName;
        }),
      ],
      ["-ul --loginuid", loginuid],
      ["-uu --uuid", text("uuid")],
      ["-vm --vm-name", text("vmname")],
      ["-w --word", flag(({ select }) => (select.isExact = true))],
      ["-x --executable", text("exe")],
    ] as readonly (readonly [string, Reader])[]
  ).flatMap(([names, read]) => names.split(" ").map((name) => [name, read] as const)),
);

const usage = async (): Promise<string> => (await import("./usage.ts")).USAGE;

/** Reads a command line as `ausearch` of audit 3.0.9 does: its own way, option by option up to the first fault. */
export async function readSearchOptions(
  argv: readonly string[],
  context: OptionContext,
): Promise<ReadOptions> {
  const fail = (err: string): ReadOptions => ({ ok: false, out: "", err, code: 1 });
  if (argv.length === 0) return { ok: false, out: await usage(), err: "", code: 1 };
  const options: SearchOptions = {
    select: anyEvent(),
    format: "default",
    escape: "tty",
    input: null,
    isSystemLogs: false,
    isJustOne: false,
    isDebug: false,
    timeoutSec: 0,
    checkpoint: null,
    isCheckpointTime: false,
    extraKeys: false,
    extraLabels: false,
    extraObject2: false,
    extraTime: false,
  };
  let at = 0;
  let fault: string | null = null;
  while (at < argv.length && fault === null) {
    const name = argv[at] ?? "";
    if (name === "-h" || name === "--help") return { ok: false, out: await usage(), err: "", code: 0 };
    if (name === "-v" || name === "--version")
      return { ok: false, out: "ausearch version 3.0.9\n", err: "", code: 0 };
    const next = argv[at + 1];
    const word = next === undefined || next.startsWith("-") ? null : next;
    const reading: Reading = { argv, at, name, word, options, context };
    const read = READERS.get(name);
    fault = read === undefined ? `${name} is an unsupported option\n` : await read(reading);
    at = reading.at + 1;
  }
  const { extraKeys, extraLabels, extraObject2, extraTime } = options;
  if ((extraKeys || extraLabels || extraObject2 || extraTime) && options.format !== "csv")
    fault = `${fault ?? ""}--extra options requires format to be csv\n`;
  return fault === null ? { ok: true, options } : fail(fault);
}
