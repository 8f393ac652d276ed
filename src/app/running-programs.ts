import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { ProcessFacts } from "../findings/index.ts";

/**
 * The programs that run on this host now, by process id, as far as this user may see them: for the ancestors of programs
 * that start later, and the containers that they are in. Kernel threads are left out. About 15 ms for 300 of them.
 */
export function runningPrograms(): ReadonlyMap<number, ProcessFacts> {
  const programs = new Map<number, ProcessFacts>();
  for (const name of processIds()) {
    const facts = factsOf(name);
    if (facts !== null) programs.set(Number(name), facts);
  }
  return programs;
}

function processIds(): readonly string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Null for one that has ended meanwhile. Texts are latin1, as the audit log's are. */
function factsOf(pid: string): ProcessFacts | null {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
    if (words.at(-1) === "") words.pop();
    if (words.length === 0) return null;
    // A program's own name may hold spaces and brackets: the fields begin after the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      exe: exeOf(pid) ?? words[0] ?? "",
      commandLine: words.join(" "),
      ppid: Number(parent),
      ses: sessionOf(pid),
    };
  } catch {
    return null;
  }
}

/** A kernel without auditing has no sessions. */
function sessionOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/sessionid`, "latin1").trim();
  } catch {
    return undefined;
  }
}

/** Of another user's program only root may ask for the file: then its first argument has to do. */
function exeOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`, "latin1").replace(/ \(deleted\)$/, "");
  } catch {
    return null;
  }
}
