import { openAssembler } from "../../src/events/audit/assembler.ts";
import { openSshdReader } from "../../src/events/sshd/reader.ts";
import { compileRules, openDetector, ruleErrorLine } from "../../src/findings/index.ts";
import type { Ruleset } from "../../src/findings/ruleset.ts";
import type { AuditEvent, ContainerFacts, DockerEvent, Event, SshdEvent } from "../../src/model/event.ts";
import type { Finding, SeenEvent } from "../../src/model/finding.ts";
import { containerId, dockerRef, epochMs } from "../../src/model/ids.ts";

const AT = Date.UTC(2026, 10, 24, 10);

/** Audit lines (the stamp may be left out: `type=PATH name=…` is one event of its own) as events. */
export function auditEvents(lines: string): readonly AuditEvent[] {
  const assembler = openAssembler();
  const { events } = assembler.push(Buffer.from(`${lines.trim()}\n`, "utf8"), false, AT);
  return [...events, ...assembler.flush().events];
}

let serial = 1000;
/** One event of these records, each `TYPE field=value …`. */
export function auditEvent(...records: readonly string[]): AuditEvent {
  const stamp = `msg=audit(1795511371.595:${serial++}):`;
  const lines = records.map((record) => `type=${record.replace(/ |$/, ` ${stamp} `).trim()}`);
  const [event] = auditEvents(lines.join("\n"));
  if (event === undefined) throw new Error(`no event in ${lines.join("\n")}`);
  return event;
}

/** Lines of auth.log as events. */
export function sshdEvents(lines: string, backfill = false): readonly SshdEvent[] {
  return openSshdReader().push({
    source: "sshd",
    bytes: Buffer.from(`${lines.trim()}\n`),
    position: { kind: "journal", cursor: "" },
    backfill,
    notices: [],
    readMs: epochMs(AT),
  }).events;
}

/** An sshd line at a second of the test's hour. */
export function sshdLine(second: number, message: string, pid = 4242): string {
  return `${new Date(AT + second * 1000).toISOString()} host sshd[${pid}]: ${message}`;
}

const NO_FACTS: ContainerFacts = {
  privileged: false,
  capAdd: [],
  capDrop: [],
  pidMode: "",
  ipcMode: "private",
  utsMode: "",
  usernsMode: "",
  networkMode: "default",
  cgroupnsMode: "host",
  securityOpt: [],
  appArmorProfile: "",
  user: "",
  readonlyRootfs: false,
  mounts: [],
  devices: [],
  memoryBytes: 0,
  pidsLimit: 0,
  ports: [],
  restartPolicy: "no",
  autoRemove: false,
  image: "web:1",
  imageId: "sha256:00",
  command: [],
  tty: false,
  healthcheck: [],
  labels: {},
};

/** A Docker event of one container; `facts` as inspect would say them. */
export function dockerEvent(
  action: string,
  more: Partial<DockerEvent> = {},
  facts: Partial<ContainerFacts> | null = null,
  second = 0,
): DockerEvent {
  const id = "3f2a".repeat(16);
  const timeNano = `${BigInt(AT + second * 1000) * 1_000_000n}`;
  return {
    source: "docker",
    ref: dockerRef(timeNano, "container", action, id),
    timeMs: epochMs(AT + second * 1000),
    timeNano,
    type: "container",
    action,
    execCommand: null,
    actorId: id,
    container: containerId(id),
    name: "web1",
    image: "web:1",
    execId: null,
    exitCode: null,
    attributes: {},
    facts: facts === null ? null : { ...NO_FACTS, ...facts },
    inferred: false,
    backfill: false,
    raw: JSON.stringify({ Action: action }),
    ...more,
  };
}

export const seen = (event: Event): SeenEvent => ({ event, attribution: null });

/** Compiles rules that must all be right. */
export function rulesetOf(
  text: string,
  placeholders: Readonly<Record<string, readonly string[]>> = {},
): Ruleset {
  const { ruleset, errors } = compileRules([{ path: "test.yml", text }], { placeholders });
  if (errors.length > 0) throw new Error(errors.map(ruleErrorLine).join("\n"));
  return ruleset;
}

/** What a fresh detector finds in the events, given at once. */
export function findingsOf(ruleset: Ruleset, events: readonly Event[]): readonly Finding[] {
  return openDetector({ ruleset, state: [] }).push(events.map(seen), epochMs(AT));
}
