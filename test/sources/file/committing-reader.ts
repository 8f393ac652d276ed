import { appendFileSync, existsSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import type { Position } from "../../../src/model/line.ts";
import { fileSource } from "../follow.ts";

/** A process that follows LOG and commits what it reads to OUT, all or nothing per batch; it is there to be killed. */
const [log = "", out = ""] = process.argv.slice(2);
interface Commit {
  readonly bytes: number;
  readonly position: Position | null;
}
const commit: Commit = existsSync(`${out}.commit`)
  ? (JSON.parse(readFileSync(`${out}.commit`, "utf8")) as Commit)
  : { bytes: 0, position: null };
if (existsSync(out)) truncateSync(out, commit.bytes);
let { bytes } = commit;
for await (const batch of fileSource(log).follow(commit.position, new AbortController().signal)) {
  appendFileSync(out, batch.bytes);
  bytes += batch.bytes.length;
  writeFileSync(`${out}.next`, JSON.stringify({ bytes, position: batch.position } satisfies Commit));
  renameSync(`${out}.next`, `${out}.commit`);
  if (batch.notices.some((notice) => notice.kind === "gap")) process.stdout.write("gap\n");
}
