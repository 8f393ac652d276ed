import { join } from "node:path";
import { stringify } from "yaml";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import type { Program, Ran } from "./program.ts";

export const REPOSITORY = join(import.meta.dirname, "../../..");
export const DOCKWARDEN = join(REPOSITORY, "bin/dockwarden");

/** Starts the daemon in the host. @param config the configuration's content; written to /etc/dockwarden/dockwarden.yml. */
export function startDockwarden(host: LabHost, config: Readonly<Record<string, unknown>>): Program {
  host.write("/etc/dockwarden/dockwarden.yml", stringify(config));
  return host.start([DOCKWARDEN, "run", "--config", "/etc/dockwarden/dockwarden.yml"], { graceMs: 10_000 });
}

/** Runs one of its commands in the host. */
export function dockwarden(host: LabHost, ...argv: readonly string[]): Promise<Ran> {
  return host.run([DOCKWARDEN, ...argv], { check: false });
}

/** The lines of the daemon's log so far that have this message. */
export function logged(daemon: Program, message: string): Record<string, unknown>[] {
  return daemon
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === message);
}

/** Waits until the daemon follows a source. */
export function sourceUp(daemon: Program, source: "audit" | "docker" | "sshd"): Promise<unknown> {
  return eventually(`${source} to be followed`, () => {
    if (daemon.exit() !== null) throw new Error(daemon.output());
    return logged(daemon, "a source is up").some((line) => line["source"] === source);
  });
}
