import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";

const FIXTURE = join(import.meta.dirname, "../fixtures/benign");
const unpacked = (name: string): Buffer => zstdDecompressSync(readFileSync(join(FIXTURE, `${name}.zst`)));

/** What each source wrote on an ordinary day: lines of auditd, of sshd's log, and the Docker source's own. */
export const benignDay = (): Readonly<Record<"audit" | "sshd" | "docker", Buffer>> => ({
  audit: unpacked("audit.log"),
  sshd: unpacked("auth.log"),
  docker: unpacked("docker.jsonl"),
});
