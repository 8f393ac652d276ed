import { statSync } from "node:fs";
import { BUILT_IN_RULES, LOCAL_RULES } from "../config/settings.ts";
import { DockwardenError } from "../model/fault.ts";
import type { Settings } from "../model/settings.ts";

/** Where a host's own rules and exceptions are. */
export interface LocalRules {
  readonly directory: string;
  /** The daemon reads it: the configuration names it. */
  readonly isRead: boolean;
}

/**
 * The directory for rules of one's own: `given`, else the first that the configuration names beside the built-in one,
 * else /etc/dockwarden/rules, which is read where the configuration names no rules.
 * @throws DockwardenError DW_RULES_DIRECTORY where the configuration names rules, but no directory for one's own.
 */
export function localRules({ rules }: Pick<Settings, "rules">, given: string | null): LocalRules {
  const own = rules.filter((path) => path !== BUILT_IN_RULES);
  if (given !== null) {
    const isDefault = given.replace(/\/$/, "") === LOCAL_RULES && isDefaultSet(rules);
    return { directory: given, isRead: isDefault || own.some((path) => isBelow(given, path)) };
  }
  const directory = own.find(mayBeDirectory);
  if (directory !== undefined) return { directory, isRead: true };
  if (isDefaultSet(rules)) return { directory: LOCAL_RULES, isRead: true };
  throw new DockwardenError(
    "DW_RULES_DIRECTORY",
    `the configuration names no directory for rules of your own: write "rules: [config/rules, ${LOCAL_RULES}]" there, or name a directory with --dir`,
  );
}

/** The configuration says nothing of rules (or what it would be without it). */
const isDefaultSet = (rules: readonly string[]): boolean =>
  rules[0] === BUILT_IN_RULES && rules.slice(1).every((path) => path === LOCAL_RULES);

const isBelow = (path: string, directory: string): boolean =>
  `${path}/`.replaceAll(/\/+/g, "/").startsWith(`${directory}/`.replaceAll(/\/+/g, "/"));

function mayBeDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return !/\.ya?ml$/.test(path);
  }
}

/** What to do for the running daemon to take up a change of its rules. */
export const RELOAD = "the daemon takes it up on reload: systemctl reload dockwarden (or SIGHUP)";

/** The sentence that ends a command which changed a rules directory. */
export function takeUpText({ directory, isRead }: LocalRules): string {
  return isRead ? RELOAD : `the daemon does not read ${directory}: add it to "rules:" in the configuration`;
}
