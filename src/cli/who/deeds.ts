import type { AuditRecord } from "../../model/event.ts";
import { argv, keysOf, proctitle, syscallName } from "../../records/audit/accessors.ts";

/** What an audit event says that a person would want to read in a session's story; null for what is only machinery. */
export interface Deed {
  readonly kind: "login" | "logout" | "sudo" | "command" | "file" | "api" | "audit" | "account";
  readonly text: string;
}

const ACCOUNTS = /^(ADD|DEL)_(USER|GROUP)$|^(USER|GRP)_MGMT$|^USER_CHAUTHTOK$|^ROLE_/;

/** Reads the story out of one audit event's records. */
export function deedOf(records: readonly AuditRecord[]): Deed | null {
  const first = records.find(({ type }) => type !== "PROCTITLE" && type !== "CWD");
  const fields = first?.fields ?? {};
  switch (first?.type) {
    case undefined:
      return null;
    case "USER_CMD":
      return {
        kind: "sudo",
        text: `sudo ${fields["cmd"] ?? "?"}${fields["res"] === "failed" ? " (refused)" : ""}`,
      };
    case "CONFIG_CHANGE":
      return {
        kind: "audit",
        text: `audit rules: ${fields["op"] ?? "changed"}${fields["key"] === undefined ? "" : ` key ${fields["key"]}`}`,
      };
    case "DAEMON_END":
    case "DAEMON_ABORT":
      return { kind: "audit", text: "auditd ended" };
    default:
      break;
  }
  if (first !== undefined && ACCOUNTS.test(first.type))
    return {
      kind: "account",
      text: `${fields["op"] ?? first.type} ${fields["acct"] ?? fields["id"] ?? ""}`.trim(),
    };
  const syscall = records.find(({ type }) => type === "SYSCALL");
  if (syscall === undefined) return null;
  const change = records.find(({ type }) => type === "CONFIG_CHANGE");
  if (change !== undefined) return deedOf([change]);
  return syscallDeed(records, syscall);
}

function syscallDeed(records: readonly AuditRecord[], syscall: AuditRecord): Deed | null {
  const failed = syscall.fields["success"] === "no" ? " (refused)" : "";
  const words = argv({ records });
  if (words !== null) return { kind: "command", text: words.join(" ") + failed };
  const name = syscallName(syscall);
  const keys = keysOf({ records });
  if (name === "connect" || name === "socketcall") {
    const path = records.find(({ type, fields }) => type === "PATH" && fields["name"]?.startsWith("/"))
      ?.fields["name"];
    // A successful call shows in what it did; a refused one only here.
    return failed === "" || path === undefined ? null : { kind: "api", text: `connect to ${path}${failed}` };
  }
  if (keys.length === 0 || name === "exit_group" || name === "exit") return null;
  const paths = records
    .filter(({ type, fields }) => type === "PATH" && fields["nametype"] !== "PARENT")
    .map(({ fields }) => fields["name"] ?? "?");
  const cwd = records.find(({ type }) => type === "CWD")?.fields["cwd"];
  const named = paths.map((path) => (path.startsWith("/") || cwd === undefined ? path : `${cwd}/${path}`));
  const by = proctitle({ records }) ?? syscall.fields["comm"] ?? "?";
  const what = named.length === 0 ? "" : ` ${[...new Set(named)].join(" → ")}`;
  return { kind: "file", text: `${name ?? "a call"}${what} by "${by}"${failed}` };
}
