import type { AuditEvent } from "../../model/event.ts";
import { type About, groupOf, type Subject, tableReader } from "./common.ts";
import type { ProcessTable } from "./processes.ts";
import { absolutePath, keyField, type Syscall } from "./syscall.ts";
import { viewKind } from "./view.ts";

/** What was done to a file. `connect`: a socket was connected to. `access` is an open that can only read. */
export type FileDeed = "connect" | "create" | "write" | "delete" | "rename" | "attribute" | "link" | "access";

/** One file that a system call touched. */
export interface FileSubject extends Subject {
  readonly call: Syscall;
  readonly path: string;
  readonly deed: FileDeed;
  readonly processes: ProcessTable;
}

const FIELDS: Readonly<Record<string, (subject: FileSubject) => string | readonly string[] | undefined>> = {
  TargetFilename: ({ path }) => path,
  Operation: ({ deed }) => deed,
  Image: ({ call }) => call.exe,
  CommandLine: ({ call, processes }) => processes.find(call.pid, call.record.fields["ses"])?.commandLine,
  ParentImage: ({ call, processes }) => processes.find(call.ppid, call.record.fields["ses"])?.exe,
  Ancestors: ({ call, processes }) =>
    processes.ancestors(call.ppid, call.record.fields["ses"]).map(({ exe }) => exe),
  User: ({ call }) => call.user,
  LoginUser: ({ call }) => call.loginUser ?? undefined,
  TerminalSessionId: ({ call }) => call.record.fields["ses"],
  comm: ({ call }) => call.record.fields["comm"],
  key: ({ call }) => keyField(call.record.fields["key"]),
  ProcessId: ({ call }) => call.record.fields["pid"],
  ParentProcessId: ({ call }) => call.record.fields["ppid"],
};

/** `category: file_event`, `file_change`, `file_delete`, `file_rename`, `file_access`, from PATH records; a connect to a unix socket is a `file_access`. */
export const FILE_EVENT = viewKind<FileSubject>({
  name: "file_event",
  isBytes: true,
  reader: tableReader(FIELDS),
  keywords: ({ path }) => path,
});

/** The channels that a deed is looked at in: each names what Sigma's category of that name means. */
export function fileChannels(deed: FileDeed): readonly string[] {
  switch (deed) {
    case "create":
      return ["file_event", "file_change"];
    case "delete":
      return ["file_delete", "file_change"];
    case "rename":
      return ["file_event", "file_rename", "file_change"];
    case "write":
    case "attribute":
    case "link":
      return ["file_change"];
    case "access":
    case "connect":
      return ["file_access"];
    default:
      return deed satisfies never;
  }
}

const O_ACCMODE = 0o3;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
/** Which argument of an open holds its flags, in hex as the kernel prints it. */
const FLAGS_ARGUMENT: Readonly<Record<string, string>> = {
  open: "a1",
  openat: "a2",
  open_by_handle_at: "a2",
};
const DEEDS: Readonly<Record<string, FileDeed>> = {
  connect: "connect",
  creat: "create",
  mknod: "create",
  mknodat: "create",
  mkdir: "create",
  mkdirat: "create",
  truncate: "write",
  ftruncate: "write",
  truncate64: "write",
  ftruncate64: "write",
  fallocate: "write",
  rename: "rename",
  renameat: "rename",
  renameat2: "rename",
  unlink: "delete",
  unlinkat: "delete",
  rmdir: "delete",
  link: "link",
  linkat: "link",
  symlink: "create",
  symlinkat: "create",
  chmod: "attribute",
  fchmod: "attribute",
  fchmodat: "attribute",
  fchmodat2: "attribute",
  chown: "attribute",
  fchown: "attribute",
  lchown: "attribute",
  fchownat: "attribute",
  setxattr: "attribute",
  lsetxattr: "attribute",
  fsetxattr: "attribute",
  removexattr: "attribute",
  lremovexattr: "attribute",
  fremovexattr: "attribute",
};

/** The files that an event's call touched, one for each path; none where the call failed or concerns no file. */
export function fileEvents(
  event: AuditEvent,
  call: Syscall,
  processes: ProcessTable,
): readonly Omit<FileSubject, "seen">[] {
  if (call.record.fields["success"] === "no") return [];
  const deed = deedOf(event, call);
  if (deed === null) return [];
  const files: Omit<FileSubject, "seen">[] = [];
  const add = (path: string, what: FileDeed): void => {
    if (!files.some((file) => file.path === path && file.deed === what))
      files.push({ call, path, deed: what, processes });
  };
  for (const { type, fields } of event.records) {
    const { name, nametype } = fields;
    if (type !== "PATH" || name === undefined || name === "(null)" || nametype === "PARENT") continue;
    const path = absolutePath(name, call.cwd);
    if (deed === "rename") add(path, nametype === "DELETE" ? "delete" : "rename");
    else if (nametype === "CREATE" && deed !== "link") add(path, "create");
    else add(path, deed);
  }
  return files;
}

function deedOf(event: AuditEvent, { name, record }: Syscall): FileDeed | null {
  if (name === "openat2") {
    const flags = event.records.find(({ type }) => type === "OPENAT2")?.fields["oflag"];
    return openDeed(Number.parseInt(flags ?? "0", 8));
  }
  const argument = Object.hasOwn(FLAGS_ARGUMENT, name) ? FLAGS_ARGUMENT[name] : undefined;
  if (argument !== undefined) return openDeed(Number.parseInt(record.fields[argument] ?? "0", 16));
  return (Object.hasOwn(DEEDS, name) ? DEEDS[name] : undefined) ?? null;
}

function openDeed(flags: number): FileDeed {
  if ((flags & (O_CREAT | O_TRUNC)) !== 0) return "create";
  return (flags & O_ACCMODE) === 0 ? "access" : "write";
}

export function aboutFile({ call, path }: FileSubject): About {
  return { group: groupOf({ path, user: call.loginUser ?? call.user }), object: path };
}
