/** Runs every benchmark of this folder, or those named: `npm run bench -- parse import`. Each prints ratios to its peers. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

const NOT_BENCHMARKS = [
  "all.ts",
  "generate-log.ts",
  "log-words.ts",
  "log-writer.ts",
  "random.ts",
  "rule-writer.ts",
];
const wanted = process.argv.slice(2);
const found = globSync("*.ts", { cwd: import.meta.dirname })
  .filter((file) => !NOT_BENCHMARKS.includes(file))
  .map((file) => file.replace(/\.ts$/, ""))
  .sort();
const unknown = wanted.filter((name) => !found.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(", ")}; there are ${found.join(", ")}`);
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : found) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
}
