import type { XStatic } from "typebox/schema";
import type { SourceName } from "../model/line.ts";

/*
 * The page's interface as JSON Schema; the types derive from it by typebox's type-level reading of schemas. Only its
 * types are used: its constructors, which merely build such objects, cost the daemon 25 MB and a quarter of a second.
 */

const TEXT = { type: "string" } as const;
const TEXT_OR_NULL = { type: ["string", "null"] } as const;
const NUMBER = { type: "number" } as const;
const NUMBER_OR_NULL = { type: ["number", "null"] } as const;
const YES_OR_NO = { type: "boolean" } as const;
const TEXTS = { type: "array", items: TEXT } as const;
const LEVEL = { type: "string", enum: ["informational", "low", "medium", "high", "critical"] } as const;
const SOURCE = { type: "string", enum: ["audit", "docker", "sshd"] } as const;
const STATE = { type: "string", enum: ["open", "acknowledged", "resolved"] } as const;

/** Who did it, ready to be read. All text is printable. */
const WHO = {
  type: "object",
  required: ["text", "user", "address", "via", "confidence", "candidates", "command", "end", "final"],
  properties: {
    text: TEXT,
    user: TEXT_OR_NULL,
    address: TEXT_OR_NULL,
    via: TEXTS,
    confidence: {
      anyOf: [{ type: "string", enum: ["exact", "strong", "ordered", "window"] }, { type: "null" }],
    },
    candidates: TEXTS,
    command: TEXT_OR_NULL,
    end: TEXT_OR_NULL,
    final: YES_OR_NO,
  },
} as const;
const WHO_OR_NULL = { anyOf: [WHO, { type: "null" }] } as const;
export type Who = XStatic<typeof WHO>;

const SOURCE_HEALTH = {
  type: "object",
  required: ["source", "state", "sinceMs", "detail", "mend", "lines", "bytes", "lastLineMs"],
  properties: {
    source: SOURCE,
    state: { type: "string", enum: ["starting", "up", "down"] },
    sinceMs: NUMBER,
    detail: TEXT,
    mend: TEXT_OR_NULL,
    lines: NUMBER,
    bytes: NUMBER,
    lastLineMs: NUMBER_OR_NULL,
  },
} as const;
export type SourceHealthView = XStatic<typeof SOURCE_HEALTH>;

const LEDGER_ROW = {
  type: "object",
  required: ["source", "kind", "isLoss", "count", "lastMs", "text"],
  properties: { source: SOURCE, kind: TEXT, isLoss: YES_OR_NO, count: NUMBER, lastMs: NUMBER, text: TEXT },
} as const;
export type LedgerRow = XStatic<typeof LEDGER_ROW>;

/** `GET /api/v1/health` */
export const HEALTH = {
  type: "object",
  required: ["nowMs", "sources", "ledger", "open", "counts", "facts"],
  properties: {
    nowMs: NUMBER,
    sources: { type: "array", items: SOURCE_HEALTH },
    ledger: { type: "array", items: LEDGER_ROW },
    open: {
      type: "object",
      required: ["informational", "low", "medium", "high", "critical", "isMore"],
      properties: {
        informational: NUMBER,
        low: NUMBER,
        medium: NUMBER,
        high: NUMBER,
        critical: NUMBER,
        isMore: YES_OR_NO,
      },
    },
    counts: {
      type: "object",
      required: ["audit", "docker", "sshd", "bytes", "faults"],
      properties: { audit: NUMBER, docker: NUMBER, sshd: NUMBER, bytes: NUMBER, faults: NUMBER },
    },
    facts: {
      type: "object",
      required: ["version", "hostname", "startedMs", "database", "rules", "deliveries"],
      properties: {
        version: TEXT,
        hostname: TEXT,
        startedMs: NUMBER,
        database: TEXT,
        rules: {
          type: "object",
          required: ["loaded", "refused"],
          properties: { loaded: NUMBER, refused: NUMBER },
        },
        deliveries: {
          type: "object",
          required: ["pending", "dead"],
          properties: { pending: NUMBER, dead: NUMBER },
        },
      },
    },
  },
} as const;
export type Health = XStatic<typeof HEALTH>;

const ALERT = {
  type: "object",
  required: [
    "id",
    "ruleId",
    "title",
    "level",
    "tags",
    "state",
    "object",
    "sentence",
    "who",
    "count",
    "firstMs",
    "lastMs",
    "nextSteps",
    "falsePositives",
    "backfill",
    "mutedBy",
  ],
  properties: {
    id: TEXT,
    ruleId: TEXT,
    title: TEXT,
    level: LEVEL,
    tags: TEXTS,
    state: STATE,
    object: TEXT_OR_NULL,
    sentence: TEXT,
    who: WHO_OR_NULL,
    count: NUMBER,
    firstMs: NUMBER,
    lastMs: NUMBER,
    nextSteps: TEXT_OR_NULL,
    falsePositives: TEXTS,
    backfill: YES_OR_NO,
    mutedBy: TEXT_OR_NULL,
  },
} as const;
export type AlertView = XStatic<typeof ALERT>;

const PROOF = {
  type: "object",
  required: ["ref", "source", "timeMs", "lines"],
  properties: { ref: TEXT, source: SOURCE, timeMs: NUMBER_OR_NULL, lines: TEXTS },
} as const;
/** The verbatim lines of one event; none where they are not stored any more. */
export type Proof = XStatic<typeof PROOF>;

/** `GET /api/v1/alerts/:id` and the answer to its writes. */
export const ALERT_DETAIL = {
  type: "object",
  required: ["alert", "proof", "moreProof"],
  properties: { alert: ALERT, proof: { type: "array", items: PROOF }, moreProof: NUMBER },
} as const;
export type AlertDetail = XStatic<typeof ALERT_DETAIL>;

/** `GET /api/v1/attribution/:ref` */
export const ATTRIBUTION_DETAIL = {
  type: "object",
  required: ["ref", "who", "proof", "moreProof"],
  properties: { ref: TEXT, who: WHO_OR_NULL, proof: { type: "array", items: PROOF }, moreProof: NUMBER },
} as const;
export type AttributionDetail = XStatic<typeof ATTRIBUTION_DETAIL>;

/** `GET /api/v1/audit/:ref` */
export const AUDIT_LINES = PROOF;

const LOGIN = {
  type: "object",
  required: ["ref", "timeMs", "outcome", "user", "address", "port", "method", "key"],
  properties: {
    ref: TEXT,
    timeMs: NUMBER,
    outcome: { type: "string", enum: ["accepted", "failed", "invalid-user", "max-attempts"] },
    user: TEXT_OR_NULL,
    address: TEXT_OR_NULL,
    port: NUMBER_OR_NULL,
    method: TEXT_OR_NULL,
    key: TEXT_OR_NULL,
  },
} as const;
export type LoginView = XStatic<typeof LOGIN>;

const DOCKER = {
  type: "object",
  required: [
    "ref",
    "timeMs",
    "type",
    "action",
    "detail",
    "name",
    "container",
    "image",
    "exitCode",
    "risks",
    "who",
    "inferred",
    "backfill",
  ],
  properties: {
    ref: TEXT,
    timeMs: NUMBER,
    type: TEXT,
    action: TEXT,
    detail: TEXT_OR_NULL,
    name: TEXT_OR_NULL,
    container: TEXT_OR_NULL,
    image: TEXT_OR_NULL,
    exitCode: NUMBER_OR_NULL,
    risks: TEXTS,
    who: WHO_OR_NULL,
    inferred: YES_OR_NO,
    backfill: YES_OR_NO,
  },
} as const;
export type DockerView = XStatic<typeof DOCKER>;

const SESSION = {
  type: "object",
  required: ["id", "kind", "ses", "user", "address", "port", "method", "key", "tty", "startMs", "endMs"],
  properties: {
    id: TEXT,
    kind: { type: "string", enum: ["ssh", "cron", "local", "unknown"] },
    ses: NUMBER_OR_NULL,
    user: TEXT_OR_NULL,
    address: TEXT_OR_NULL,
    port: NUMBER_OR_NULL,
    method: TEXT_OR_NULL,
    key: TEXT_OR_NULL,
    tty: TEXT_OR_NULL,
    startMs: NUMBER,
    endMs: NUMBER_OR_NULL,
  },
} as const;
export type SessionView = XStatic<typeof SESSION>;

const list = <const Row>(row: Row) =>
  ({
    type: "object",
    required: ["rows", "next"],
    properties: { rows: { type: "array", items: row }, next: TEXT_OR_NULL },
  }) as const;
/** The lists; `next` is the `before` of the next older page, null at the end. */
export const ALERTS = list(ALERT);
export const LOGINS = list(LOGIN);
export const DOCKER_EVENTS = list(DOCKER);
export const SESSIONS = list(SESSION);
export interface List<Row> {
  readonly rows: readonly Row[];
  readonly next: string | null;
}

/** Every refusal. */
export const FAULT = {
  type: "object",
  required: ["code", "error"],
  properties: { code: TEXT, error: TEXT },
} as const;
export type FaultView = XStatic<typeof FAULT>;

/** The most rows that one request gives. */
export const MAX_ROWS = 200;
const PAGE = {
  limit: { type: "integer", minimum: 1, maximum: MAX_ROWS, default: 50 },
  before: { type: "string", maxLength: 40, pattern: "^\\d{1,15}(\\.\\d{1,6})?(_\\d{1,4})?$" },
} as const;
const NAME = { type: "string", maxLength: 256 } as const;

export const ALERTS_QUERY = {
  type: "object",
  additionalProperties: false,
  properties: { ...PAGE, state: STATE, minLevel: LEVEL, rule: NAME },
} as const;
export const LOGINS_QUERY = {
  type: "object",
  additionalProperties: false,
  properties: { ...PAGE, user: NAME, address: NAME, outcome: LOGIN.properties.outcome },
} as const;
export const DOCKER_QUERY = {
  type: "object",
  additionalProperties: false,
  properties: { ...PAGE, container: NAME, action: NAME, all: YES_OR_NO },
} as const;
export const SESSIONS_QUERY = {
  type: "object",
  additionalProperties: false,
  properties: { ...PAGE, user: NAME, open: YES_OR_NO },
} as const;
export const ID_PARAMS = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "string", pattern: "^[\\w:.@-]{1,200}$" } },
} as const;
export const REF_PARAMS = {
  type: "object",
  required: ["ref"],
  properties: { ref: { type: "string", maxLength: 600, pattern: "^(audit|docker|sshd):" } },
} as const;

/** `change` on the live stream. */
export interface LiveChange {
  readonly sources: readonly SourceName[];
  readonly alerts: number;
}
/** `hello` on the live stream: whether something may have been missed since the id that the browser had. */
export interface LiveHello {
  readonly missed: boolean;
  readonly version: string;
}
