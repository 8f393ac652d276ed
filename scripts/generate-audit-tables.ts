/**
 * Writes `src/records/audit/tables/*.generated.ts` from what Debian's packages on this machine say.
 *
 *   node scripts/generate-audit-tables.ts            writes the tables
 *   node scripts/generate-audit-tables.ts --check    writes nothing; exit code 1 where a table differs from its source
 *
 * Needs the packages auditd, gcc, linux-libc-dev and linux-libc-dev-riscv64-cross.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TABLES } from "./audit-tables/index.ts";

const FOLDER = join(import.meta.dirname, "../src/records/audit/tables");
const check = process.argv.includes("--check");
let differ = 0;

for (const { file, generate } of TABLES) {
  const path = join(FOLDER, file);
  const text = generate();
  if (!check) {
    writeFileSync(path, text);
    continue;
  }
  if (readFileSync(path, "utf8") === text) continue;
  differ += 1;
  console.error(`${path} differs from its source; run 'node scripts/generate-audit-tables.ts'`);
}
process.exitCode = differ === 0 ? 0 : 1;
