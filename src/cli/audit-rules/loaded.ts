import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { DockwardenError } from "../../model/fault.ts";
import { type AuditRule, parseAuditRules } from "./audit-rule.ts";

/** The audit rules of this host, or why they are unknown. */
export type LoadedRules =
  | { readonly rules: readonly AuditRule[]; readonly from: string }
  | { readonly rules: null; readonly why: string };

const FILES = ["/etc/audit/audit.rules", "/etc/audit/rules.d/*.rules"];

/**
 * The audit rules in force, as the kernel lists them; where that is denied, those that the host's files load.
 * @param file a rules file to look at instead, as `auditctl -R` takes it or `auditctl -l` prints it.
 * @throws DockwardenError DW_AUDIT_RULES_UNREADABLE where `file` cannot be read.
 */
export function loadedRules(file: string | null): LoadedRules {
  if (file !== null) return { rules: parseAuditRules(read(file)), from: file };
  try {
    const stdout = execFileSync("auditctl", ["-l"], {
      encoding: "utf8",
      timeout: 5000,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { rules: parseAuditRules(stdout), from: "auditctl -l" };
  } catch (error) {
    const texts = FILES.flatMap((pattern) => globSync(pattern)).flatMap((path) => {
      try {
        return [readFileSync(path, "utf8")];
      } catch {
        return [];
      }
    });
    if (texts.length > 0)
      return { rules: parseAuditRules(texts.join("\n")), from: "the files in /etc/audit" };
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return {
      rules: null,
      why: isMissing ? "auditctl is not installed" : "auditctl -l needs root",
    };
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new DockwardenError(
      "DW_AUDIT_RULES_UNREADABLE",
      `${file}: cannot read the audit rules: ${(cause as Error).message}`,
      { cause },
    );
  }
}
