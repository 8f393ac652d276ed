import type { AuditEvent } from "../../model/event.ts";
import { argv } from "../../records/audit/accessors.ts";
import { type About, groupOf, type Subject, tableReader } from "./common.ts";
import type { ProcessFacts, ProcessTable } from "./processes.ts";
import { keyField, type Syscall } from "./syscall.ts";
import { viewKind } from "./view.ts";

/** A program that was started. */
export interface ProcessSubject extends Subject {
  readonly call: Syscall;
  readonly images: readonly string[];
  readonly commandLine: string;
  readonly parent: ProcessFacts | null;
  readonly processes: ProcessTable;
}

const CALLS = new Set(["execve", "execveat"]);
const CONTAINER_ID = /(?:^|[ /])([0-9a-f]{64})(?= |$)/;
const SHIM = /(?:^|\/)(?:containerd-shim[\w-]*|runc)$/;

const FIELDS: Readonly<Record<string, (subject: ProcessSubject) => string | readonly string[] | undefined>> =
  {
    Image: ({ images }) => images,
    CommandLine: ({ commandLine }) => commandLine,
    ParentImage: ({ parent }) => parent?.exe,
    ParentCommandLine: ({ parent }) => parent?.commandLine,
    Ancestors: ({ call, processes }) =>
      processes.ancestors(call.ppid, call.record.fields["ses"]).map(({ exe }) => exe),
    ContainerId: (subject) => containerOf(subject) ?? undefined,
    User: ({ call }) => call.user,
    LoginUser: ({ call }) => call.loginUser ?? undefined,
    LogonId: ({ call }) => call.record.fields["uid"],
    TerminalSessionId: ({ call }) => call.record.fields["ses"],
    CurrentDirectory: ({ call }) => call.cwd ?? undefined,
    comm: ({ call }) => call.record.fields["comm"],
    key: ({ call }) => keyField(call.record.fields["key"]),
    ProcessId: ({ call }) => call.record.fields["pid"],
    ParentProcessId: ({ call }) => call.record.fields["ppid"],
  };

/** `category: process_creation`, from execve and execveat. Keywords look in the command line. */
export const PROCESS_CREATION = viewKind<ProcessSubject>({
  name: "process_creation",
  isBytes: true,
  reader: tableReader(FIELDS),
  keywords: ({ commandLine }) => commandLine,
});

/** The program that an event started, and takes note of it in the table; null for other events. */
export function processCreation(
  event: AuditEvent,
  call: Syscall,
  processes: ProcessTable,
): Omit<ProcessSubject, "seen"> | null {
  if (!CALLS.has(call.name) || call.record.fields["success"] === "no") return null;
  const words = argv(event) ?? [];
  const commandLine = words.length > 0 ? words.join(" ") : call.exe;
  const parent = processes.find(call.ppid, call.record.fields["ses"]);
  processes.learn(call.pid, {
    exe: call.exe,
    commandLine,
    ppid: call.ppid,
    ses: call.record.fields["ses"],
  });
  return { call, images: imagesOf(call.exe, words[0]), commandLine, parent, processes };
}

/** One binary with many names (busybox, coreutils) is also the program that it was called as. */
function imagesOf(exe: string, calledAs: string | undefined): readonly string[] {
  const name = calledAs?.slice(calledAs.lastIndexOf("/") + 1).replace(/^-/, "") ?? "";
  const alias = `${exe.slice(0, exe.lastIndexOf("/") + 1)}${name}`;
  return name === "" || alias === exe ? [exe] : [exe, alias];
}

/** The container that the program runs in: its id stands in the arguments of the shim (or of `runc exec`) above it. */
function containerOf({ call, processes }: ProcessSubject): string | null {
  for (const { exe, commandLine } of processes.ancestors(call.ppid, call.record.fields["ses"])) {
    if (!SHIM.test(exe)) continue;
    const id = CONTAINER_ID.exec(commandLine)?.[1];
    if (id !== undefined) return id;
  }
  return null;
}

export function aboutProcess(subject: ProcessSubject): About {
  const container = containerOf(subject);
  const [exe = ""] = subject.images;
  return {
    group: groupOf({
      exe,
      user: subject.call.loginUser ?? subject.call.user,
      container: container?.slice(0, 12),
    }),
    object: subject.commandLine,
  };
}
