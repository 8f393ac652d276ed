import { userInfo } from "node:os";
import type { Clock, Source } from "../ports/source.ts";
import { openFileSource } from "./file/source.ts";

/** The log that sshd writes to through syslog. @param path by default /var/log/auth.log. */
export function openSshdFileSource(path: string, clock: Clock): Source {
  return openFileSource({ name: "sshd", path, clock, mend: mendSshd });
}

function mendSshd(errno: string): string | null {
  if (errno === "ENOENT")
    return "apt-get install openssh-server rsyslog && systemctl enable --now ssh rsyslog";
  return errno === "EACCES" || errno === "EPERM" ? `usermod -aG adm ${userInfo().username}` : null;
}
