import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Waits for a lock that all test runs on this machine share, and holds it until disposed of. There is one kernel audit
 * system, so whoever starts auditd or loads rules holds `audit`. The lock goes with the process, also when it is killed.
 */
export async function takeLock(name: string): Promise<AsyncDisposable> {
  const child = spawn(
    "flock",
    [join(tmpdir(), `dockwarden-lab-${name}.lock`), "sh", "-c", "echo; exec cat"],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  await once(child.stdout, "data");
  return {
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
