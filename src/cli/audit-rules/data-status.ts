import { accessSync, constants, existsSync } from "node:fs";
import { type DataNeed, dataNeedsOf } from "../../findings/needs/needs.ts";
import type { CompiledCorrelation, CompiledRule, Ruleset } from "../../findings/ruleset.ts";
import type { Settings } from "../../model/settings.ts";
import { coverageOf } from "./coverage.ts";
import { type LoadedRules, loadedRules } from "./loaded.ts";

/** Whether a rule can see what it looks for on this host. */
export interface DataStatus {
  readonly state: "whole" | "part" | "none" | "unknown";
  /** What is missing, in words; null where nothing is. */
  readonly missing: string | null;
  /** Audit rules that would serve it, to be loaded with `auditctl` or from a rules file. */
  readonly auditRules: readonly string[];
}

const WHOLE: DataStatus = { state: "whole", missing: null, auditRules: [] };
const ORDER = ["whole", "part", "unknown", "none"] as const;

/** Judges rules by this host's sources and audit rules. */
export interface DataJudge {
  rule(rule: CompiledRule): DataStatus;
  correlation(correlation: CompiledCorrelation): DataStatus;
}

/** @param auditRulesFile see {@link loadedRules}. */
export function openDataJudge(
  ruleset: Ruleset,
  settings: Pick<Settings, "sources">,
  auditRulesFile: string | null,
): DataJudge {
  const loaded = loadedRules(auditRulesFile);
  const sources = { docker: dockerFault(settings), audit: auditFault(settings), sshd: sshdFault(settings) };
  const judge: DataJudge = {
    rule(compiled) {
      const needs = dataNeedsOf(compiled.rule);
      if (needs.length === 0)
        return { state: "none", missing: "nothing here produces its log source", auditRules: [] };
      return needs
        .map((need) => statusOf(need, loaded, sources))
        .reduce((best, status) => (rank(status) < rank(best) ? status : best));
    },
    correlation({ rule, members }) {
      const statuses = members.map((member) => {
        const compiled = member.of === "rule" ? ruleset.rules[member.index] : undefined;
        if (compiled !== undefined) return judge.rule(compiled);
        const inner = ruleset.correlations[member.index];
        return inner === undefined ? WHOLE : judge.correlation(inner);
      });
      const lacking = statuses.filter(({ state }) => state !== "whole");
      const [first] = lacking;
      if (first === undefined) return WHOLE;
      // A chain lacks what one of its links lacks; a count goes on with the others.
      const isChain = rule.type.startsWith("temporal") && rule.bounds.gte === null;
      const state =
        statuses.every((status) => status.state === "none") ||
        (isChain && statuses.some((status) => status.state === "none"))
          ? "none"
          : lacking.every((status) => status.state === "unknown")
            ? "unknown"
            : "part";
      return {
        state,
        missing: [...new Set(lacking.flatMap(({ missing }) => missing?.split("; ") ?? []))].join("; "),
        auditRules: [...new Set(lacking.flatMap(({ auditRules }) => auditRules))],
      };
    },
  };
  return judge;
}

const rank = ({ state }: DataStatus): number => ORDER.indexOf(state);

interface SourceFaults {
  readonly docker: string | null;
  readonly audit: string | null;
  readonly sshd: string | null;
}

function statusOf(need: DataNeed, loaded: LoadedRules, faults: SourceFaults): DataStatus {
  const fault = need.kind === "docker" ? faults.docker : need.kind === "sshd" ? faults.sshd : faults.audit;
  if (fault !== null) return { state: "none", missing: fault, auditRules: [] };
  if (need.kind === "docker" || need.kind === "sshd" || need.kind === "records") return WHOLE;
  if (loaded.rules === null)
    return { state: "unknown", missing: `audit rules unknown: ${loaded.why}`, auditRules: [] };
  const { state, missing } = coverageOf(need, loaded.rules, existsSync);
  if (state === "whole") return WHOLE;
  if (missing.length === 0)
    return { state, missing: "no file that it names is on this host", auditRules: [] };
  return { state, missing: "needs audit rule", auditRules: missing };
}

function unreadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function dockerFault({ sources: { docker } }: Pick<Settings, "sources">): string | null {
  if (!("socket" in docker) || existsSync(docker.socket)) return null;
  return `Docker's socket ${docker.socket} is not there (sources.docker.socket)`;
}

function auditFault({ sources: { audit } }: Pick<Settings, "sources">): string | null {
  const code = unreadable(audit.path);
  return code === null || code === "EACCES"
    ? null
    : `the audit log ${audit.path} is not there (sources.audit.path)`;
}

function sshdFault({ sources: { sshd } }: Pick<Settings, "sources">): string | null {
  if (!("path" in sshd)) return null;
  const code = unreadable(sshd.path);
  return code === null || code === "EACCES"
    ? null
    : `the sshd log ${sshd.path} is not there (sources.sshd.path)`;
}
