import type { StateRow } from "../model/batch.ts";
import { type AuditFact, baseName } from "./audit-fact.ts";
import { type ContainerLink, isSameSession, type ProcessRow, UNSET } from "./rows.ts";
import { Table } from "./table.ts";

const MOST_PROCESSES = 20_000;
const MOST_EXECS = 64;
const RUNTIME = /^(runc|crun)$/;
const RUNTIME_MS = 60_000;
const ENGINE = /^(runc|crun|dockerd|containerd|containerd-shim.*|docker-init|docker-proxy)$/;
const ID = /^[0-9a-f]{64}$/;

/** One `runc exec`, for processes whose parent is only the shim. */
export interface RunExec {
  readonly execId: string;
  readonly timeMs: number;
}

/** Which process is whose child, and which belong to a container; from the execs that the audit log has. */
export class Processes {
  readonly #rows: Table<ProcessRow>;
  /** Execs by container, oldest first. */
  readonly #execs: Table<RunExec[]>;

  constructor(state: readonly StateRow[]) {
    this.#rows = new Table("process", state);
    this.#execs = new Table("runtime", state);
  }
  drain(): StateRow[] {
    return [...this.#rows.drain(), ...this.#execs.drain()];
  }
  get(pid: number): ProcessRow | undefined {
    return this.#rows.get(String(pid));
  }

  /** Notes an exec and what it says of containers. */
  exec(fact: AuditFact): void {
    if (fact.pid === null || !fact.succeeded) return;
    const link = this.#runtimeLink(fact) ?? (isVerb(fact) ? null : this.linkOf(fact));
    const { pid, ppid, ses, exe, argv, timeMs } = fact;
    this.#rows.delete(String(pid));
    this.#rows.set(String(pid), { pid, ppid, ses, exe, argv: keptArguments(fact), startMs: timeMs, link });
    if (link?.execId != null && baseName(argv?.[0] ?? "") === "runc")
      this.#noteExec(link.container, link.execId, timeMs);
    if (this.#rows.size > MOST_PROCESSES) this.#forgetOldest();
  }

  /**
   * How a process belongs to a container: its own link or its parent's; null for the host's processes. A process in a
   * login's session is the host's, whatever its pid was before: containers descend from the daemon, which has none.
   */
  linkOf({
    pid,
    ppid,
    ses,
    exe,
    timeMs,
  }: Pick<AuditFact, "pid" | "ppid" | "ses" | "exe" | "timeMs">): ContainerLink | null {
    if (pid === null || !isSameSession(ses, UNSET)) return null;
    const own = this.get(pid);
    if (own?.link != null && own.startMs <= timeMs) return own.link;
    const parent = ppid === null ? undefined : this.get(ppid);
    const link = parent?.link ?? null;
    if (parent === undefined || link === null || !RUNTIME.test(baseName(parent.exe)) || isInit(parent))
      return link;
    // The runtime itself lives for moments; later its number is another's. While it creates a container it starts its
    // own init and the host's hooks: the program comes later, as the shim's child. An exec's program is its own child.
    const isGone = timeMs - parent.startMs > RUNTIME_MS;
    return isGone || (link.execId === null && !RUNTIME.test(baseName(exe))) ? null : link;
  }

  /** The program that ran under this pid in this session; undefined where the last one known was another session's. */
  inSession(pid: number, ses: number | null): ProcessRow | undefined {
    const row = this.get(pid);
    return row !== undefined && isSameSession(row.ses, ses) ? row : undefined;
  }

  /**
   * True where we know what runs under this pid. The engine's own programs come and go by the hundred and start no
   * client: where one had the number, another process has it now.
   */
  isKnown(pid: number | null, ses: number | null): boolean {
    const row = pid === null ? undefined : this.inSession(pid, ses);
    return row !== undefined && !ENGINE.test(baseName(row.exe));
  }

  /** The execs that a process below this container's shim can belong to, newest first: those begun before it. */
  execsBefore(container: string, timeMs: number): string[] {
    const execs = this.#execs.get(container) ?? [];
    return execs
      .filter((exec) => exec.timeMs <= timeMs)
      .map((exec) => exec.execId)
      .reverse();
  }

  /** Nothing is known of these containers any more: what bears the numbers of their processes is not theirs. */
  containersGone(containers: ReadonlySet<string>): void {
    if (containers.size === 0) return;
    for (const id of containers) this.#execs.delete(id);
    for (const [pid, { link }] of this.#rows.entries())
      if (link !== null && containers.has(link.container)) this.#rows.delete(pid);
  }

  /** The container's id and the exec's stand in the runtime's arguments. */
  #runtimeLink(fact: AuditFact): ContainerLink | null {
    const argv = fact.argv ?? [];
    const program = baseName(argv[0] ?? "");
    const evidence = { source: "audit", serial: fact.serial, ref: fact.ref } as const;
    if (program.startsWith("containerd-shim") && argv.includes("-namespace")) {
      // `start` is the launcher; the one without it is the shim that stays.
      const container = argv[argv.indexOf("-id") + 1] ?? "";
      return argv.includes("start") || argv.includes("delete") || !ID.test(container)
        ? null
        : { container, execId: null, viaShim: true, evidence };
    }
    if (!RUNTIME.test(program)) return null;
    const container = argv.at(-1) ?? "";
    if (!ID.test(container)) return null;
    if (argv.includes("exec")) {
      const pidFile = argv[argv.indexOf("--pid-file") + 1] ?? "";
      const execId = /([0-9a-f]{64})\.pid$/.exec(pidFile)?.[1] ?? null;
      return { container, execId, viaShim: false, evidence };
    }
    return argv.includes("create") ? { container, execId: null, viaShim: false, evidence } : null;
  }

  #noteExec(container: string, execId: string, timeMs: number): void {
    const execs = this.#execs.get(container) ?? [];
    if (execs.some((exec) => exec.execId === execId)) return;
    this.#execs.set(container, [...execs, { execId, timeMs }].slice(-MOST_EXECS));
  }

  /** Drops a tenth, those started first (rows stand in that order); containers' shims only where that is not enough. */
  #forgetOldest(): void {
    const goal = MOST_PROCESSES * 0.9;
    for (const keepsShims of [true, false])
      for (const [id, row] of this.#rows.entries()) {
        if (this.#rows.size <= goal) return;
        if (!keepsShims || row.link?.viaShim !== true || !row.exe.includes("shim")) this.#rows.delete(id);
      }
  }
}

/** The runtime's own process that becomes the container's program, or the exec's. */
const isInit = ({ exe, argv }: Pick<ProcessRow, "exe" | "argv">): boolean =>
  RUNTIME.test(baseName(exe)) && argv?.[1] === "init";

/** `runc start`, `state`, `kill`, `delete`: about a container, and no part of it. */
const isVerb = (fact: AuditFact): boolean => RUNTIME.test(baseName(fact.exe)) && !isInit(fact);

/** Only programs that may turn out to be clients of the API need theirs; a docker client's are in its own row. */
function keptArguments(fact: AuditFact): readonly string[] | null {
  const argv = fact.argv ?? [];
  const length = argv.reduce((sum, word) => sum + word.length, 0);
  return length <= 1024 ? argv : null;
}
