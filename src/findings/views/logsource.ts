import type { SourceName } from "../../model/line.ts";
import type { Logsource } from "../ast.ts";
import { AUDITD } from "./auditd.ts";
import { DOCKER } from "./docker.ts";
import { FILE_EVENT } from "./file-event.ts";
import { NETWORK_CONNECTION } from "./network-connection.ts";
import { PROCESS_CREATION } from "./process-creation.ts";
import { SYSLOG } from "./syslog.ts";
import type { ViewKind } from "./view.ts";

/** The kinds of views, by the name that routes speak of them. */
export const KINDS = {
  auditd: AUDITD,
  process_creation: PROCESS_CREATION,
  file_event: FILE_EVENT,
  network_connection: NETWORK_CONNECTION,
  syslog: SYSLOG,
  docker: DOCKER,
} as const satisfies Readonly<Record<string, ViewKind>>;
export type KindName = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];

/** Where a rule's events come from: a kind of view, and the channel in it. */
export interface Route {
  readonly kind: KindName;
  readonly channel: string;
  readonly source: SourceName;
}

const FILE_CATEGORIES = ["file_event", "file_change", "file_delete", "file_rename", "file_access"];

/** Where events for a log source come from; empty where this program has no such source. */
export function routesOf({ category, product, service }: Logsource): readonly Route[] {
  if (product === "docker")
    return category === null && (service === null || service === "events")
      ? [{ kind: "docker", channel: "docker", source: "docker" }]
      : [];
  if (product !== null && product !== "linux") return [];
  if (category !== null) {
    if (category === "process_creation" || category === "network_connection")
      return [{ kind: category, channel: category, source: "audit" }];
    return FILE_CATEGORIES.includes(category)
      ? [{ kind: "file_event", channel: category, source: "audit" }]
      : [];
  }
  if (service === "auditd") return [{ kind: "auditd", channel: "auditd", source: "audit" }];
  // Any log of the product: what was read, not the views that are derived from it.
  if (service === null)
    return [
      { kind: "auditd", channel: "auditd", source: "audit" },
      { kind: "syslog", channel: "syslog/syslog", source: "sshd" },
    ];
  return [{ kind: "syslog", channel: `syslog/${service}`, source: "sshd" }];
}
