import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { output, packageVersion, preamble } from "./sources.ts";

/** Machines whose system calls' names are asked for: together they have all that libaudit knows. */
const MACHINES = ["x86_64", "i386", "aarch64", "arm", "ppc64", "s390x", "s390"];
const AVC = 1400;
const SYSCALL = 1300;
const STAMP = (serial: number) => `msg=audit(1700000000.000:${serial}):`;

interface Answer {
  readonly kind: string;
  readonly action: string;
  readonly objectKind: string;
}

/** What the installed `ausearch --format csv` makes of events, by serial. */
function asked(lines: readonly string[]): Map<number, Answer> {
  const folder = mkdtempSync(join(tmpdir(), "audit-tables-"));
  try {
    const file = join(folder, "audit.log");
    writeFileSync(file, `${lines.join("\n")}\n`, "latin1");
    const answers = new Map<number, Answer>();
    for (const line of output("ausearch", ["--format", "csv", "-if", file]).split("\n").slice(1)) {
      const columns = line.split(",");
      const [serial = "", kind = ""] = columns.slice(4);
      const [action = "", , , , objectKind = ""] = columns.slice(10);
      if (serial !== "") answers.set(Number(serial), { kind, action, objectKind });
    }
    return answers;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A system call that libaudit's table of no machine has: what it says of such it says of all that it does not know. */
const UNKNOWN_CALL = "no_such_call";

/** System calls by the action that they are. The name is given as auditd adds it, so that one machine's record does for all. */
function calls(): Map<string, string[]> {
  const names = new Set<string>([UNKNOWN_CALL]);
  for (const machine of MACHINES)
    for (const [, name = ""] of output("ausyscall", [machine, "--dump"]).matchAll(/^\d+\s+(\S+)$/gm))
      names.add(name);
  const list = [...names].sort();
  const answers = asked(
    list.map(
      (name, index) =>
        `type=SYSCALL ${STAMP(index + 1)} arch=c000003e syscall=999 success=no exit=0 a0=0 a1=0 a2=0 a3=0 items=0 ppid=1 pid=2 auid=0 uid=0 ses=1 comm="x" exe="/x" key=(null)\x1dARCH=x86_64 SYSCALL=${name}`,
    ),
  );
  const actionOf = (name: string): string => {
    const answer = answers.get(list.indexOf(name) + 1);
    if (answer === undefined) throw new Error(`no answer for the system call ${name}`);
    return answer.action;
  };
  const byAction = new Map<string, string[]>();
  for (const name of list) {
    const action = actionOf(name);
    if (action !== actionOf(UNKNOWN_CALL)) byAction.set(action, [...(byAction.get(action) ?? []), name]);
  }
  return byAction;
}

const NONE: Answer = { kind: "unknown", action: "did-unknown", objectKind: "unknown" };
const types = Array.from({ length: 2000 }, (_, index) => 1000 + index);

/** Has what `ausearch` wants of a record of any type, so that it is malformed for none. */
const REST =
  'arch=c000003e syscall=999 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 ppid=1 pid=2 auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm="x" exe="/x" sig=1 scontext=a:b:c tcontext=a:b:c tclass=file';

/** Words by types, as `WORD first-last first …`, from what a record of each type says by its type alone. */
function byWord(answers: ReadonlyMap<number, Answer>, column: keyof Answer): string[] {
  const ranges = new Map<string, [number, number][]>();
  for (const [type, answer] of [...answers].sort(([a], [b]) => a - b)) {
    const word = answer[column];
    if (word === NONE[column]) continue;
    const list = ranges.get(word) ?? [];
    ranges.set(word, list);
    const last = list.at(-1);
    if (last?.[1] === type - 1) last[1] = type;
    else list.push([type, type]);
  }
  return [...ranges].map(
    ([word, list]) =>
      `  "${word}": "${list.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(" ")}",`,
  );
}

const table = (name: string, comment: string, rows: readonly string[]): string =>
  [`/** ${comment} */`, `export const ${name}: Readonly<Record<string, string>> = {`, ...rows, "};", ""].join(
    "\n",
  );

/** What `ausearch --format csv` calls events, asked for each type and each system call. */
export function generateNormalWords(): string {
  const answers = asked(
    types.map(
      (type) =>
        `type=UNKNOWN[${type}] ${STAMP(type)} ${type === AVC ? "avc:  denied  { read } for " : ""}${REST}`,
    ),
  );
  // A SYSCALL record says its call's action, not its type's.
  answers.set(SYSCALL, { ...NONE, kind: answers.get(SYSCALL)?.kind ?? NONE.kind });
  return [
    preamble([`'ausearch --format csv' of ${packageVersion("auditd")}, asked for each type and each call`]),
    table(
      "CALL_ACTIONS",
      "System calls by the action that they are.",
      [...calls()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([action, names]) => `  "${action}": "${names.join(" ")}",`),
    ),
    table(
      "EVENT_KINDS",
      "Types of an event's first record by the kind of the event.",
      byWord(answers, "kind"),
    ),
    table(
      "RECORD_ACTIONS",
      "Types of records that are whole events by their action.",
      byWord(answers, "action"),
    ),
    table("OBJECT_KINDS", "Such types by what their object is.", byWord(answers, "objectKind")),
  ].join("\n");
}
