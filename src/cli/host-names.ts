import { userNames } from "../query/names.ts";
import type { HostNames } from "../reports/normal/field-words.ts";

/** The names that a file as /etc/passwd or /etc/group gives to ids; none where it cannot be read. */
function namesIn(path: string): ReadonlyMap<number, string> {
  try {
    return userNames(process.getBuiltinModule("node:fs").readFileSync(path, "latin1"));
  } catch {
    return new Map();
  }
}

const idIn = (names: ReadonlyMap<number, string>, name: string): number | null => {
  for (const [id, known] of names) if (known === name) return id;
  return null;
};

/** The host's users and groups, by number and by name: its files are read when they are asked for. */
export function hostNames(): HostNames & { readonly gidOf: (name: string) => number | null } {
  let users: ReadonlyMap<number, string> | null = null;
  let groups: ReadonlyMap<number, string> | null = null;
  const usersOf = () => (users ??= namesIn("/etc/passwd"));
  const groupsOf = () => (groups ??= namesIn("/etc/group"));
  return {
    userName: (uid) => usersOf().get(uid) ?? null,
    groupName: (gid) => groupsOf().get(gid) ?? null,
    uidOf: (name) => idIn(usersOf(), name),
    gidOf: (name) => idIn(groupsOf(), name),
  };
}

/** All of the host's users with their uids, in the order of /etc/passwd. */
export function hostUsers(): readonly (readonly [string, number])[] {
  try {
    return process
      .getBuiltinModule("node:fs")
      .readFileSync("/etc/passwd", "latin1")
      .split("\n")
      .map((line) => line.split(":"))
      .filter(([name = "", , uid = ""]) => name !== "" && /^\d+$/.test(uid))
      .map(([name = "", , uid]) => [name, Number(uid)] as const);
  } catch {
    return [];
  }
}
