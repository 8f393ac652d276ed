import type { AuditEvent } from "../../model/event.ts";
import { recordOf } from "../../records/audit/accessors.ts";
import { socketAddress } from "../../records/audit/socket-address.ts";
import { type About, groupOf, type Subject, tableReader } from "./common.ts";
import type { ProcessTable } from "./processes.ts";
import { keyField, type Syscall } from "./syscall.ts";
import { viewKind } from "./view.ts";

/** A connection that a program opened. */
export interface ConnectionSubject extends Subject {
  readonly call: Syscall;
  readonly address: string;
  readonly port: number;
  readonly processes: ProcessTable;
}

/** connect(2) on a socket that does not block: the connection is on its way. */
const EINPROGRESS = "-115";

const FIELDS: Readonly<
  Record<string, (subject: ConnectionSubject) => string | readonly string[] | undefined>
> = {
  DestinationIp: ({ address }) => address,
  DestinationPort: ({ port }) => String(port),
  Initiated: () => "true",
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
};

/** `category: network_connection`, from connect with an internet address. Keywords look in the program's path. */
export const NETWORK_CONNECTION = viewKind<ConnectionSubject>({
  name: "network_connection",
  isBytes: true,
  reader: tableReader(FIELDS),
  keywords: ({ call, address }) => `${call.exe} ${address}`,
});

/** The connection that an event opened; null for other events, failed ones and other kinds of sockets. */
export function networkConnection(
  event: AuditEvent,
  call: Syscall,
  processes: ProcessTable,
): Omit<ConnectionSubject, "seen"> | null {
  // socketcall is how 32-bit programs connect; its rules select connect by a0.
  if (call.name !== "connect" && call.name !== "socketcall") return null;
  const { success, exit } = call.record.fields;
  if (success === "no" && exit !== EINPROGRESS) return null;
  const saddr = recordOf(event, "SOCKADDR")?.fields["saddr"];
  const socket = saddr === undefined ? null : socketAddress(saddr);
  if (socket === null || (socket.family !== "inet" && socket.family !== "inet6")) return null;
  return { call, address: socket.address, port: socket.port, processes };
}

export function aboutConnection({ call, address, port }: ConnectionSubject): About {
  return {
    group: groupOf({ address, exe: call.exe, user: call.loginUser ?? call.user }),
    object: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
  };
}
