import { createHash } from "node:crypto";
import type { Alert } from "../../src/model/alert.ts";
import type { Batch } from "../../src/model/batch.ts";
import type { AuditEvent, ContainerFacts, DockerEvent, Fields, SshdEvent } from "../../src/model/event.ts";
import {
  alertId,
  auditRef,
  auid,
  containerId,
  dockerRef,
  type EventRef,
  epochMs,
  serial,
  ses,
  sshdRef,
} from "../../src/model/ids.ts";
import type { LineBatch } from "../../src/model/line.ts";
import type { Actor, Attribution, Evidence, Login } from "../../src/model/session.ts";
import { emptyBatch } from "../../src/store/contract-rows.ts";

/*
 * A small incident as the pipeline would commit it: failed logins from one address, a login by key, a container that
 * mounts the Docker socket, a shell in it, a health check, and a job of cron. Made by hand: the page's tests need rows of
 * every kind at chosen times.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const NO_FIELDS = Object.create(null) as Fields;

const WEB = "3f2a9c01d4e57b8896a0c1d2e3f405162738495a6b7c8d9eaf0b1c2d3e4f5061";
const BACKUP = "b81c5d77e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b";

/** Alice, who came in by key. */
export const ALICE: Actor = {
  user: "alice",
  address: "127.0.0.7",
  port: 37613,
  method: "publickey",
  key: "SHA256:lt7vQ0JcYd3kM2wTqE5r8uZx1aB4nC6oP9sD7fG0hJk",
  ses: ses(3),
  auid: auid(1001),
  via: ["sshd", "bash", "sudo", "docker"],
};

const sha = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** One line of sshd's log as an event, and as a login where it decides one. */
export function loginRow(
  timeMs: number,
  outcome: Login["outcome"],
  user: string,
  address: string,
  more: Partial<Login> = {},
): { readonly login: Login; readonly event: SshdEvent } {
  const port = 40_000 + (Math.floor(timeMs) % 20_000);
  const words = outcome === "accepted" ? "Accepted publickey" : "Failed password";
  const raw = `${new Date(timeMs).toISOString()} host sshd[4242]: ${words} for ${user} from ${address} port ${port} ssh2`;
  const ref = sshdRef(epochMs(timeMs), 4242, sha(raw));
  const login: Login = {
    ref,
    timeMs: epochMs(timeMs),
    outcome,
    user,
    address,
    port,
    method: outcome === "accepted" ? "publickey" : "password",
    key: outcome === "accepted" ? ALICE.key : null,
    pid: null,
    ...more,
  };
  const event: SshdEvent = {
    source: "sshd",
    ref,
    timeMs: epochMs(timeMs),
    host: "host",
    program: "sshd",
    pid: null,
    outcome: outcome === "max-attempts" ? "max-attempts" : outcome,
    user,
    address,
    port,
    method: login.method,
    key: login.key,
    childPid: null,
    message: words,
    raw,
    backfill: false,
  };
  return { login, event };
}

/** A Docker event of that container. */
export function dockerRow(
  timeMs: number,
  action: string,
  name: string,
  more: Partial<DockerEvent> = {},
): DockerEvent {
  const id = name === "web1" ? WEB : name === "backup" ? BACKUP : sha(name).repeat(6).slice(0, 64);
  const timeNano = `${Math.floor(timeMs)}138042`;
  return {
    source: "docker",
    ref: dockerRef(timeNano, "container", action, id),
    timeMs: epochMs(timeMs),
    timeNano,
    type: "container",
    action,
    execCommand: null,
    actorId: id,
    container: containerId(id),
    name,
    image: "nginx:1.29",
    execId: null,
    exitCode: null,
    attributes: NO_FIELDS,
    facts: null,
    inferred: false,
    backfill: false,
    raw: JSON.stringify({
      Type: "container",
      Action: action,
      Actor: { ID: id, Attributes: { name } },
      timeNano,
    }),
    ...more,
  };
}

/** Who is behind an event. */
export function attributionRow(ref: EventRef, more: Partial<Attribution> = {}): Attribution {
  return {
    ref,
    actor: ALICE,
    origin: null,
    confidence: "exact",
    candidates: [ALICE],
    evidence: [],
    command: null,
    end: null,
    final: true,
    ...more,
  };
}

/** An alert of that id. */
export function alertRow(id: string, timeMs: number, more: Partial<Alert> = {}): Alert {
  return {
    id: alertId(id),
    ruleId: "a-rule",
    title: "A title",
    level: "high",
    tags: [],
    state: "open",
    groupKey: id,
    group: {},
    object: null,
    action: "did it",
    sentence: "alice did it",
    attribution: null,
    refs: [],
    count: 1,
    firstMs: epochMs(timeMs),
    lastMs: epochMs(timeMs),
    nextSteps: null,
    falsePositives: [],
    backfill: false,
    mutedBy: null,
    notifyAtMs: epochMs(timeMs),
    ...more,
  };
}

const plainFacts: ContainerFacts = {
  privileged: false,
  capAdd: [],
  capDrop: [],
  pidMode: "",
  ipcMode: "private",
  utsMode: "",
  usernsMode: "",
  networkMode: "default",
  cgroupnsMode: "private",
  securityOpt: [],
  appArmorProfile: "docker-default",
  user: "",
  readonlyRootfs: false,
  mounts: [],
  devices: [],
  memoryBytes: 0,
  pidsLimit: 0,
  ports: [],
  restartPolicy: "no",
  autoRemove: false,
  image: "nginx:1.29",
  imageId: "",
  command: [],
  tty: false,
  labels: NO_FIELDS,
  healthcheck: [],
};

/** Two audit lines of one event, as a line batch and as the event. */
function auditRows(timeMs: number, number: number, offset: number): { event: AuditEvent; lines: LineBatch } {
  const time = (timeMs / 1000).toFixed(3);
  const raws = [
    `type=SYSCALL msg=audit(${time}:${number}): arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55d1 items=2 ppid=5120 pid=5133 auid=1001 uid=0 gid=0 euid=0 tty=pts0 ses=3 comm="docker" exe="/usr/bin/docker" key="dockwarden_exec"\u001dARCH=x86_64 SYSCALL=execve AUID="alice" UID="root"`,
    `type=EXECVE msg=audit(${time}:${number}): argc=6 a0="docker" a1="run" a2="-v" a3="/var/run/docker.sock:/var/run/docker.sock" a4="--name" a5="web1"`,
  ];
  const bytes = Buffer.from(`${raws.join("\n")}\n`, "latin1");
  const event: AuditEvent = {
    source: "audit",
    ref: auditRef(time, serial(number), null),
    timeMs: epochMs(timeMs),
    serial: serial(number),
    node: null,
    records: raws.map((raw) => ({
      type: /type=(\w+)/.exec(raw)?.[1] ?? "",
      fields: Object.assign(Object.create(null) as Record<string, string>, { pid: "5133", ses: "3" }),
      enriched: NO_FIELDS,
      raw,
    })),
    spans: [offset, bytes.length],
    late: false,
    backfill: false,
  };
  const position = {
    kind: "file",
    path: "/var/log/audit/audit.log",
    dev: "1",
    ino: "7",
    offset: offset + bytes.length,
    lastLine: "",
  } as const;
  return {
    event,
    lines: { source: "audit", bytes, position, backfill: false, notices: [], readMs: epochMs(timeMs) },
  };
}

/** The whole incident, ending a few seconds before `nowMs`. */
export function incident(nowMs: number): Batch {
  const audit = auditRows(nowMs - 3 * MINUTE, 10_127, 0);
  const failed = Array.from({ length: 9 }, (_, index) =>
    loginRow(
      nowMs - 9 * MINUTE + index * 4 * SECOND,
      "failed",
      ["root", "admin", "alice"][index % 3] ?? "",
      "127.0.0.9",
    ),
  );
  const alice = loginRow(nowMs - 5 * MINUTE, "accepted", "alice", "127.0.0.7");
  const logins = [
    loginRow(nowMs - 200 * MINUTE, "accepted", "deploy", "192.0.2.44"),
    loginRow(nowMs - 31 * MINUTE, "invalid-user", "oracle", "198.51.100.23"),
    ...failed,
    alice,
  ];
  const evidence: Evidence[] = [
    { source: "audit", serial: 10_127, ref: audit.event.ref },
    { source: "sshd", line: alice.event.raw, ref: alice.event.ref },
  ];
  const command = "sudo docker run -v /var/run/docker.sock:/var/run/docker.sock --name web1 nginx:1.29";
  const socketFacts: ContainerFacts = {
    ...plainFacts,
    capAdd: ["NET_ADMIN"],
    mounts: [{ type: "bind", source: "/var/run/docker.sock", destination: "/var/run/docker.sock", rw: true }],
  };
  const run = ["create", "attach", "start"].map((action, index) =>
    dockerRow(nowMs - 3 * MINUTE + index * 120, action, "web1", index === 2 ? {} : { facts: socketFacts }),
  );
  const exec = ["exec_create", "exec_start"].map((action, index) =>
    dockerRow(nowMs - 2 * MINUTE + index * 30, action, "web1", { execCommand: "/bin/sh" }),
  );
  const checks = Array.from({ length: 12 }, (_, index) =>
    dockerRow(nowMs - 20 * MINUTE + index * 30 * SECOND, "exec_create", "shop-db", {
      execCommand: "/bin/sh -c pg_isready",
      image: "postgres:18",
    }),
  );
  const backup = ["create", "start", "die", "destroy"].map((action, index) =>
    dockerRow(nowMs - 40 * MINUTE + index * 900, action, "backup", {
      image: "restic:0.18",
      exitCode: action === "die" ? 1 : null,
    }),
  );
  const pull = dockerRow(nowMs - 4 * MINUTE, "pull", "nginx:1.29", {
    type: "image",
    container: null,
    actorId: "nginx:1.29",
    image: null,
  });
  const cron: Actor = {
    ...ALICE,
    user: "bob",
    address: null,
    port: null,
    method: null,
    key: null,
    via: ["cron", "docker"],
  };
  const attributions = [
    ...run.map(({ ref }) => attributionRow(ref, { command, evidence })),
    ...exec.map(({ ref }) =>
      attributionRow(ref, { command: "docker exec -it web1 /bin/sh", confidence: "strong", evidence }),
    ),
    ...checks.map(({ ref }) =>
      attributionRow(ref, { actor: null, candidates: [], confidence: "exact", end: "daemon" }),
    ),
    ...backup.map(({ ref }) =>
      attributionRow(ref, {
        actor: cron,
        confidence: "ordered",
        command: "docker run --rm restic:0.18 backup",
        end: "cron of bob",
      }),
    ),
    attributionRow(pull.ref, { confidence: "window", candidates: [ALICE, cron], command: null }),
  ];
  const alerts = [
    alertRow("al-socket", nowMs - 3 * MINUTE, {
      ruleId: "docker-socket-mounted",
      title: "Docker socket mounted into a container",
      level: "critical",
      tags: ["attack.privilege-escalation", "attack.t1611"],
      object: "container web1 (3f2a…)",
      sentence:
        'alice (key SHA256:lt7v… from 127.0.0.7:37613, session 3) mounted the Docker socket into container web1 (3f2a…) with "sudo docker run -v /var/run/docker.sock:/var/run/docker.sock --name web1 nginx:1.29".',
      attribution: attributionRow(run[0]?.ref ?? pull.ref, { command, evidence }),
      refs: run.slice(0, 1).map(({ ref }) => ref),
      nextSteps:
        "Ask alice whether web1 needs the socket: with it, whoever is in the container is root on the host.\nStop it if nobody answers: docker stop web1",
      falsePositives: ["Watchtower, Traefik and Portainer are given the socket on purpose."],
    }),
    alertRow("al-shell", nowMs - 2 * MINUTE, {
      ruleId: "shell-in-container",
      title: "Shell started in a container",
      level: "medium",
      sentence:
        'alice (key SHA256:lt7v… from 127.0.0.7:37613, session 3) ran "docker exec -it web1 /bin/sh" → container web1 (3f2a…).',
      attribution: attributionRow(exec[0]?.ref ?? pull.ref, { confidence: "strong", evidence }),
      refs: exec.map(({ ref }) => ref),
      count: 2,
    }),
    alertRow("al-brute", nowMs - 8 * MINUTE, {
      ruleId: "ssh-brute-force",
      title: "SSH brute force",
      level: "high",
      sentence: "Nobody known (not logged in) failed to log in 9 times from 127.0.0.9 within 32 seconds.",
      refs: failed.map(({ event }) => event.ref),
      count: 9,
      firstMs: epochMs(nowMs - 9 * MINUTE),
      nextSteps: "See whether an attempt succeeded: dockwarden logins --address 127.0.0.9",
    }),
    alertRow("al-config", nowMs - 26 * 60 * MINUTE, {
      title: "Docker configuration changed",
      level: "high",
      state: "acknowledged",
      sentence: "deploy (key SHA256:9fQx… from 192.0.2.44:50122, session 1) changed /etc/docker/daemon.json.",
    }),
  ];
  return {
    ...emptyBatch,
    lines: [audit.lines],
    audit: [audit.event],
    docker: [...backup, ...checks, pull, ...run, ...exec].sort((a, b) => a.timeMs - b.timeMs),
    sshd: logins.map(({ event }) => event),
    sessions: { ...emptyBatch.sessions, logins: logins.map(({ login }) => login), attributions },
    alerts,
    notices: [
      {
        source: "audit",
        kind: "rotated",
        timeMs: epochMs(nowMs - 90 * MINUTE),
        text: "audit.log was rotated to audit.log.1 and read to its end",
        count: 0,
      },
    ],
  };
}
