import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** What a finished command left. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running child. Disposing of it sends SIGTERM, after `graceMs` SIGKILL, and waits for its end. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Standard output and error so far, together. */
  readonly output: () => string;
  /** How it ended; null while it runs. */
  readonly exit: () => { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null;
  kill(signal: NodeJS.Signals): void;
  /** Resolves at its end. */
  readonly ended: Promise<void>;
}

/** A child dies with the test that started it, also when that is killed. */
const WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"] as const;

/** Starts a program that stays. */
export function startProgram(
  argv: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly graceMs?: number } = {},
): Program {
  const [command, ...args] = [...WITH_PARENT, ...argv];
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  let output = "";
  let exit: { code: number | null; signal: NodeJS.Signals | null } | null = null;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("latin1").on("data", (text: string) => {
      output = (output + text).slice(-1_000_000);
    });
  child.on("exit", (code, signal) => {
    exit = { code, signal };
  });
  const ended = once(child, "close").then(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error(`could not start ${argv.join(" ")}`);
  return {
    pid,
    output: () => output,
    exit: () => exit,
    ended,
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (exit !== null) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), options.graceMs ?? 15_000);
      // A grandchild may hold the pipes open: do not wait for their end longer than a moment.
      await once(child, "exit").catch(() => undefined);
      clearTimeout(timer);
      await Promise.race([ended, sleep(500, undefined, { ref: false })]);
      child.stdout.destroy();
      child.stderr.destroy();
    },
  };
}

/**
 * Runs a command to its end.
 * @param options.check throws where the exit code is not 0 (default true).
 * @throws Error with the command's own words.
 */
export async function runProgram(
  argv: readonly string[],
  options: {
    readonly input?: string | Buffer;
    readonly check?: boolean;
    readonly env?: NodeJS.ProcessEnv;
    readonly timeoutMs?: number;
  } = {},
): Promise<Ran> {
  const [command = "", ...args] = argv;
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    timeout: options.timeoutMs ?? 120_000,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => undefined).end(options.input ?? "");
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  if (options.check !== false && code !== 0)
    throw new Error(`${argv.join(" ")}: exit ${code ?? signal}\n${stdout}${stderr}`);
  return { code: code ?? 128, stdout, stderr };
}
