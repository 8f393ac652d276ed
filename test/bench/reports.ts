/**
 * `aureport` beside the real one, over a file and over the database, in one run: CPU seconds (user and system) of the
 * whole process, the best of `--runs`, and their ratio.
 *
 *   node test/bench/reports.ts --records 1000000 --runs 3
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    paths: { type: "string", default: "2400" },
    runs: { type: "string", default: "3" },
  },
});
const ROOT = join(import.meta.dirname, "../..");
const DOCKWARDEN = join(ROOT, "bin/dockwarden");
const REPORTS = [
  "-t",
  "-au",
  "-l",
  "-e",
  "-f",
  "-k",
  "-x",
  "-p",
  "-f --summary",
  "-k --summary",
  "-x --summary",
  "",
];

/** CPU seconds of one run: `times` of a shell that waits for it. */
function cpuSeconds(command: string, argv: readonly string[]): number {
  const { stdout } = spawnSync(
    "bash",
    ["-c", 'TIMEFORMAT="%U %S"; { time "$@" >/dev/null 2>&1; } 2>&1', "-", command, ...argv],
    {
      encoding: "utf8",
      env: { ...process.env, TZ: "UTC", LC_ALL: "C" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  return stdout
    .trim()
    .split(" ")
    .reduce((sum, part) => sum + Number(part), 0);
}
const best = (command: string, argv: readonly string[]): number =>
  Math.min(...Array.from({ length: Number(values.runs) }, () => cpuSeconds(command, argv)));

const dir = mkdtempSync(join(tmpdir(), "reports-bench-"));
try {
  const log = join(dir, "audit.log");
  const database = join(dir, "audit.db");
  const generator = join(import.meta.dirname, "generate-log.ts");
  execFileSync(process.execPath, [
    generator,
    "--records",
    values.records,
    "--paths",
    values.paths,
    "--out",
    log,
  ]);
  execFileSync(DOCKWARDEN, ["import", log, "--db", database], { stdio: "ignore" });
  console.log(`${values.records} records; CPU seconds, and how many times as fast as the real one\n`);
  console.log("report           real     -if          --db");
  for (const report of REPORTS) {
    const argv = report.split(" ").filter((word) => word !== "");
    const real = best("aureport", [...argv, "-if", log]);
    const file = best(DOCKWARDEN, ["aureport", ...argv, "-if", log]);
    const stored = best(DOCKWARDEN, ["aureport", ...argv, "--db", database]);
    const ratio = (seconds: number) => `${seconds.toFixed(2)} ${(real / seconds).toFixed(1)} x`.padEnd(13);
    console.log(
      `${(report || "(overview)").padEnd(16)} ${real.toFixed(2).padEnd(8)} ${ratio(file)}${ratio(stored)}`,
    );
  }
} finally {
  rmSync(dir, { recursive: true });
}
