import { accessSync, constants, existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { DockwardenError } from "../model/fault.ts";
import type { ChannelSettings, RouteSettings, Settings } from "../model/settings.ts";
import type { ConfigFault } from "./faults.ts";

/** The configuration that is read where none is named, if it exists. */
export const DEFAULT_CONFIG = "/etc/dockwarden/dockwarden.yml";
const SYSTEM_DATABASE = "/var/lib/dockwarden/dockwarden.db";
/** The rules that come with the program; `config/rules` in the configuration. */
export const BUILT_IN_RULES = join(import.meta.dirname, "../../config/rules");
/** A host's own rules: read, where it is there, unless the configuration says which rules to read. */
export const LOCAL_RULES = "/etc/dockwarden/rules";

/** The file's own shape: the schema has checked it. */
interface ConfigFile {
  database?: string;
  sources?: {
    audit?: { path?: string };
    docker?: { socket?: string; host?: string; port?: number; ca?: string; cert?: string; key?: string };
    sshd?: { path?: string; journal?: boolean };
  };
  rules?: string[];
  placeholders?: Record<string, string[]>;
  http?: { listen?: string; publicUrl?: string };
  channels?: (Partial<ChannelSettings> & { name: string; type: string })[];
  routes?: { minLevel?: RouteSettings["minLevel"]; channels: string[]; match?: Record<string, string> }[];
  retention?: { days?: number; maxSizeMiB?: number };
}

function writable(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** `/var/lib/dockwarden/dockwarden.db` where that is writable, else the user's state directory (XDG Base Directory). */
export function defaultDatabase(): string {
  if (writable(dirname(SYSTEM_DATABASE))) return SYSTEM_DATABASE;
  const state = process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local/state");
  return join(state, "dockwarden/dockwarden.db");
}

function channel(file: Partial<ChannelSettings> & { name: string; type: string }): ChannelSettings {
  if (file.type === "webhook")
    return { secretFile: null, ca: null, timeoutMs: 10_000, ...file } as ChannelSettings;
  const tls = "security" in file && file.security === "tls";
  return {
    port: tls ? 465 : 587,
    security: "opportunistic",
    ca: null,
    user: null,
    passwordFile: null,
    ...file,
  } as ChannelSettings;
}

function complete(file: ConfigFile): Settings {
  const docker = file.sources?.docker;
  const sshd = file.sources?.sshd;
  const channels = (file.channels ?? []).map(channel);
  return {
    database: file.database ?? defaultDatabase(),
    sources: {
      audit: { path: file.sources?.audit?.path ?? "/var/log/audit/audit.log" },
      docker:
        docker?.host === undefined
          ? { socket: docker?.socket ?? "/var/run/docker.sock" }
          : {
              host: docker.host,
              port: docker.port ?? 2376,
              ca: docker.ca ?? "",
              cert: docker.cert ?? "",
              key: docker.key ?? "",
            },
      sshd:
        sshd?.path !== undefined
          ? { path: sshd.path }
          : sshd?.journal === true || !existsSync("/var/log/auth.log")
            ? existsSync("/run/systemd/system") || sshd?.journal === true
              ? { journal: true }
              : { path: "/var/log/auth.log" }
            : { path: "/var/log/auth.log" },
    },
    rules: file.rules?.map((rule) => (rule === "config/rules" ? BUILT_IN_RULES : rule)) ?? [
      BUILT_IN_RULES,
      ...(existsSync(LOCAL_RULES) ? [LOCAL_RULES] : []),
    ],
    placeholders: file.placeholders ?? {},
    http: { listen: file.http?.listen ?? "127.0.0.1:8787", publicUrl: file.http?.publicUrl ?? null },
    channels,
    // Channels without a route would be silent; whoever names one wants to hear from it.
    routes: file.routes?.map((route) => ({ minLevel: "medium", match: {}, ...route })) ?? [
      { minLevel: "medium", channels: channels.map(({ name }) => name), match: {} },
    ],
    retention: { days: file.retention?.days ?? 400, maxSizeMiB: file.retention?.maxSizeMiB ?? 10_240 },
  };
}

function refuse(file: string, faults: readonly ConfigFault[]): never {
  const lines = faults.map(
    ({ line, column, key, text }) => `${file}:${line}:${column}  ${key === "" ? "" : `${key}: `}${text}`,
  );
  throw new DockwardenError("DW_CONFIG_INVALID", lines.join("\n"));
}

/**
 * The configuration: from `file`, else from /etc/dockwarden/dockwarden.yml where that exists, else the defaults.
 * @throws DockwardenError DW_CONFIG_INVALID with `file:line:column  key: expected …, got …`, one line each; DW_CONFIG_UNREADABLE.
 */
export async function readSettings(file: string | null): Promise<Settings> {
  const path = file ?? (existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : null);
  if (path === null) return complete({});
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new DockwardenError(
      "DW_CONFIG_UNREADABLE",
      `${path}: cannot read the configuration: ${(cause as Error).message}`,
      { cause },
    );
  }
  // Loaded only where a file exists: commands without one start 60 ms sooner.
  const { checkConfig } = await import("./check.ts");
  const checked = checkConfig(text);
  if (checked.faults.length > 0) refuse(path, checked.faults);
  return complete(checked.value as ConfigFile);
}
