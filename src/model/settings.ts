import type { Level } from "./finding.ts";

/** The configuration after reading, with defaults in place. Keys and shapes are the contract with users (docs/reference/configuration.md). */
export interface Settings {
  readonly database: string;
  readonly sources: {
    readonly audit: { readonly path: string };
    readonly docker: DockerEndpoint;
    readonly sshd: { readonly path: string } | { readonly journal: true };
  };
  /** Files or directories of Sigma YAML. */
  readonly rules: readonly string[];
  /** Values of `%Name%` placeholders in rules. */
  readonly placeholders: Readonly<Record<string, readonly string[]>>;
  readonly http: { readonly listen: string; readonly publicUrl: string | null };
  readonly channels: readonly ChannelSettings[];
  readonly routes: readonly RouteSettings[];
  /** What is older, or beyond the size, is dropped oldest first, and counted in the loss ledger. */
  readonly retention: { readonly days: number; readonly maxSizeMiB: number };
}

export type DockerEndpoint =
  | { readonly socket: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly ca: string;
      readonly cert: string;
      readonly key: string;
    };

export interface EmailSettings {
  readonly name: string;
  readonly type: "email";
  readonly host: string;
  readonly port: number;
  /** `starttls`: required; `opportunistic`: used when offered (the default); `tls`: from the first byte; `none`: never. */
  readonly security: "opportunistic" | "starttls" | "tls" | "none";
  readonly ca: string | null;
  readonly user: string | null;
  readonly passwordFile: string | null;
  readonly from: string;
  readonly to: readonly string[];
}

export interface WebhookSettings {
  readonly name: string;
  readonly type: "webhook";
  readonly url: string;
  /** Holds the Standard Webhooks secret (`whsec_…` or base64). */
  readonly secretFile: string | null;
  readonly ca: string | null;
  readonly timeoutMs: number;
}

export type ChannelSettings = EmailSettings | WebhookSettings;

export interface RouteSettings {
  readonly minLevel: Level;
  readonly channels: readonly string[];
  /** Matchers as of a silence; empty matches all. */
  readonly match: Readonly<Record<string, string>>;
}
