import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";

/** What each source wrote on an ordinary day: lines of auditd, of sshd's log, and the Docker source's own. */
export type Day = Readonly<Record<"audit" | "sshd" | "docker", Buffer>>;

/** @param name one of test/fixtures: `benign`, or `benign-programs`, where every program that started is on record. */
export function benignDay(name: "benign" | "benign-programs"): Day {
  const unpacked = (file: string): Buffer =>
    zstdDecompressSync(readFileSync(join(import.meta.dirname, "../fixtures", name, `${file}.zst`)));
  return { audit: unpacked("audit.log"), sshd: unpacked("auth.log"), docker: unpacked("docker.jsonl") };
}
