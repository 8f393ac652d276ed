import { existsSync } from "node:fs";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";

/** A running rsyslogd that serves the host's /dev/log. */
export interface Rsyslog extends AsyncDisposable {
  /** What sshd, sudo, su and cron say. */
  readonly authLog: string;
}

/** Starts rsyslogd. @param stamps `iso` is RFC 3339 with microseconds (Debian 12 and later), `classic` is `Nov 24 09:08:45`. */
export async function startRsyslog(host: LabHost, stamps: "iso" | "classic" = "iso"): Promise<Rsyslog> {
  const template = stamps === "iso" ? "RSYSLOG_FileFormat" : "RSYSLOG_TraditionalFileFormat";
  host.write(
    "/etc/rsyslog-lab.conf",
    `module(load="imuxsock" SysSock.Name="/dev/log" SysSock.RateLimit.Interval="0")
global(workDirectory="/run")
$FileOwner root
$FileGroup adm
$FileCreateMode 0640
auth,authpriv.* action(type="omfile" file="/var/log/auth.log" template="${template}")
cron.* action(type="omfile" file="/var/log/auth.log" template="${template}")
`,
  );
  const rsyslogd = host.start(["rsyslogd", "-n", "-f", "/etc/rsyslog-lab.conf", "-i", "/run/rsyslogd.pid"]);
  await eventually("rsyslogd to serve /dev/log", () => {
    if (rsyslogd.exit() !== null) throw new Error(rsyslogd.output());
    return existsSync(host.path("/dev/log"));
  });
  return {
    authLog: host.path("/var/log/auth.log"),
    [Symbol.asyncDispose]: () => rsyslogd[Symbol.asyncDispose](),
  };
}
