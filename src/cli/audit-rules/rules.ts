import { dirname } from "node:path";

/** What audit rules depend on of a host. Every path is absolute, and a program's is its file, not a link to it. */
export interface RulesHost {
  readonly arch: "x86_64" | "aarch64";
  readonly dataRoot: string;
  /** dockerd's and containerd's state while they run. */
  readonly stateDirs: readonly string[];
  readonly sockets: readonly string[];
  readonly clients: readonly string[];
  readonly clientPlugins: readonly string[];
  readonly daemons: readonly string[];
  readonly runtimes: readonly string[];
  readonly namespaceTools: readonly string[];
  /** Homes whose `.ssh` is watched. */
  readonly homes: readonly string[];
  /** The user that Dockwarden runs as; its reads of the API are not logged. Null where there is none. */
  readonly ownUser: string | null;
  /**
   * Whose programs are logged beside Docker's own: many records. `people`: what a logged-in person starts, for the commands
   * of `sessions show`. `all`: also what containers and services start, for the detections about programs in containers.
   */
  readonly commands: "none" | "people" | "all";
  /** False for a path that this host lacks: its rule is left out, with a comment. */
  readonly has: (path: string) => boolean;
}

/** A host as distributions lay it out, with every place that one of them uses. */
export function usualHost(arch: RulesHost["arch"]): RulesHost {
  return {
    arch,
    dataRoot: "/var/lib/docker",
    stateDirs: ["/run/containerd", "/run/docker"],
    sockets: ["/run/docker.sock"],
    clients: ["/usr/bin/docker", "/usr/local/bin/docker"],
    clientPlugins: [
      "/usr/libexec/docker/cli-plugins/docker-compose",
      "/usr/libexec/docker/cli-plugins/docker-buildx",
    ],
    daemons: [
      "/usr/bin/dockerd",
      "/usr/sbin/dockerd",
      "/usr/local/bin/dockerd",
      "/usr/bin/containerd",
      "/usr/local/bin/containerd",
    ],
    runtimes: [
      "/usr/bin/containerd-shim-runc-v2",
      "/usr/local/bin/containerd-shim-runc-v2",
      "/usr/bin/runc",
      "/usr/sbin/runc",
      "/usr/local/sbin/runc",
      "/usr/bin/crun",
    ],
    namespaceTools: ["/usr/bin/nsenter", "/usr/bin/unshare"],
    homes: ["/root"],
    ownUser: null,
    commands: "none",
    has: () => true,
  };
}

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** The audit rules for a host, in the order in which they must be loaded (the first that matches decides). */
export function auditRules(host: RulesHost): string {
  const sections = [
    quiet(host),
    api(host),
    clients(host),
    engine(host),
    configuration(host),
    files(host),
    privileges(host),
    kernel(host),
    trail(host),
    packages(host),
    commands(host),
  ];
  const body = sections.map(({ title, lines }) => [`## ${title}`, ...lines, ""].join("\n")).join("\n");
  return `${HEAD(host.arch)}\n${body}`;
}

const HEAD = (
  arch: string,
): string => `## Dockwarden's audit rules, ${arch}. Load: auditctl -R FILE, or as /etc/audit/rules.d/60-dockwarden.rules with
## augenrules --load. 'dockwarden audit-rules --for-host' writes them for the host it runs on.
-b 8192
## A path that this host lacks must not stop the load: without -i all later rules would be lost silently.
-i
`;

/** One rule; a comment where the host lacks the path. */
function rule(host: RulesHost, path: string, text: string): string {
  return host.has(path) ? text : `# not on this host: ${text}`;
}
/**
 * `-F dir=` needs the directory, `-F path=` only the file's parent: /etc/ld.so.preload is to be seen when somebody makes it.
 * In /proc and /sys nobody can make a file, and the kernel refuses rules for what is not there.
 */
const changes = (host: RulesHost, kind: "dir" | "path", path: string, key: string): string =>
  rule(
    host,
    kind === "dir" || /^\/(proc|sys)\//.test(path) ? path : dirname(path),
    `-a always,exit -F ${kind}=${path} -F perm=wa -F key=${key}`,
  );
const starts = (host: RulesHost, path: string, key: string): string =>
  rule(host, path, `-a always,exit -F path=${path} -F perm=x -F key=${key}`);

/** Without these one image build writes 10 MB of log. perm=wa takes in the calls of every architecture. */
function quiet(host: RulesHost): Section {
  const programs = [...host.daemons, ...host.runtimes];
  const lines = [host.dataRoot, ...host.stateDirs].flatMap((dir) =>
    programs.map((exe) =>
      rule(host, exe, rule(host, dir, `-a never,exit -F dir=${dir} -F perm=wa -F exe=${exe}`)),
    ),
  );
  if (host.ownUser !== null)
    lines.push(
      ...host.sockets.map(
        (path) => `-a never,exit -F arch=b64 -S connect -F path=${path} -F uid=${host.ownUser}`,
      ),
    );
  return { title: "1. The engine's own work in its directories is not logged. Must stay first.", lines };
}

/** A watch on the socket does not see connect(2); matching is by inode, so links, bind mounts and containers are included. */
function api(host: RulesHost): Section {
  const lines = host.sockets.flatMap((path) => [
    `-a always,exit -F arch=b64 -S connect -F path=${path} -F key=dw-api`,
    ...(host.arch === "x86_64"
      ? [
          `-a always,exit -F arch=b32 -S connect -F path=${path} -F key=dw-api`,
          `-a always,exit -F arch=b32 -S socketcall -F a0=3 -F path=${path} -F key=dw-api`,
        ]
      : []),
  ]);
  const containerd = "/run/containerd/containerd.sock";
  lines.push(
    `-a always,exit -F arch=b64 -S connect -F path=${containerd} -F auid!=unset -F key=dw-api-ctrd`,
    ...host.clients.flatMap((exe) =>
      [2, 10].map((family) =>
        rule(
          host,
          exe,
          `-a always,exit -F arch=b64 -S connect -F saddr_fam=${family} -F exe=${exe} -F key=dw-api-tcp`,
        ),
      ),
    ),
  );
  return {
    title: "2. Clients of the API: every connect to its sockets, and the docker client's over TCP.",
    lines,
  };
}

function clients(host: RulesHost): Section {
  const programs = [...host.clients, ...host.clientPlugins];
  return {
    title: "3. Start and end of each docker client: its arguments and its exact life.",
    lines: programs.flatMap((path) => [
      starts(host, path, "dw-cli"),
      rule(host, path, `-a always,exit -F arch=b64 -S exit_group -F exe=${path} -F key=dw-cli-exit`),
    ]),
  };
}

function engine(host: RulesHost): Section {
  return {
    title: "4. Starts of the engine and the runtime: ids of containers and execs are in their arguments.",
    lines: [
      ...host.daemons.map((path) => starts(host, path, "dw-daemon")),
      ...host.runtimes.map((path) => starts(host, path, "dw-runtime")),
    ],
  };
}

function configuration(host: RulesHost): Section {
  return {
    title: "5. Docker's configuration and units.",
    lines: [
      changes(host, "dir", "/etc/docker", "dw-config"),
      changes(host, "dir", "/etc/containerd", "dw-config"),
      ...[
        "/etc/default/docker",
        "/etc/sysconfig/docker",
        "/usr/lib/systemd/system/docker.service",
        "/usr/lib/systemd/system/docker.socket",
        "/usr/lib/systemd/system/containerd.service",
      ].map((path) => changes(host, "path", path, "dw-config")),
    ],
  };
}

function files(host: RulesHost): Section {
  return {
    title: "6. The engine's data, its sockets and its programs, changed by anything else.",
    lines: [
      ...[host.dataRoot, ...host.stateDirs].map((dir) => changes(host, "dir", dir, "dw-data")),
      ...host.sockets.map((path) => changes(host, "path", path, "dw-sock")),
      ...[...host.clients, ...host.clientPlugins, ...host.daemons, ...host.runtimes].map((path) =>
        changes(host, "path", path, "dw-bin"),
      ),
    ],
  };
}

function privileges(host: RulesHost): Section {
  return {
    title: "7. What gives somebody privileges, or keeps them.",
    lines: [
      ...["/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"].map((path) =>
        changes(host, "path", path, "dw-group"),
      ),
      changes(host, "path", "/etc/sudoers", "dw-sudoers"),
      changes(host, "dir", "/etc/sudoers.d", "dw-sudoers"),
      changes(host, "path", "/etc/crontab", "dw-cron"),
      ...[
        "/etc/cron.d",
        "/etc/cron.hourly",
        "/etc/cron.daily",
        "/etc/cron.weekly",
        "/etc/cron.monthly",
        "/var/spool/cron",
      ].map((dir) => changes(host, "dir", dir, "dw-cron")),
      ...["/etc/systemd/system", "/usr/local/lib/systemd/system"].map((dir) =>
        changes(host, "dir", dir, "dw-unit"),
      ),
      changes(host, "path", "/etc/ld.so.preload", "dw-preload"),
      changes(host, "dir", "/etc/ssh", "dw-sshd"),
      changes(host, "dir", "/etc/pam.d", "dw-sshd"),
      ...host.homes.map((home) => changes(host, "dir", `${home}/.ssh`, "dw-keys")),
    ],
  };
}

/** Each of cgroup v1's hierarchies has a release_agent; a rule on it also sees a container that mounts the hierarchy. */
const CGROUPS_V1 = [
  "blkio",
  "cpu",
  "cpu,cpuacct",
  "cpuacct",
  "cpuset",
  "devices",
  "freezer",
  "hugetlb",
  "memory",
  "misc",
  "net_cls",
  "net_cls,net_prio",
  "net_prio",
  "perf_event",
  "pids",
  "rdma",
  "systemd",
];

function kernel(host: RulesHost): Section {
  return {
    title: "8. The kernel: modules, other programs' namespaces, the ways out of a container.",
    lines: [
      "-a always,exit -F arch=b64 -S init_module,finit_module,delete_module -F key=dw-module",
      ...(host.arch === "x86_64"
        ? ["-a always,exit -F arch=b32 -S init_module,finit_module,delete_module -F key=dw-module"]
        : []),
      "-a always,exit -F arch=b64 -S setns,unshare -F auid!=unset -F key=dw-ns",
      ...host.namespaceTools.map((path) => starts(host, path, "dw-ns")),
      ...[
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/modprobe",
        "/proc/sys/fs/binfmt_misc/register",
        "/proc/sysrq-trigger",
        "/sys/kernel/uevent_helper",
        ...CGROUPS_V1.map((hierarchy) => `/sys/fs/cgroup/${hierarchy}/release_agent`),
      ].map((path) => changes(host, "path", path, "dw-escape")),
    ],
  };
}

function trail(host: RulesHost): Section {
  return {
    title: "9. The audit trail itself.",
    lines: [
      changes(host, "dir", "/etc/audit", "dw-audit"),
      `-a never,exit -F dir=/var/log/audit -F perm=wa -F exe=/usr/sbin/auditd`,
      changes(host, "dir", "/var/log/audit", "dw-audit"),
      ...["/usr/sbin/auditctl", "/usr/sbin/auditd", "/usr/sbin/augenrules"].map((path) =>
        changes(host, "path", path, "dw-audit"),
      ),
    ],
  };
}

/** Detections leave out what a package's scripts do, and know them by their ancestors: the scripts' starts are needed. */
function packages(host: RulesHost): Section {
  const scripts = "/var/lib/dpkg";
  return {
    title: "10. The package manager and its scripts, so that their work is known as theirs.",
    lines: [
      starts(host, "/usr/bin/dpkg", "dw-package"),
      rule(host, scripts, `-a always,exit -F dir=${scripts} -F perm=x -F key=dw-package`),
    ],
  };
}

function commands(host: RulesHost): Section {
  const arches = host.arch === "x86_64" ? ["b64", "b32"] : ["b64"];
  const lines = (who: string): readonly string[] =>
    arches.map((arch) => `-a always,exit -F arch=${arch} -S execve,execveat${who} -F key=dw-exec`);
  const choice = (whose: RulesHost["commands"], who: string): readonly string[] =>
    host.commands === whose ? lines(who) : lines(who).map((line) => `#${line}`);
  return {
    title:
      "11. Every program that a logged-in person starts, or every program at all: what runs in a container belongs to no\n## login. Opt-in: some hundred bytes for each command, kilobytes for a script, and with the second one for each healthcheck.",
    lines: [...choice("people", " -F auid!=unset"), ...choice("all", "")],
  };
}
