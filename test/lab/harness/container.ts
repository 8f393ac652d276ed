import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { REPOSITORY } from "./dockwarden.ts";
import { eventually } from "./eventually.ts";
import { takeLock } from "./lock.ts";
import { type Ran, runProgram, startProgram } from "./program.ts";

const CACHE = "/var/cache/dockwarden-lab";
const SUITE = "bookworm";
/** libatomic1 is what the pinned Node wants beyond libc and libstdc++. */
const PACKAGES = "systemd,systemd-sysv,dbus,procps,libatomic1";

/** A booted systemd in a container, with the repository at /opt/dockwarden. Its files are thrown away at its end. */
export interface BootedContainer extends AsyncDisposable {
  /** Runs a shell command in it. */
  sh(command: string, options?: { readonly check?: boolean; readonly input?: string }): Promise<Ran>;
}

/** Debian's smallest system that boots; made once (about 2 minutes) and kept. */
async function ensureRoot(): Promise<string> {
  const key = createHash("sha256").update(PACKAGES).digest("hex").slice(0, 8);
  const root = join(CACHE, `${SUITE}-${key}`);
  await using _lock = await takeLock("debootstrap");
  if (existsSync(root)) return root;
  const part = `${root}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  await runProgram(["debootstrap", "--variant=minbase", `--include=${PACKAGES}`, SUITE, part], {
    timeoutMs: 540_000,
  });
  renameSync(part, root);
  return root;
}

/** Boots it. @param binds more `--bind=` or `--bind-ro=` arguments. */
export async function bootContainer(binds: readonly string[] = []): Promise<BootedContainer> {
  const root = await ensureRoot();
  const machine = `dockwarden-${process.pid}-${Date.now() % 100_000}`;
  const nspawn = startProgram(
    [
      "systemd-nspawn",
      "--quiet",
      `--directory=${root}`,
      "--volatile=overlay",
      "--boot",
      "--register=no",
      "--keep-unit",
      `--machine=${machine}`,
      "--console=pipe",
      `--bind-ro=${REPOSITORY}:/opt/dockwarden`,
      `--bind-ro=${realpathSync(join(REPOSITORY, "node_modules"))}:/opt/dockwarden/node_modules`,
      ...binds,
    ],
    { graceMs: 20_000 },
  );
  const stop = async (): Promise<void> => {
    // SIGRTMIN+4 to its systemd: power off. Node has no name for it.
    const leader = leaderOf(nspawn.pid);
    if (leader !== null) await runProgram(["kill", "-RTMIN+4", leader], { check: false });
    await Promise.race([nspawn.ended, sleep(10_000, undefined, { ref: false })]);
    await nspawn[Symbol.asyncDispose]();
  };
  const sh: BootedContainer["sh"] = (command, options) => {
    const leader = leaderOf(nspawn.pid) ?? "0";
    return runProgram(["nsenter", "--target", leader, "--all", "--", "sh", "-c", command], options);
  };
  try {
    await eventually(
      "systemd in the container to be up",
      async () => {
        if (nspawn.exit() !== null) throw new Error(nspawn.output());
        if (leaderOf(nspawn.pid) === null) return false;
        const { stdout } = await sh("systemctl is-system-running", { check: false });
        return /running|degraded/.test(stdout);
      },
      60_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { sh, [Symbol.asyncDispose]: stop };
}

/** The container's first process, a child of systemd-nspawn. */
function leaderOf(pid: number): string | null {
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const [child] = readFileSync(`/proc/${pid}/task/${task}/children`, "latin1").split(" ");
      if (child !== undefined && child !== "") return child;
    }
  } catch {
    // It has ended.
  }
  return null;
}
