import { spawnSync } from "node:child_process";
import type { Ran } from "../reports/ran.ts";

/** Runs one of audit's own tools, in the C locale. Standard input is empty and no pipe, unless it is given. */
export function realTool(tool: string, argv: readonly string[], zone = "UTC", cwd = "/"): Ran {
  const { status, stdout, stderr } = spawnSync(tool, argv, {
    cwd,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: zone },
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 28,
  });
  return { code: status ?? -1, out: stdout.toString("latin1"), err: stderr.toString("latin1") };
}
