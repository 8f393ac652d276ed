import type { DetectionRule } from "../ast.ts";
import { routesOf } from "../views/logsource.ts";
import { constraintOn, type TextShape } from "./constraint.ts";

/** What must reach this program for a rule to be able to match. */
export type DataNeed =
  | { readonly kind: "docker" }
  /** Lines of the sshd log. */
  | { readonly kind: "sshd" }
  /** Audit records that are written without any audit rule: logins, changes of the audit rules, accounts. */
  | { readonly kind: "records" }
  /** Starts of programs; null: of any program. */
  | { readonly kind: "exec"; readonly images: readonly TextShape[] | null }
  | {
      readonly kind: "file";
      readonly access: "change" | "read" | "connect";
      readonly paths: readonly TextShape[] | null;
    }
  /** Connections to internet addresses. */
  | { readonly kind: "network" }
  /** These system calls, or (null) whatever is logged. */
  | { readonly kind: "calls"; readonly names: readonly string[] | null }
  /** Whatever the audit rules with these keys log. */
  | { readonly kind: "keys"; readonly keys: readonly string[] };

/** Records that belong to a system call which an audit rule caught. */
const CALL_RECORDS = new Set([
  "SYSCALL",
  "EXECVE",
  "PATH",
  "CWD",
  "SOCKADDR",
  "PROCTITLE",
  "BPRM_FCAPS",
  "CAPSET",
  "MMAP",
  "OPENAT2",
  "EOE",
]);

/** What a rule needs: any one of these lets it see something. Empty where nothing here produces its log source. */
export function dataNeedsOf({ logsource, detection }: DetectionRule): readonly DataNeed[] {
  const sources = routesOf(logsource).map(({ source }) => source);
  const needs: DataNeed[] = [];
  if (sources.includes("docker")) needs.push({ kind: "docker" });
  if (sources.includes("audit")) needs.push(auditNeed({ logsource, detection }));
  if (sources.includes("sshd")) needs.push({ kind: "sshd" });
  return needs;
}

function auditNeed({ logsource, detection }: Pick<DetectionRule, "logsource" | "detection">): DataNeed {
  const on = (field: string): readonly TextShape[] | null => constraintOn(detection, field);
  switch (logsource.category) {
    case "process_creation":
      return { kind: "exec", images: on("Image") };
    case "network_connection":
      return { kind: "network" };
    case "file_access": {
      const isConnect = on("Operation")?.every(({ text }) => text === "connect") === true;
      return { kind: "file", access: isConnect ? "connect" : "read", paths: on("TargetFilename") };
    }
    case null:
      return recordNeed(on);
    default:
      return { kind: "file", access: "change", paths: on("TargetFilename") };
  }
}

function recordNeed(on: (field: string) => readonly TextShape[] | null): DataNeed {
  const types = exactly(on("type"));
  if (types?.every((type) => !CALL_RECORDS.has(type.toUpperCase())) === true) return { kind: "records" };
  const keys = exactly(on("key"));
  if (keys !== null) return { kind: "keys", keys };
  const calls = exactly(on("SYSCALL"));
  if (calls !== null && !calls.some((name) => name.startsWith("execve")))
    return { kind: "calls", names: calls };
  if (types?.every((type) => type.toUpperCase() === "PATH") === true)
    return { kind: "file", access: "change", paths: on("name") };
  const exe = on("exe");
  if (exe !== null) return { kind: "exec", images: exe };
  if (types?.every((type) => type.toUpperCase() === "EXECVE") === true || calls !== null) {
    // argv[0] is the program's name, with or without its path.
    const names = on("a0")?.map(
      ({ kind, text }): TextShape =>
        kind === "exact" && !text.includes("/") ? { kind: "suffix", text: `/${text}` } : { kind, text },
    );
    return { kind: "exec", images: names ?? null };
  }
  // Keywords, or any type: user-space records come without audit rules.
  return types === null ? { kind: "records" } : { kind: "calls", names: null };
}

function exactly(shapes: readonly TextShape[] | null): readonly string[] | null {
  return shapes !== null && shapes.length > 0 && shapes.every(({ kind }) => kind === "exact")
    ? shapes.map(({ text }) => text)
    : null;
}
