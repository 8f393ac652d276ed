import { userInfo } from "node:os";
import type { Clock, Source } from "../ports/source.ts";
import { openFileSource } from "./file/source.ts";

/** auditd's log. @param path by default /var/log/audit/audit.log. */
export function openAuditSource(path: string, clock: Clock): Source {
  return openFileSource({ name: "audit", path, clock, mend: (errno) => mendAudit(errno, path) });
}

/** auditd gives its log to `log_group` at each rotation, so a group in its configuration lasts where a plain chmod would not. */
function mendAudit(errno: string, path: string): string | null {
  if (errno === "ENOENT") return "apt-get install auditd && systemctl enable --now auditd";
  if (errno !== "EACCES" && errno !== "EPERM") return null;
  const { username } = userInfo();
  return `sed -i 's/^log_group *=.*/log_group = ${username}/' /etc/audit/auditd.conf && chgrp -R ${username} ${path.slice(0, path.lastIndexOf("/"))} && pkill -HUP -x auditd`;
}
