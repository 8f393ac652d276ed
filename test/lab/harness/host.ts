import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { eventually } from "./eventually.ts";
import { type Program, type Ran, runProgram, startProgram } from "./program.ts";

/**
 * A machine of its own as far as files go: a private mount namespace (and host name) with its own /etc, /home, /run, /dev, /var/log
 * and /var/lib, all in memory. The daemons run in it on their production paths, and the machine around it sees none of
 * it. The kernel, its audit system, the process table and the loopback network are the machine's.
 */
export interface LabHost extends AsyncDisposable {
  /** A temporary directory that both sides see under the same name. */
  readonly dir: string;
  /** The outside's name of a path in the host. */
  path(inside: string): string;
  /** Writes a file in the host, with its directories. */
  write(inside: string, text: string, mode?: number): void;
  /** Runs a command in the host to its end. */
  run(argv: readonly string[], options?: Parameters<typeof runProgram>[1]): Promise<Ran>;
  /** Starts a program in the host that stays. */
  start(argv: readonly string[], options?: Parameters<typeof startProgram>[1]): Program;
}

/** Opens a host. Disposing of it ends whatever still runs in it. Needs root. @param name its host name, as logs carry it. */
export async function openHost(name = "lab"): Promise<LabHost> {
  const dir = mkdtempSync(join(tmpdir(), "dockwarden-lab-"));
  chmodSync(dir, 0o755);
  mkdirSync(join(dir, "root"));
  const holder = spawn(
    "unshare",
    [
      "--mount",
      "--uts",
      "--propagation",
      "private",
      "setpriv",
      "--pdeathsig",
      "KILL",
      "bash",
      join(import.meta.dirname, "host.sh"),
      join(dir, "root"),
      name,
    ],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  let said = "";
  holder.stdout.on("data", (text: Buffer) => (said += text.toString()));
  holder.stderr.on("data", (text: Buffer) => (said += text.toString()));
  await eventually("the lab host's mounts", () => {
    if (holder.exitCode !== null) throw new Error(said);
    return said.includes("ready");
  });
  const pid = holder.pid ?? 0;
  const root = `/proc/${pid}/root`;
  const namespace = readlinkSync(`/proc/${pid}/ns/mnt`);
  // A copy: audit rules watch who runs nsenter itself, and we are none of what is tested.
  const nsenter = join(dir, "enter");
  copyFileSync("/usr/bin/nsenter", nsenter);
  const enter = [nsenter, `--mount=/proc/${pid}/ns/mnt`, `--uts=/proc/${pid}/ns/uts`, "--"];
  const path = (inside: string) => root + inside;

  return {
    dir,
    path,
    write(inside, text, mode = 0o644) {
      mkdirSync(dirname(path(inside)), { recursive: true });
      writeFileSync(path(inside), text);
      chmodSync(path(inside), mode);
    },
    run: (argv, options) => runProgram([...enter, ...argv], options),
    start: (argv, options) => startProgram([...enter, ...argv], { cwd: "/", ...options }),
    async [Symbol.asyncDispose]() {
      for (const stray of processesIn(namespace)) if (stray !== pid) killQuietly(stray);
      holder.stdin.end();
      if (holder.exitCode === null) await once(holder, "exit");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Processes whose mount namespace is this one. */
function processesIn(namespace: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/ns/mnt`) === namespace;
      } catch {
        return false;
      }
    });
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
