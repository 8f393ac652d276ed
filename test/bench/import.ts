/**
 * Bulk import against `aureport -au` on the same log, one after the other, best of three; then the same log into a database
 * that has another one, and live commits. Prints ratios: the machine may be busy.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAssembler } from "../../src/events/audit/assembler.ts";
import { emptyBatch, linesOf } from "../../src/store/contract-rows.ts";
import { openStore } from "../../src/store/sqlite/store.ts";

const RECORDS = Number(process.env["RECORDS"] ?? 1_000_000);
const RUNS = 3;
const BIN = join(import.meta.dirname, "../../bin/dockwarden");
const directory = mkdtempSync(join(tmpdir(), "dw-bench-"));
const log = join(directory, "audit.log");

/** Wall seconds and peak resident MiB of one process. */
function measured(command: string, argv: readonly string[]): { seconds: number; peakMiB: number } {
  const before = performance.now();
  const { status, stderr } = spawnSync("/usr/bin/env", ["time", "-f", "%M", command, ...argv], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return {
    seconds: (performance.now() - before) / 1000,
    peakMiB: Number(stderr.trim().split("\n").at(-1)) / 1024,
  };
}
function best(body: () => { seconds: number; peakMiB: number }): { seconds: number; peakMiB: number } {
  const runs = Array.from({ length: RUNS }, body);
  return {
    seconds: Math.min(...runs.map(({ seconds }) => seconds)),
    peakMiB: Math.max(...runs.map(({ peakMiB }) => peakMiB)),
  };
}
function removeDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm", "-import"]) rmSync(file + suffix, { force: true });
}
const rate = (seconds: number): string => `${Math.round(RECORDS / seconds / 1000)} thousand records/s`;

try {
  execFileSync(process.execPath, [
    join(import.meta.dirname, "generate-log.ts"),
    "--records",
    String(RECORDS),
    "--out",
    log,
  ]);
  const { size } = statSync(log);
  const database = join(directory, "import.db");
  const imported = best(() => {
    removeDatabase(database);
    return measured(BIN, ["import", log, "--db", database]);
  });
  console.log(
    `import            ${imported.seconds.toFixed(2)} s  ${rate(imported.seconds)}  peak ${imported.peakMiB.toFixed(0)} MiB`,
  );
  console.log(`database          ${(statSync(database).size / size).toFixed(3)} of the log's bytes`);
  if (existsSync("/usr/sbin/aureport")) {
    const peer = best(() => measured("/usr/sbin/aureport", ["-au", "-if", log]));
    console.log(`aureport -au      ${peer.seconds.toFixed(2)} s  peak ${peer.peakMiB.toFixed(0)} MiB`);
    console.log(`ratio             ${(imported.seconds / peer.seconds).toFixed(2)} × aureport -au`);
  }
  const again = measured(BIN, ["import", log, "--db", database]);
  console.log(`imported again    ${again.seconds.toFixed(2)} s  (nothing is new)`);

  const live = join(directory, "live.db");
  const bytes = readFileSync(log);
  {
    using store = openStore(live);
    const assembler = openAssembler();
    let [spentMs, at] = [0, 0];
    const begin = performance.now();
    while (at < bytes.length) {
      const end = bytes.lastIndexOf(10, Math.min(bytes.length - 1, at + 256 * 1024)) + 1;
      const part = bytes.subarray(at, end);
      const audit = assembler.push(part, false, 0).events;
      const before = performance.now();
      store.commit({
        ...emptyBatch,
        lines: [linesOf("audit", part, end)],
        audit,
        pendingAuditBytes: assembler.pendingBytes,
      });
      spentMs += performance.now() - before;
      at = end;
    }
    const seconds = (performance.now() - begin) / 1000;
    console.log(`live              ${rate(seconds)} with assembly; commits alone ${rate(spentMs / 1000)}`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
