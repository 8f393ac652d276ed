/**
 * What attribution costs with 10,000 sessions and 1,000 live containers in its tables: microseconds for an audit event and for a
 * Docker event, state rows included, and the memory held. Targets: 10 µs, 100 µs.
 */
import type {
  AuditEvent,
  AuditRecord,
  DockerEvent,
  Event,
  Fields,
  SshdEvent,
} from "../../src/model/event.ts";
import { auditRef, containerId, dockerRef, epochMs, pid, serial, sshdRef } from "../../src/model/ids.ts";
import { openAttributor } from "../../src/sessions/attributor.ts";

const SESSIONS = 10_000;
const CONTAINERS = 1000;
const BATCH = 256;
const AUDIT_TARGET_US = 10;
const DOCKER_TARGET_US = 100;

let nextSerial = 1;
let timeMs = Date.UTC(2026, 10, 24, 9);
const fieldsOf = (text: string): Fields => {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const part of text.split("|")) {
    const equals = part.indexOf("=");
    fields[part.slice(0, equals)] = part.slice(equals + 1);
  }
  return fields;
};
const record = (type: string, fields: string, enriched = ""): AuditRecord => ({
  type,
  fields: fieldsOf(fields),
  enriched: fieldsOf(enriched),
  raw: "",
});
function audit(...records: AuditRecord[]): AuditEvent {
  const number = serial(nextSerial++);
  const ref = auditRef((timeMs / 1000).toFixed(3), number, null);
  return {
    source: "audit",
    ref,
    timeMs: epochMs(timeMs),
    serial: number,
    node: null,
    records,
    spans: [],
    late: false,
    backfill: false,
  };
}
const syscall = (name: string, pid: number, ses: number, exe: string, key: string): AuditRecord =>
  record(
    "SYSCALL",
    `arch=c000003e|syscall=0|success=yes|exit=0|a0=3|items=1|ppid=${pid - 1}|pid=${pid}|auid=1002|uid=1002|gid=1002|tty=(none)|ses=${ses}|comm=x|exe=${exe}|key=${key}`,
    `SYSCALL=${name}|AUID=alice|UID=alice`,
  );
const login = (ses: number): AuditEvent =>
  audit(
    record(
      "LOGIN",
      `pid=${100_000 + ses}|uid=0|old-auid=4294967295|auid=1002|old-ses=4294967295|ses=${ses}|res=1`,
    ),
    syscall("write", 100_000 + ses, ses, "/usr/sbin/sshd", "(null)"),
  );
const accepted = (ses: number): SshdEvent => ({
  source: "sshd",
  ref: sshdRef(epochMs(timeMs), 100_000 + ses, String(ses)),
  timeMs: epochMs(timeMs),
  host: "h",
  program: "sshd",
  pid: pid(100_000 + ses),
  outcome: "accepted",
  user: "alice",
  address: "10.0.0.1",
  port: 1024 + ses,
  method: "publickey",
  key: "SHA256:x",
  childPid: null,
  message: "",
  raw: "Accepted publickey for alice",
  backfill: false,
});
const fileWrite = (ses: number): AuditEvent =>
  audit(
    syscall("openat", 300_000 + ses, ses, "/usr/bin/vi", "dw-config"),
    record("CWD", "cwd=/root"),
    record("PATH", "item=0|name=/etc/docker/daemon.json|inode=1|nametype=NORMAL"),
    record("PROCTITLE", "proctitle=vi\0daemon.json"),
  );
const hex = (number: number): string => number.toString(16).padStart(64, "0");
function docker(action: string, id: string, name: string): DockerEvent {
  const timeNano = `${Math.floor(timeMs)}${String(nextSerial++ % 1_000_000).padStart(6, "0")}`;
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
    image: "bb:1",
    execId: null,
    exitCode: null,
    attributes: { name, image: "bb:1" },
    facts: null,
    inferred: false,
    backfill: false,
    raw: "{}",
  };
}
/** One `docker run -d`: six audit events and two of Docker's. */
function* run(at: number): Generator<Event> {
  const ses = 1 + (at % SESSIONS);
  const pid = 400_000 + at * 2;
  const id = hex(at + 1);
  const name = `web${at}`;
  const argv = `argc=7|a0=docker|a1=run|a2=-d|a3=--name|a4=${name}|a5=bb:1|a6=sleep`;
  yield audit(syscall("execve", pid, ses, "/usr/bin/docker", "dw-cli"), record("EXECVE", argv));
  timeMs += 20;
  yield audit(
    syscall("connect", pid, ses, "/usr/bin/docker", "dw-api"),
    record("PROCTITLE", "proctitle=docker"),
  );
  timeMs += 20;
  yield docker("create", id, name);
  timeMs += 2;
  yield audit(
    syscall("connect", pid, ses, "/usr/bin/docker", "dw-api"),
    record("PROCTITLE", "proctitle=docker"),
  );
  const shim = `argc=6|a0=/usr/bin/containerd-shim-runc-v2|a1=-namespace|a2=moby|a3=-id|a4=${id}|a5=-address`;
  yield audit(
    syscall("execve", pid + 1, 4_294_967_295, "/usr/bin/containerd-shim-runc-v2", "dw-runtime"),
    record("EXECVE", shim),
  );
  timeMs += 100;
  yield docker("start", id, name);
  timeMs += 2;
  yield audit(syscall("exit_group", pid, ses, "/usr/bin/docker", "dw-cli-exit"));
}

const attributor = openAttributor({ state: [] });
let rows = 0;

/** Feeds events in batches as they are made. @returns the processor time spent in attribution, in microseconds. */
function feed(events: Iterable<Event>): { us: number; audit: number; docker: number } {
  const spent = { us: 0, audit: 0, docker: 0 };
  let batch: Event[] = [];
  const push = (): void => {
    const now = epochMs(batch.at(-1)?.timeMs ?? 0);
    // Processor time: what else runs on the machine does not count.
    const start = process.cpuUsage();
    attributor.push(batch, now);
    attributor.tick(now);
    rows += attributor.drainState().length;
    const { user, system } = process.cpuUsage(start);
    spent.us += user + system;
    batch = [];
  };
  for (const event of events) {
    if (event.source === "docker") spent.docker++;
    else spent.audit++;
    batch.push(event);
    if (batch.length === BATCH) push();
  }
  if (batch.length > 0) push();
  return spent;
}
function* many(count: number, gapMs: number, one: (at: number) => Iterable<Event>): Generator<Event> {
  for (let at = 0; at < count; at++) {
    timeMs += gapMs;
    yield* one(at);
  }
}

feed(many(SESSIONS, 0, (at) => [login(at + 1), accepted(at + 1)]));
feed(many(CONTAINERS, 500, run));
const writes = (count: number) => many(count, 1, (at) => [fileWrite(1 + (at % SESSIONS))]);
feed(writes(20_000));
const files = feed(writes(100_000));
const auditUs = files.us / files.audit;
rows = 0;
const lives = feed(many(3000, 50, (at) => run(CONTAINERS + at)));
const dockerUs = (lives.us - auditUs * lives.audit) / lives.docker;
globalThis.gc?.();

const line = (what: string, us: number, target: number): void =>
  console.log(
    `${what.padEnd(34)} ${us.toFixed(1).padStart(7)} µs   target ${target} µs   ${us <= target ? "met" : "MISSED"}`,
  );
console.log(`${SESSIONS} sessions, ${CONTAINERS} live containers`);
line("an audit event (file, in a session)", auditUs, AUDIT_TARGET_US);
line("a Docker event (its clients' included)", dockerUs, DOCKER_TARGET_US);
console.log(`state rows written per Docker event  ${(rows / lives.docker).toFixed(1)}`);
console.log(`heap ${(process.memoryUsage().heapUsed / 2 ** 20).toFixed(0)} MiB`);
