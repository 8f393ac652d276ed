import type { AuditEvent } from "../../model/event.ts";
import type { SeenEvent } from "../../model/finding.ts";
import { type AuditSubject, aboutAudit } from "./auditd.ts";
import type { About } from "./common.ts";
import { aboutDocker, type DockerSubject, imageReference } from "./docker.ts";
import { aboutFile, type FileSubject, fileChannels, fileEvents } from "./file-event.ts";
import type { KindName } from "./logsource.ts";
import type { Memory } from "./memory.ts";
import { aboutConnection, type ConnectionSubject, networkConnection } from "./network-connection.ts";
import { aboutProcess, type ProcessSubject, processCreation } from "./process-creation.ts";
import type { ProcessTable } from "./processes.ts";
import { type Syscall, syscallOf } from "./syscall.ts";
import { aboutSyslog, type SyslogSubject, syslogChannels } from "./syslog.ts";

/** One way of looking at an event, and the channels whose rules look so. */
export interface Look {
  readonly kind: KindName;
  readonly channels: readonly string[];
  readonly subject: unknown;
}

const AUDITD_CHANNELS = ["auditd"];
const DOCKER_CHANNELS = ["docker"];
const PROCESS_CHANNELS = ["process_creation"];
const NETWORK_CHANNELS = ["network_connection"];

/** All the ways that rules look at an event: an audit event is several. Takes note of programs and containers that start. */
export function* looksOf(seen: SeenEvent, { processes, containers, ends, novelty }: Memory): Generator<Look> {
  const { event } = seen;
  switch (event.source) {
    case "audit":
      yield* auditLooks(seen, event, processes);
      return;
    case "docker":
      containers.learn(event);
      ends.learn(event);
      yield {
        kind: "docker",
        channels: DOCKER_CHANNELS,
        subject: {
          seen,
          docker: event,
          containers,
          ends,
          isNewImage:
            event.type === "container" &&
            event.action === "create" &&
            event.image !== null &&
            novelty.learn("image", imageReference(event.image)),
        } satisfies DockerSubject,
      };
      containers.forget(event);
      return;
    case "sshd":
      yield {
        kind: "syslog",
        channels: syslogChannels(event.program),
        subject: {
          seen,
          line: event,
          isNewAddress:
            event.outcome === "accepted" &&
            event.user !== null &&
            event.address !== null &&
            novelty.learn(`address of ${event.user}`, event.address),
        } satisfies SyslogSubject,
      };
      return;
    default:
      event satisfies never;
  }
}

function* auditLooks(seen: SeenEvent, event: AuditEvent, processes: ProcessTable): Generator<Look> {
  const { records } = event;
  for (const record of records)
    yield {
      kind: "auditd",
      channels: AUDITD_CHANNELS,
      subject: { seen, record, records } satisfies AuditSubject,
    };
  const call = syscallOf(event);
  if (call === null) return;
  yield* callLooks(seen, event, call, processes);
}

function* callLooks(
  seen: SeenEvent,
  event: AuditEvent,
  call: Syscall,
  processes: ProcessTable,
): Generator<Look> {
  const started = processCreation(event, call, processes);
  if (started !== null) {
    yield { kind: "process_creation", channels: PROCESS_CHANNELS, subject: { seen, ...started } };
    return;
  }
  const connection = networkConnection(event, call, processes);
  if (connection !== null) {
    yield { kind: "network_connection", channels: NETWORK_CHANNELS, subject: { seen, ...connection } };
    return;
  }
  for (const file of fileEvents(event, call, processes))
    yield { kind: "file_event", channels: fileChannels(file.deed), subject: { seen, ...file } };
}

/** What a match is about where its rule does not say. */
export function aboutOf({ kind, subject }: Pick<Look, "kind" | "subject">): About {
  switch (kind) {
    case "auditd":
      return aboutAudit(subject as AuditSubject);
    case "process_creation":
      return aboutProcess(subject as ProcessSubject);
    case "file_event":
      return aboutFile(subject as FileSubject);
    case "network_connection":
      return aboutConnection(subject as ConnectionSubject);
    case "syslog":
      return aboutSyslog(subject as SyslogSubject);
    case "docker":
      return aboutDocker(subject as DockerSubject);
    default:
      return kind satisfies never;
  }
}
