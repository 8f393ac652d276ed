import type { Alert, Delivery } from "../model/alert.ts";
import type { Batch } from "../model/batch.ts";
import type { AuditEvent, DockerEvent, Fields, SshdEvent } from "../model/event.ts";
import {
  alertId,
  auditRef,
  containerId,
  deliveryId,
  dockerRef,
  epochMs,
  serial,
  sshdRef,
} from "../model/ids.ts";
import type { LineBatch, Position, SourceName } from "../model/line.ts";
import type { Container, Session } from "../model/session.ts";
import type { Store } from "../ports/store.ts";

/** What the suite needs of the test runner: vitest's own functions fit. */
export interface Runner {
  readonly it: (name: string, body: () => void | Promise<void>) => void;
  readonly expect: (value: unknown) => {
    toEqual(expected: unknown): void;
    toThrow(expected: RegExp): void;
  };
}
/** One engine under test. `open` opens the same database again and again. */
export interface Engine {
  readonly open: (options?: { readonly readonly?: boolean }) => Store;
}

/** When everything in the suite happens. */
export const T0 = 1_795_511_325_191;
const NO_FIELDS = Object.create(null) as Fields;

/** A batch with nothing in it, for tests to fill. */
export const emptyBatch: Batch = {
  lines: [],
  audit: [],
  docker: [],
  sshd: [],
  sessions: { logins: [], sessions: [], containers: [], attributions: [] },
  findings: [],
  alerts: [],
  deliveries: [],
  state: [],
  notices: [],
  pendingAuditBytes: 0,
};

/** A position in a file of the given name. */
export const filePosition = (name: string, offset: number): Position => ({
  kind: "file",
  path: `/var/log/${name}`,
  dev: "1",
  ino: name,
  offset,
  lastLine: "",
});

/** Lines as a source gives them; `offset` is where reading goes on. */
export const linesOf = (source: SourceName, bytes: Buffer, offset: number, name = "log"): LineBatch => ({
  source,
  bytes,
  position: filePosition(name, offset),
  backfill: false,
  notices: [],
  readMs: epochMs(T0),
});

/** An audit event of one or more records with these raw lines, lying at `at` in the stream, one behind the other. */
export function auditEvent(number: number, at: number, raws: readonly string[]): AuditEvent {
  const size = raws.reduce((sum, raw) => sum + raw.length + 1, 0);
  return {
    source: "audit",
    ref: auditRef((T0 / 1000).toFixed(3), serial(number), null),
    timeMs: epochMs(T0),
    serial: serial(number),
    node: null,
    records: raws.map((raw) => {
      const fields = Object.create(null) as Record<string, string>;
      for (const [, name, value] of raw.matchAll(/ (\w+)=(\S+)/g)) fields[name ?? ""] = value ?? "";
      return { type: /type=(\w+)/.exec(raw)?.[1] ?? "", fields, enriched: NO_FIELDS, raw };
    }),
    spans: [at, size],
    late: false,
    backfill: false,
  };
}

/** A line of that event. */
export const auditLine = (number: number, type: string, rest: string): string =>
  `type=${type} msg=audit(1795511325.191:${number}): ${rest}`;

/** An alert of that id. */
export const alertOf = (id: string, more: Partial<Alert> = {}): Alert => ({
  id: alertId(id),
  ruleId: "rule",
  title: "A title",
  level: "high",
  tags: [],
  state: "open",
  groupKey: id,
  group: {},
  object: null,
  action: "did it",
  sentence: "somebody did it",
  attribution: null,
  refs: [],
  count: 1,
  firstMs: epochMs(T0),
  lastMs: epochMs(T0),
  nextSteps: null,
  falsePositives: [],
  backfill: false,
  mutedBy: null,
  notifyAtMs: epochMs(T0),
  ...more,
});

/** A pending delivery, due at `nextMs`. */
export const deliveryOf = (id: string, nextMs: number, more: Partial<Delivery> = {}): Delivery => ({
  id: deliveryId(id),
  channel: "mail",
  kind: "alert",
  alerts: [alertId(`alert-of-${id}`)],
  state: "pending",
  attempts: 0,
  nextMs: epochMs(nextMs),
  createdMs: epochMs(T0),
  deliveredMs: null,
  lastError: null,
  ...more,
});

/** An event of a container. */
export const dockerEvent = (nano: string, action: string, id: string, name: string): DockerEvent => ({
  source: "docker",
  ref: dockerRef(nano, "container", action, id),
  timeMs: epochMs(Number(nano.slice(0, 13))),
  timeNano: nano,
  type: "container",
  action,
  execCommand: null,
  actorId: id,
  container: containerId(id),
  name,
  image: "nginx",
  execId: null,
  exitCode: null,
  attributes: { name, odd: "nul \0 and \u202e" },
  facts: null,
  inferred: false,
  backfill: false,
  raw: "{}",
});

/** A login. */
export const sshdEvent = (timeMs: number, hash: string): SshdEvent => ({
  source: "sshd",
  ref: sshdRef(epochMs(timeMs), 7, hash),
  timeMs: epochMs(timeMs),
  host: "h",
  program: "sshd",
  pid: null,
  outcome: "accepted",
  user: "al\0ice\xff",
  address: "127.0.0.9",
  port: 1,
  method: "publickey",
  key: null,
  childPid: null,
  message: "Accepted",
  raw: "Accepted",
  backfill: false,
});

/** Bytes as latin1. */
export const textOf = (bytes: Iterable<Buffer>): string => Buffer.concat([...bytes]).toString("latin1");

/** A session of that id. */
export const sessionOf = (id: string, startMs: number, more: Partial<Session>): Session => ({
  id,
  kind: "ssh",
  ses: null,
  auid: null,
  user: null,
  address: null,
  port: null,
  method: null,
  key: null,
  tty: null,
  pid: null,
  startMs: epochMs(startMs),
  endMs: null,
  evidence: [],
  ...more,
});
/** A container made at that time. */
export const containerOf = (id: string, name: string, at: number): Container => ({
  id: containerId(id),
  name,
  image: null,
  createdMs: epochMs(at),
  startedMs: null,
  endedMs: null,
  destroyedMs: null,
});
