import { execFileSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { type RulesHost, usualHost } from "./rules.ts";

const SEARCH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/snap/bin"];
const PLUGIN_DIRS = [
  "/usr/local/lib/docker/cli-plugins",
  "/usr/local/libexec/docker/cli-plugins",
  "/usr/lib/docker/cli-plugins",
  "/usr/libexec/docker/cli-plugins",
];
const OWN_USER = "dockwarden";

/** Looks at this host: where the programs, the data root and the sockets are, links resolved. Reads only. */
export function thisHost(
  arch: RulesHost["arch"],
  options: { readonly commands: RulesHost["commands"]; readonly socket?: string },
): RulesHost {
  const dataRoot = configuredDataRoot() ?? askedDataRoot(options.socket) ?? "/var/lib/docker";
  const sockets = [options.socket ?? "/run/docker.sock"].map(real);
  const homes = peopleHomes();
  return {
    ...usualHost(arch),
    dataRoot: real(dataRoot),
    sockets,
    clients: programs(["docker"]),
    clientPlugins: PLUGIN_DIRS.flatMap(listed).filter(isProgram).map(real).filter(isFirst),
    daemons: programs(["dockerd", "containerd"]),
    runtimes: programs([
      "containerd-shim-runc-v2",
      "containerd-shim-runc-v1",
      "containerd-shim",
      "runc",
      "crun",
    ]),
    namespaceTools: programs(["nsenter", "unshare"]),
    homes,
    ownUser: accounts().some(([name]) => name === OWN_USER) ? OWN_USER : null,
    commands: options.commands,
    has: existsSync,
  };
}

/** dockerd's own configuration file; null where it does not say. */
function configuredDataRoot(): string | null {
  try {
    const settings: unknown = JSON.parse(readFileSync("/etc/docker/daemon.json", "utf8"));
    const root =
      typeof settings === "object" && settings !== null ? Reflect.get(settings, "data-root") : null;
    return typeof root === "string" ? root : null;
  } catch {
    return null;
  }
}

/** What a running daemon answers (its unit may set another root); null where none answers. */
function askedDataRoot(socket: string | undefined): string | null {
  try {
    const host = socket === undefined ? [] : ["-H", `unix://${socket}`];
    const answer = execFileSync("docker", [...host, "info", "--format", "{{.DockerRootDir}}"], {
      timeout: 5000,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return answer.startsWith("/") ? answer : null;
  } catch {
    return null;
  }
}

function programs(names: readonly string[]): string[] {
  return names
    .flatMap((name) => SEARCH.map((dir) => join(dir, name)))
    .filter(isProgram)
    .map(real)
    .filter(isFirst);
}

/** A rule on a link would watch the link: the file that it leads to is what runs. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path.startsWith("/var/run/") ? path.replace("/var/run/", "/run/") : path;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const isFirst = (path: string, at: number, all: readonly string[]): boolean => all.indexOf(path) === at;

function listed(dir: string): string[] {
  try {
    return readdirSync(dir).map((name) => join(dir, name));
  } catch {
    return [];
  }
}

function accounts(): string[][] {
  try {
    return readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch {
    return [];
  }
}

/** Homes that have a `.ssh`, of people and of root. */
function peopleHomes(): string[] {
  return accounts()
    .map(([, , , , , home = ""]) => home)
    .filter((home) => home.startsWith("/") && existsSync(join(home, ".ssh")))
    .filter(isFirst);
}
