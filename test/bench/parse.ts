/**
 * Measures `dockwarden parse` on a generated log, beside what else of this host reads audit logs:
 *
 *   node test/bench/parse.ts [--records 1000000] [--runs 3] [--log FILE]
 *
 * Whole processes, output thrown away, median of the runs. Read the ratios; absolute figures are of this machine.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    runs: { type: "string", default: "3" },
    log: { type: "string" },
  },
});
const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "bench-parse-"));
const log = values.log ?? join(folder, "audit.log");
if (!existsSync(log))
  spawnSync(
    process.execPath,
    [join(root, "test/bench/generate-log.ts"), "--records", values.records, "--out", log],
    {
      stdio: "inherit",
    },
  );
const isHere = (program: string) =>
  spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
const devNull = openSync("/dev/null", "r+");

/** CPU seconds of children that have ended (proc(5), stat: cutime and cstime, in hundredths of a second). */
function childCpu(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

const contenders: readonly (readonly [string, string, readonly string[]])[] = [
  ["dockwarden parse", join(root, "bin/dockwarden"), ["parse", log]],
  ["ausearch --format csv", "ausearch", ["--format", "csv", "-if", log]],
  ["ausearch -i", "ausearch", ["-i", "-if", log]],
];
const lines = Number(spawnSync("wc", ["-l", log], { encoding: "utf8" }).stdout.split(" ")[0]);
console.log(`${lines} records, ${(statSync(log).size / 1e6).toFixed(1)} MB, median of ${values.runs} runs`);
let first = 0;
for (const [name, program, args] of contenders) {
  if (!isHere(program)) {
    console.log(`${name.padEnd(24)} not installed`);
    continue;
  }
  const runs = Array.from({ length: Number(values.runs) }, () => {
    const cpu = childCpu();
    const start = performance.now();
    const { status } = spawnSync(program, args, { stdio: [devNull, devNull, devNull] });
    if (status !== 0) throw new Error(`${name}: exit code ${status}`);
    return { wall: (performance.now() - start) / 1000, cpu: childCpu() - cpu };
  }).sort((a, b) => a.wall - b.wall);
  const { wall, cpu } = runs[Math.floor(runs.length / 2)] ?? { wall: 0, cpu: 0 };
  if (first === 0) first = wall;
  console.log(
    `${name.padEnd(24)} ${wall.toFixed(2)} s  ${(lines / wall / 1000).toFixed(0)} krec/s  cpu ${cpu.toFixed(2)} s  ratio ${(wall / first).toFixed(2)}`,
  );
}
rmSync(folder, { recursive: true });
