import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { takeLock } from "./lock.ts";

/** A running auditd; its log is `/var/log/audit/audit.log` in the host. */
export interface Auditd extends AsyncDisposable {
  readonly pid: number;
  readonly log: string;
  /** The rules as the kernel lists them. */
  readonly loaded: readonly string[];
  /** Asks auditd to rotate its log now (SIGUSR1). */
  rotate(): void;
}

export interface AuditdOptions {
  /** An audit rules file's text; loaded with the host's own paths. */
  readonly rules?: string;
  /** Lines of auditd.conf that differ from Debian's. */
  readonly conf?: Readonly<Record<string, string | number>>;
}

const CONF = {
  local_events: "yes",
  write_logs: "yes",
  log_file: "/var/log/audit/audit.log",
  log_group: "adm",
  log_format: "ENRICHED",
  flush: "INCREMENTAL_ASYNC",
  freq: 50,
  max_log_file: 8,
  num_logs: 5,
  priority_boost: 4,
  name_format: "NONE",
  max_log_file_action: "ROTATE",
  space_left: 75,
  space_left_action: "IGNORE",
  admin_space_left: 50,
  admin_space_left_action: "IGNORE",
  disk_full_action: "IGNORE",
  disk_error_action: "IGNORE",
  plugin_dir: "/etc/audit/plugins.d",
};

/**
 * Starts auditd in the host and loads rules. Only one runs at a time on a machine: waits for that. At its end exactly
 * the rules that it added are gone, and the kernel's switches are as they were.
 */
export async function startAuditd(host: LabHost, options: AuditdOptions = {}): Promise<Auditd> {
  await using stack = new AsyncDisposableStack();
  stack.use(await takeLock("audit"));
  const before = await status(host);
  if (before.get("pid") !== "0")
    throw new Error(
      `auditd ${before.get("pid")} runs on this machine; the lab needs the kernel's audit for itself`,
    );
  const rulesBefore = await listRules(host);

  const conf = Object.entries({ ...CONF, ...options.conf });
  host.write("/etc/audit/auditd.conf", conf.map(([key, value]) => `${key} = ${value}\n`).join(""), 0o640);
  const auditd = stack.use(host.start(["auditd", "-n"]));
  stack.defer(async () => {
    await host.run(["auditctl", "-b", before.get("backlog_limit") ?? "64"]);
    await host.run(["auditctl", "-e", before.get("enabled") ?? "0"]);
  });
  await eventually("auditd to register with the kernel", async () => {
    if (auditd.exit() !== null) throw new Error(auditd.output());
    return (await status(host)).get("pid") === String(auditd.pid);
  });

  stack.defer(async () => {
    const added = (await listRules(host)).filter((rule) => !rulesBefore.includes(rule));
    for (const rule of added)
      await host.run(["sh", "-c", `auditctl ${rule.replace(/^-a /, "-d ").replace(/^-w /, "-W ")}`], {
        check: false,
      });
    const left = (await listRules(host)).filter((rule) => !rulesBefore.includes(rule));
    if (left.length > 0) throw new Error(`audit rules are left behind:\n${left.join("\n")}`);
  });
  if (options.rules !== undefined) {
    host.write("/etc/audit/rules.d/60-dockwarden.rules", options.rules, 0o640);
    await host.run(["auditctl", "-R", "/etc/audit/rules.d/60-dockwarden.rules"]);
  }
  const loaded = (await listRules(host)).filter((rule) => !rulesBefore.includes(rule));

  const owned = stack.move();
  return {
    pid: auditd.pid,
    log: host.path("/var/log/audit/audit.log"),
    loaded,
    rotate: () => auditd.kill("SIGUSR1"),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function listRules(host: LabHost): Promise<string[]> {
  const { stdout } = await host.run(["auditctl", "-l"]);
  return stdout.split("\n").filter((line) => /^-[aw] /.test(line));
}

async function status(host: LabHost): Promise<Map<string, string>> {
  const { stdout } = await host.run(["auditctl", "-s"]);
  return new Map(
    stdout.split("\n").map((line) => {
      const [key = "", ...rest] = line.split(" ");
      return [key, rest.join(" ")];
    }),
  );
}
