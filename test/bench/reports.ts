/**
 * `aureport` and `ausearch` beside the real ones, over a file and over the database, in one run: seconds of the whole
 * process and, in brackets, of its processor time (user and system), the best of `--runs`, and how many times as fast.
 *
 *   node test/bench/reports.ts --records 1000000 --runs 3
 */
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    paths: { type: "string", default: "2400" },
    runs: { type: "string", default: "3" },
    /** Only questions that contain this. */
    only: { type: "string", default: "" },
  },
});
const ROOT = join(import.meta.dirname, "../..");
const DOCKWARDEN = join(ROOT, "bin/dockwarden");
// Not `-p --summary`: the real one takes minutes for 30,000 processes.
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
  "-e --summary",
  "-au --summary",
  "-l --summary",
  "",
];
/** By key, user, path, session, process and program: first what few events have, then what many have. */
const SEARCHES = [
  "-k docker-sock",
  "-k docker",
  "-ul 1000",
  "-ui 0",
  "-f docker.sock",
  "-f /var/lib/docker",
  "--session 5",
  "--session 4294967295",
  "-p 4323",
  "-x sshd",
  "-x docker",
  "-m USER_LOGIN",
];

/** The time of the first or the last line of a log, in seconds. */
function timeIn(log: string, isLast: boolean): number {
  const file = openSync(log, "r");
  try {
    const bytes = Buffer.alloc(4096);
    readSync(file, bytes, 0, bytes.length, isLast ? Math.max(0, fstatSync(file).size - bytes.length) : 0);
    const stamps = [...bytes.toString("latin1").matchAll(/audit\((\d+)\./g)];
    return Number(stamps.at(isLast ? -1 : 0)?.[1] ?? 0);
  } finally {
    closeSync(file);
  }
}
/** `-ts` and the time, in UTC, as `ausearch` reads it where the language is C. */
function since(sec: number): string {
  const [, year = "", month = "", day = "", clock = ""] =
    /^..(..)-(..)-(..)T(.{8})/.exec(new Date(sec * 1000).toISOString()) ?? [];
  return `-ts ${month}/${day}/${year} ${clock}`;
}

interface Seconds {
  readonly wall: number;
  readonly cpu: number;
}

/** Seconds of one run: `times` of a shell that waits for it. */
function secondsOf(command: string, argv: readonly string[]): Seconds {
  const { stdout } = spawnSync(
    "bash",
    ["-c", 'TIMEFORMAT="%R %U %S"; { time "$@" >/dev/null 2>&1; } 2>&1', "-", command, ...argv],
    {
      encoding: "utf8",
      env: { ...process.env, TZ: "UTC", LC_ALL: "C" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const [wall = 0, user = 0, system = 0] = stdout.trim().split(" ").map(Number);
  return { wall, cpu: user + system };
}
function best(command: string, argv: readonly string[]): Seconds {
  const runs = Array.from({ length: Number(values.runs) }, () => secondsOf(command, argv));
  return {
    wall: Math.min(...runs.map(({ wall }) => wall)),
    cpu: Math.min(...runs.map(({ cpu }) => cpu)),
  };
}

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
  console.log(
    `${values.records} records; seconds, and how many times as fast as the real one (of processor time)\n`,
  );
  const compare = (tool: string, question: string): void => {
    if (!question.includes(values.only)) return;
    const argv = question.split(" ").filter((word) => word !== "");
    const real = best(tool, [...argv, "-if", log]);
    const file = best(DOCKWARDEN, [tool, ...argv, "-if", log]);
    const stored = best(DOCKWARDEN, [tool, ...argv, "--db", database]);
    const column = ({ wall, cpu }: Seconds) =>
      `${wall.toFixed(2)} ${(real.wall / wall).toFixed(1)} x (${(real.cpu / cpu).toFixed(1)})`.padEnd(22);
    console.log(
      `${(question || "(overview)").padEnd(24)} ${real.wall.toFixed(2).padEnd(8)} ${column(file)}${column(stored)}`,
    );
  };
  console.log("aureport                 real     -if                   --db");
  for (const report of REPORTS) compare("aureport", report);
  const [first, last] = [timeIn(log, false), timeIn(log, true)];
  const times = [since(last - 600), since(first + (last - first) / 10)];
  console.log("\nausearch                 real     -if                   --db");
  for (const search of [...SEARCHES, ...times]) compare("ausearch", search);
} finally {
  rmSync(dir, { recursive: true });
}
