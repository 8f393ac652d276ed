import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, statfsSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { readSettings } from "../config/settings.ts";
import type { Settings } from "../model/settings.ts";

/** One thing that was looked at. `weak`: works, but something will be missed. `mend` is a command to paste. */
export interface DoctorResult {
  readonly subject: string;
  readonly state: "works" | "weak" | "broken";
  readonly detail: string;
  readonly mend: string | null;
}

type Examination = (settings: Settings) => Promise<DoctorResult> | DoctorResult;

const run = promisify(execFile);
const MIN_FREE_BYTES = 512 * 2 ** 20;
/** Keys that the project's audit rules set; one of each kind must be loaded for attribution to work. */
const WANTED_KEYS = ["dw-api", "dw-cli", "dw-runtime", "dw-config"];

function readable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function examineNode(): DoctorResult {
  const isPinned = process.versions.node.startsWith("26.");
  return {
    subject: "node",
    state: isPinned ? "works" : "broken",
    detail: `${process.version} at ${process.execPath}`,
    mend: isPinned ? null : "npm ci",
  };
}

function examineDatabase({ database }: Settings): DoctorResult {
  const directory = dirname(database);
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
    if (existsSync(database)) accessSync(database, constants.W_OK);
  } catch (error) {
    return {
      subject: "database",
      state: "broken",
      detail: `${database}: ${(error as Error).message}`,
      mend: `install -d -o "$(id -un)" ${directory}`,
    };
  }
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  return {
    subject: "database",
    state: free < MIN_FREE_BYTES ? "weak" : "works",
    detail: `${database}, ${Math.round(free / 2 ** 20)} MiB free`,
    mend: free < MIN_FREE_BYTES ? `df -h ${directory}` : null,
  };
}

function examineAuditLog({ sources }: Settings): DoctorResult {
  const { path } = sources.audit;
  const code = readable(path);
  if (code === null) return { subject: "audit log", state: "works", detail: path, mend: null };
  return {
    subject: "audit log",
    state: "broken",
    detail: `${path}: ${code}`,
    mend:
      code === "ENOENT"
        ? "apt-get install auditd && systemctl enable --now auditd"
        : "systemctl restart dockwarden  # the service may read it; else run doctor as root",
  };
}

async function examineAuditRules(): Promise<DoctorResult> {
  const subject = "audit rules";
  const mend =
    "dockwarden audit-rules --for-host > /etc/audit/rules.d/60-dockwarden.rules && augenrules --load";
  try {
    const { stdout } = await run("auditctl", ["-l"]);
    const missing = WANTED_KEYS.filter((key) => !stdout.includes(key));
    if (missing.length === 0)
      return { subject, state: "works", detail: `${stdout.trim().split("\n").length} loaded`, mend: null };
    return {
      subject,
      state: "weak",
      detail: `no rule with key ${missing.join(", ")}: who ran what stays unknown`,
      mend,
    };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return {
      subject,
      state: "weak",
      detail: isMissing ? "auditctl is not installed" : "cannot be listed without root",
      mend: isMissing ? "apt-get install auditd" : "sudo dockwarden doctor",
    };
  }
}

function reaches(socket: string): Promise<string | null> {
  return new Promise((resolve) => {
    const link = connect(socket);
    link.once("connect", () => {
      link.destroy();
      resolve(null);
    });
    link.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function examineDocker({ sources }: Settings): Promise<DoctorResult> {
  const subject = "docker";
  if (!("socket" in sources.docker)) {
    const { host, port, ca, cert, key } = sources.docker;
    const unread = [ca, cert, key].find((file) => readable(file) !== null);
    return unread === undefined
      ? {
          subject,
          state: "works",
          detail: `tcp://${host}:${port} with TLS; its certificate is checked on connecting`,
          mend: null,
        }
      : { subject, state: "broken", detail: `${unread}: ${readable(unread)}`, mend: `ls -l ${unread}` };
  }
  const code = await reaches(sources.docker.socket);
  if (code === null) return { subject, state: "works", detail: sources.docker.socket, mend: null };
  return {
    subject,
    state: "broken",
    detail: `${sources.docker.socket}: ${code}`,
    mend:
      code === "EACCES"
        ? "usermod -aG docker dockwarden && systemctl restart dockwarden"
        : "systemctl start docker",
  };
}

async function examineSshd({ sources }: Settings): Promise<DoctorResult> {
  const subject = "sshd log";
  if ("path" in sources.sshd) {
    const code = readable(sources.sshd.path);
    if (code === null) return { subject, state: "works", detail: sources.sshd.path, mend: null };
    return {
      subject,
      state: "broken",
      detail: `${sources.sshd.path}: ${code}`,
      mend:
        code === "ENOENT"
          ? "apt-get install rsyslog"
          : "usermod -aG adm dockwarden && systemctl restart dockwarden",
    };
  }
  try {
    await run("journalctl", ["-n", "0", "-u", "ssh.service", "--no-pager"]);
    return { subject, state: "works", detail: "journal of ssh.service", mend: null };
  } catch (error) {
    return {
      subject,
      state: "broken",
      detail: `journal: ${(error as Error).message.trim()}`,
      mend: "usermod -aG systemd-journal dockwarden && systemctl restart dockwarden",
    };
  }
}

async function examineRules({ rules, placeholders }: Settings): Promise<DoctorResult> {
  const subject = "rules";
  const mend = `dockwarden rules check ${rules.join(" ")}`;
  const { loadRules, readRuleFiles } = await import("./rules.ts");
  try {
    const count = readRuleFiles(rules).length;
    const { errors } = loadRules({ rules, placeholders });
    return errors.length === 0
      ? { subject, state: "works", detail: `${count} files`, mend: null }
      : {
          subject,
          state: "broken",
          detail: `${errors[0]}${errors.length > 1 ? ` and ${errors.length - 1} more` : ""}`,
          mend,
        };
  } catch (error) {
    return { subject, state: "broken", detail: (error as Error).message, mend };
  }
}

function examineChannels({ channels }: Settings): DoctorResult {
  const subject = "channels";
  if (channels.length === 0)
    return {
      subject,
      state: "weak",
      detail: "none: alerts show on the page only",
      mend: "editor /etc/dockwarden/dockwarden.yml  # add an email or webhook channel",
    };
  const unread = channels
    .flatMap((channel) => [channel.type === "email" ? channel.passwordFile : channel.secretFile, channel.ca])
    .find((file) => file !== null && readable(file) !== null);
  const names = channels.map(({ name }) => name).join(", ");
  return unread === undefined || unread === null
    ? { subject, state: "works", detail: `${names}; try one with 'dockwarden notify test NAME'`, mend: null }
    : { subject, state: "broken", detail: `${unread}: ${readable(unread)}`, mend: `ls -l ${unread}` };
}

const EXAMINATIONS: readonly Examination[] = [
  examineNode,
  examineDatabase,
  examineAuditLog,
  examineAuditRules,
  examineDocker,
  examineSshd,
  examineRules,
  examineChannels,
];

/** Looks at everything that the daemon needs, one after the other. A wrong configuration is the first and only result. */
export async function* examine(config: string | null): AsyncIterable<DoctorResult> {
  let settings: Settings;
  try {
    settings = await readSettings(config);
  } catch (error) {
    yield {
      subject: "configuration",
      state: "broken",
      detail: (error as Error).message,
      mend: `editor ${config ?? "/etc/dockwarden/dockwarden.yml"}`,
    };
    return;
  }
  for (const examination of EXAMINATIONS) yield await examination(settings);
}
