import { LEVELS } from "../model/finding.ts";

const text = { type: "string", minLength: 1 } as const;
const path = { type: "string", minLength: 1, pattern: "^/" } as const;
const port = { type: "integer", minimum: 1, maximum: 65535 } as const;
const name = { type: "string", pattern: "^[a-z0-9][a-z0-9-]{0,62}$" } as const;
const texts = { type: "array", items: text, minItems: 1, maxItems: 1000 } as const;
const matchers = { type: "object", additionalProperties: text, maxProperties: 20 } as const;

const email = {
  type: "object",
  required: ["name", "type", "host", "from", "to"],
  additionalProperties: false,
  properties: {
    name,
    type: { const: "email" },
    host: text,
    port,
    security: { enum: ["opportunistic", "starttls", "tls", "none"] },
    ca: path,
    user: text,
    passwordFile: path,
    from: text,
    to: texts,
  },
} as const;

const webhook = {
  type: "object",
  required: ["name", "type", "url"],
  additionalProperties: false,
  properties: {
    name,
    type: { const: "webhook" },
    url: { type: "string", pattern: "^https?://" },
    secretFile: path,
    ca: path,
    timeoutMs: { type: "integer", minimum: 100, maximum: 120_000 },
  },
} as const;

const docker = {
  type: "object",
  additionalProperties: false,
  properties: { socket: path, host: text, port, ca: path, cert: path, key: path },
  dependentRequired: {
    host: ["port", "ca", "cert", "key"],
    port: ["host"],
    ca: ["host"],
    cert: ["host"],
    key: ["host"],
  },
} as const;

/** The configuration file as JSON Schema 2020-12; `config/dockwarden.schema.json` is this, for editors. */
export const CONFIG_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Dockwarden configuration",
  type: "object",
  additionalProperties: false,
  properties: {
    database: path,
    sources: {
      type: "object",
      additionalProperties: false,
      properties: {
        audit: { type: "object", additionalProperties: false, properties: { path } },
        docker,
        sshd: {
          type: "object",
          additionalProperties: false,
          properties: { path, journal: { type: "boolean" } },
        },
      },
    },
    rules: texts,
    placeholders: { type: "object", additionalProperties: texts, maxProperties: 100 },
    http: {
      type: "object",
      additionalProperties: false,
      properties: {
        listen: { type: "string", pattern: "^(\\[[0-9A-Fa-f:.]+\\]|[^:\\s]+):[0-9]{1,5}$" },
        publicUrl: { type: "string", pattern: "^https?://" },
      },
    },
    channels: {
      type: "array",
      maxItems: 50,
      items: {
        type: "object",
        required: ["type"],
        discriminator: { propertyName: "type" },
        oneOf: [email, webhook],
      },
    },
    routes: {
      type: "array",
      maxItems: 100,
      items: {
        type: "object",
        required: ["channels"],
        additionalProperties: false,
        properties: { minLevel: { enum: LEVELS }, channels: texts, match: matchers },
      },
    },
    retention: {
      type: "object",
      additionalProperties: false,
      properties: {
        days: { type: "integer", minimum: 1, maximum: 36_500 },
        maxSizeMiB: { type: "integer", minimum: 64, maximum: 16_777_216 },
      },
    },
  },
} as const;

/** What a value's description says in an error text, by the pattern that it broke. */
export const PATTERN_WORDS: Readonly<Record<string, string>> = {
  [path.pattern]: "an absolute path",
  [name.pattern]: "a name of lower-case letters, digits and dashes",
  "^https?://": "a URL that begins with http:// or https://",
  [CONFIG_SCHEMA.properties.http.properties.listen.pattern]: "ADDRESS:PORT, for example 127.0.0.1:8787",
};
