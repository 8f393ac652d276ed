import { readFileSync } from "node:fs";
import { fieldKind, interpretField, type NameContext } from "../../../src/records/audit/interpret.ts";
import { parseRecord } from "../../../src/records/audit/record.ts";

/** A host's names from files in the form of passwd and group. */
export function namesOf(passwd: string, group: string): NameContext {
  const read = (text: string) =>
    new Map(
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const [name = "", , id = ""] = line.split(":");
          return [Number(id), name] as const;
        }),
    );
  const users = read(passwd);
  const groups = read(group);
  return { userName: (uid) => users.get(uid) ?? null, groupName: (gid) => groups.get(gid) ?? null };
}
/** This host's. */
export const hostNames = (): NameContext =>
  namesOf(readFileSync("/etc/passwd", "utf8"), readFileSync("/etc/group", "utf8"));

export interface Difference {
  readonly field: string;
  readonly ours: string;
  readonly theirs: string;
  readonly line: string;
}

/** How `ausearch -i` writes control characters where it is not told otherwise. */
const escaped = (text: string) =>
  text.replaceAll(/[\x01-\x1f]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);

/**
 * The fields of one log line for which `ausearch -i`, which printed `said` for it, and we say different things. Fields
 * that the tool prints in ways of its own (keys, and what it splits otherwise than we do) are compared elsewhere.
 */
export function differences(line: string, said: string, names: NameContext): Difference[] {
  const parsed = parseRecord(Buffer.from(line, "latin1"));
  if (!parsed.ok) return [];
  const { value: record } = parsed;
  const fields = Object.keys(record.fields).filter(
    (name) => !["key", "seresult", "seperms", "msg", "text"].includes(name),
  );
  const found: Difference[] = [];
  let from = 0;
  fields.forEach((name, at) => {
    const start = said.indexOf(` ${name}=`, from);
    const quotedStart = said.indexOf(`'${name}=`, from);
    const begin = start < 0 ? quotedStart : quotedStart < 0 ? start : Math.min(start, quotedStart);
    if (begin < 0) return;
    from = begin + name.length + 2;
    const next = Object.keys(record.fields)
      .slice(Object.keys(record.fields).indexOf(name) + 1)
      .map((other) => [said.indexOf(` ${other}=`, from), said.indexOf(`'${other}=`, from)])
      .flat()
      .filter((place) => place >= 0);
    let theirs = said.slice(from, next.length === 0 ? undefined : Math.min(...next));
    if (next.length === 0) theirs = theirs.replace(/'? *$/, "");
    theirs = theirs.replace(/ msg=.*$/, "").trimEnd();
    // A field without a kind is printed as it stands in the log, quotes and all.
    if (fieldKind(record.type, name) === null) theirs = theirs.replace(/^"(.*)"$/, "$1");
    const ours = escaped(interpretField(record, name, record.fields[name] ?? "", names)).trimEnd();
    if (ours !== theirs && at >= 0) found.push({ field: name, ours, theirs, line });
  });
  return found;
}
