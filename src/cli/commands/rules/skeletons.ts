/** What a new rule begins with: a rule that works for one kind of events, and cases for it. */
export interface Skeleton {
  readonly logsource: string;
  /** What such events are, for the comment above the log source. */
  readonly events: string;
  /** The fields worth knowing; all are in docs/reference/rules.md. */
  readonly fields: string;
  readonly detection: string;
  readonly action: string;
  readonly object: string;
  /** What must be set up on the host for such events to come. */
  readonly needs: string;
  /** Raw lines that match, and some that do not. */
  readonly positive: string;
  readonly negative: string;
}

const CONTAINER = "2aa98c895e7e34940dd173a68de3d9c9a2be31f11850adbc412a2704465cc037";
const docker = (image: string, name: string): string =>
  `docker: |
    {"Type":"container","Action":"start","Actor":{"ID":"${CONTAINER}","Attributes":{"image":"${image}","name":"${name}"}},"time":1795511371,"timeNano":1795511371595000000}`;

const call = (serial: number, syscall: string, exe: string): string => {
  const comm = exe.split("/").at(-1) ?? exe;
  return `type=SYSCALL msg=audit(1795511371.595:${serial}): arch=c000003e ${syscall} success=yes exit=0 ppid=10 pid=11 auid=1001 uid=0 ses=3 comm="${comm}" exe="${exe}"`;
};
const audit = (...lines: readonly string[]): string =>
  `audit: |\n${lines.map((line) => `    ${line}`).join("\n")}`;
const file = (serial: number, exe: string, path: string): string =>
  audit(
    call(serial, "syscall=87", exe),
    `type=PATH msg=audit(1795511371.595:${serial}): item=0 name="${path}" nametype=DELETE`,
  );
const started = (serial: number, ...argv: readonly string[]): string =>
  audit(
    call(serial, "syscall=59", argv[0] ?? ""),
    `type=EXECVE msg=audit(1795511371.595:${serial}): argc=${argv.length} ${argv.map((text, at) => `a${at}="${text}"`).join(" ")}`,
  );
const connected = (serial: number, saddr: string): string =>
  audit(
    call(serial, "syscall=42", "/usr/bin/nc"),
    `type=SOCKADDR msg=audit(1795511371.595:${serial}): saddr=${saddr}`,
  );
const sshd = (message: string): string =>
  `sshd: |\n    2026-11-24T10:00:00.000000+00:00 host sshd[4242]: ${message}`;

export const SKELETONS = {
  docker: {
    logsource: "{ product: docker, service: events }",
    events: "Docker's events, with what inspect says of the container.",
    fields:
      "Type, Action, ContainerName, Image, Actor.User, execCommand, HostConfig.Privileged, Mounts.Source, labels.NAME",
    detection: `  selection:
    Type: container
    Action: start
    Image|startswith: example/
  filter_expected:
    ContainerName: expected`,
    action: "started a container that should not run here",
    object: "container {ContainerName} (image {Image})",
    needs: "Nothing: Docker's events come by its socket.",
    positive: docker("example/app:1", "web1"),
    negative: docker("example/app:1", "expected"),
  },
  file: {
    logsource: "{ product: linux, category: file_change }",
    events: "Files that were created, written, renamed, removed or given other rights.",
    fields:
      "TargetFilename, Operation (create, write, delete, rename, attribute, link), Image, CommandLine, User, LoginUser",
    detection: `  selection:
    TargetFilename|startswith: /srv/backup/
  filter_expected:
    Image: /usr/bin/restic`,
    action: "changed a file that should not change",
    object: "{TargetFilename}",
    needs:
      "The kernel reports only what audit rules ask for: -a always,exit -F dir=/srv/backup -F perm=wa -F key=backup",
    positive: file(1, "/usr/bin/rm", "/srv/backup/1"),
    negative: file(2, "/usr/bin/restic", "/srv/backup/1"),
  },
  process: {
    logsource: "{ product: linux, category: process_creation }",
    events: "Programs that were started.",
    fields: "Image, CommandLine, ParentImage, Ancestors, ContainerId, User, LoginUser, CurrentDirectory",
    detection: `  selection:
    Image|endswith:
      - /nc
      - /ncat
    CommandLine|contains: ' -l'
  filter_expected:
    ParentImage: /usr/local/bin/expected`,
    action: "ran a program that should not run here",
    object: "{CommandLine}",
    needs:
      "The kernel reports only what audit rules ask for: -a always,exit -F path=/usr/bin/nc -F perm=x -F key=nc",
    positive: started(1, "/usr/bin/nc", "-l", "4444"),
    negative: started(2, "/usr/bin/nc", "example.org", "80"),
  },
  network: {
    logsource: "{ product: linux, category: network_connection }",
    events: "Connections to internet addresses.",
    fields: "DestinationIp, DestinationPort, Image, CommandLine, User, LoginUser",
    detection: `  selection:
    DestinationPort: 4444
  filter_expected:
    DestinationIp|cidr: 10.0.0.0/8`,
    action: "connected to a port of an unexpected kind",
    object: "{DestinationIp} port {DestinationPort}",
    needs:
      "The kernel reports only what audit rules ask for: -a always,exit -F arch=b64 -S connect -F saddr_fam=2 -F key=net",
    positive: connected(1, "0200115CC0000201000000000000000000"),
    negative: connected(2, "0200115C0A000001000000000000000000"),
  },
  auditd: {
    logsource: "{ product: linux, service: auditd }",
    events: "Single records of the audit log, as auditd writes them.",
    fields:
      "type, SYSCALL (the call's name), success, exe, comm, auid, uid, key, name (in PATH records), a0 … (in EXECVE records)",
    detection: `  selection:
    type: SYSCALL
    SYSCALL: ptrace
  filter_expected:
    exe: /usr/bin/gdb`,
    action: "called the kernel in an unexpected way",
    object: "{comm} ({exe})",
    needs:
      "The kernel reports only what audit rules ask for: -a always,exit -F arch=b64 -S ptrace -F key=ptrace",
    positive: audit(call(1, "syscall=101", "/usr/bin/strace")),
    negative: audit(call(2, "syscall=101", "/usr/bin/gdb")),
  },
  sshd: {
    logsource: "{ product: linux, service: sshd }",
    events: "Lines of the sshd log.",
    fields: "outcome (accepted, failed, invalid-user, …), user, address, method, key, FirstSeen.Address",
    detection: `  selection:
    outcome: accepted
    user: deploy
  filter_expected:
    address|cidr: 192.0.2.0/24`,
    action: "logged in by SSH from an unexpected address",
    object: "{user} from {address}",
    needs: "Nothing: sshd's log is read.",
    positive: sshd("Accepted publickey for deploy from 198.51.100.7 port 50000 ssh2: ED25519 SHA256:abc"),
    negative: sshd("Accepted publickey for deploy from 192.0.2.7 port 50000 ssh2: ED25519 SHA256:abc"),
  },
} as const satisfies Readonly<Record<string, Skeleton>>;

export type SkeletonName = keyof typeof SKELETONS;
export const SKELETON_NAMES = Object.keys(SKELETONS) as readonly SkeletonName[];

/** The text of a new rule's file. */
export function ruleText(
  skeleton: Skeleton,
  facts: { id: string; name: string; title: string; date: string },
): string {
  const { logsource, events, fields, detection, action, object, needs } = skeleton;
  return `# Sigma; what is special here: docs/reference/rules.md. Check with 'dockwarden rules check', run the cases beside this
# file with 'dockwarden rules test', try it on stored events with 'dockwarden rules hunt ${facts.name}'.
title: ${facts.title}
id: ${facts.id}
name: ${facts.name}
status: experimental
description: What this finds, and why it matters.
date: ${facts.date}
tags:
  - attack.execution
# ${events}
# ${needs}
logsource: ${logsource}
detection:
  # All fields of a selection must match, one of a field's values. Modifiers: |contains |startswith |endswith |re |cidr |all …
  # Fields: ${fields}
${detection}
  # Also: "1 of selection_*", "all of selection_*", "and", "or", parentheses.
  condition: selection and not filter_expected
falsepositives:
  - Who does this rightly, and when.
# informational, low, medium, high, critical
level: medium
dockwarden:
  # For the sentence of the alert, in the past tense; fields in braces.
  action: ${action}
  object: "${object}"
  next_steps:
    - What to look at first.
`;
}

/** The text of a new rule's cases. */
export function casesText({ positive, negative }: Skeleton): string {
  return `# Raw lines as the logs have them (audit:, sshd:, docker:), and how many findings they must raise. At least one must raise none.
- name: what it is for
  ${positive}
  expect: 1
- name: what is expected
  ${negative}
  expect: 0
`;
}
