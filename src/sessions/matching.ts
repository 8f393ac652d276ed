import { baseName } from "./audit-fact.ts";
import { type DockerCommand, dockerCommand } from "./cli-arguments.ts";
import type { CaseRow, ClientRow } from "./rows.ts";

/**
 * How well a client's arguments fit an event. `token`: something that nothing else can have (a container's name at its
 * creation, its id, its creator). `target`: it names this container and this act. `possible`: nothing speaks against
 * it. `opaque`: its arguments say nothing about what it asks of the API.
 */
export const FIT = { none: 0, unlikely: 0.4, opaque: 0.5, possible: 1, target: 1.5, token: 2 } as const;

/** Subcommands → what the daemon reports for them. */
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  /* A terminal's Ctrl-C goes on to the container; its removal with --rm is the daemon's. */
  run: ["create", "start", "attach", "connect", "mount", "resize", "pull", "kill", "detach"],
  create: ["create", "pull"],
  start: ["start", "attach", "connect", "mount", "resize", "kill", "detach"],
  exec: ["exec_create", "exec_start", "exec_die", "exec_detach", "resize", "exec_resize"],
  stop: ["kill", "die", "stop", "disconnect", "unmount"],
  kill: ["kill", "die", "disconnect", "unmount"],
  rm: ["destroy", "kill", "die", "stop", "disconnect", "unmount"],
  restart: ["kill", "die", "stop", "start", "restart", "connect", "disconnect", "mount", "unmount"],
  pause: ["pause"],
  unpause: ["unpause"],
  rename: ["rename"],
  update: ["update"],
  cp: ["archive-path", "extract-to-dir", "copy"],
  commit: ["commit"],
  export: ["export"],
  top: ["top"],
  attach: ["attach", "resize", "kill", "detach"],
  tag: ["tag"],
  rmi: ["untag", "delete"],
  pull: ["pull", "tag"],
  push: ["push"],
  load: ["load", "tag"],
  import: ["import", "tag"],
  save: ["save"],
  build: [
    "create",
    "start",
    "connect",
    "die",
    "kill",
    "destroy",
    "disconnect",
    "commit",
    "tag",
    "attach",
    /* The classic builder lets go of a container now before, now after its output has ended: it is not always told. */
    "detach",
    "untag",
    "delete",
    "resize",
    "mount",
    "unmount",
    "build",
    "prune",
  ],
  "container-prune": ["destroy", "prune"],
  "image-prune": ["untag", "delete", "prune"],
  "system-prune": ["destroy", "prune", "untag", "delete"],
  "volume-prune": ["destroy", "prune"],
  "network-prune": ["destroy", "prune"],
  "builder-prune": ["prune"],
  "volume-create": ["create"],
  "volume-rm": ["destroy"],
  "network-create": ["create"],
  "network-rm": ["destroy"],
  "network-connect": ["connect"],
  "network-disconnect": ["disconnect"],
};
const READS = new Set(
  "ps images info version logs inspect events search login logout stats port diff history wait help container-inspect image-inspect system-df system-info system-events volume-ls network-ls volume-inspect network-inspect context-ls context-show node-ls".split(
    " ",
  ),
);
/** They relay or orchestrate: any act can be theirs. */
const RELAYS = new Set([
  "system-dial-stdio",
  "compose",
  "stack-deploy",
  "stack-up",
  "stack-rm",
  "stack",
  "buildx",
  "",
]);
const IMAGE_VERBS = new Set(["tag", "rmi", "pull", "push", "load", "import", "save", "image-prune"]);

/** Names that the daemon makes up: `flamboyant_euler`, with a digit after a clash. */
const GENERATED = /^[a-z]+_[a-z]+\d?$/;

/** Who did the earlier acts that an act may rest on. */
export interface Past {
  /** The client that created this container, as far as decided. */
  readonly creator: (container: string) => string | null;
  /** The container was started before this event. */
  readonly wasStarted: (event: CaseRow) => boolean;
}

/** Compares clients with events; remembers each client's command line taken apart. */
export class Matcher {
  readonly #commands = new WeakMap<ClientRow, DockerCommand>();

  /** The command of a docker client whose whole arguments are known; null for any other program. */
  commandOf(client: ClientRow): DockerCommand | null {
    if (client.argv === null || !/^docker(-compose)?$/.test(baseName(client.exe))) return null;
    const known = this.#commands.get(client);
    if (known !== undefined) return known;
    const command = dockerCommand(client.argv);
    this.#commands.set(client, command);
    return command;
  }

  /** True for clients that can create one container, or make one exec, in their life. */
  doesOnce(client: ClientRow): boolean {
    const verb = this.commandOf(client)?.verb;
    return verb === "run" || verb === "create" || verb === "exec";
  }

  /** True for clients that only ask: nothing that happens is theirs. */
  onlyReads(client: ClientRow): boolean {
    return READS.has(this.commandOf(client)?.verb ?? "");
  }

  /** How well a client fits an event; see {@link FIT}. */
  fit(client: ClientRow, event: CaseRow, past: Past): number {
    const command = this.commandOf(client);
    if (command === null) return fitOpaque(client, event);
    const { verb } = command;
    if (READS.has(verb)) return FIT.none;
    if (verb === "compose" || baseName(client.exe) === "docker-compose")
      return event.compose ? FIT.possible : FIT.opaque;
    if (RELAYS.has(verb)) return FIT.opaque;
    const causes = CAUSES[verb];
    if (causes === undefined) return FIT.opaque;
    if (!causes.includes(event.action)) return FIT.none;
    switch (event.type) {
      case "image":
        return fitImage(command, event);
      case "volume":
      case "network":
        return fitOther(client, command, event, past);
      case "container":
        return fitContainer(client, command, event, past);
      default:
        return FIT.possible;
    }
  }
}

function fitContainer(client: ClientRow, command: DockerCommand, event: CaseRow, past: Past): number {
  const { verb, operands } = command;
  const id = event.container;
  if (id === null || IMAGE_VERBS.has(verb) || verb.startsWith("volume-")) return FIT.none;
  if (verb === "run" || verb === "create") {
    if (event.action === "create") return fitCreation(command, event);
    if (past.creator(id) !== client.id) return FIT.none;
    // A run starts its container once; later starts are somebody else's.
    return event.action === "start" && past.wasStarted(event) ? FIT.none : FIT.token;
  }
  if (verb === "build") {
    if (event.action !== "create") return past.creator(id) === client.id ? FIT.token : FIT.none;
    return GENERATED.test(event.name ?? "") ? FIT.possible : FIT.none;
  }
  if (verb.endsWith("-prune")) return FIT.possible;
  const targets =
    verb === "cp"
      ? operands
          .filter((operand) => operand.includes(":"))
          .map((operand) => operand.slice(0, operand.indexOf(":")))
      : verb === "exec" || verb === "commit" || verb === "rename"
        ? operands.slice(0, 1)
        : operands;
  const named = Math.max(FIT.none, ...targets.map((target) => fitName(target, event)));
  if (named === FIT.none || verb !== "exec" || event.action !== "exec_create") return named;
  return operands.slice(1).join(" ").trim() === (event.execCommand ?? "").trim() ? named : FIT.none;
}

/** A container's name, its id, or the beginning of it. */
function fitName(target: string, event: CaseRow): number {
  const name = target.replace(/^\//, "");
  if (name === "") return FIT.none;
  if (name === event.containerName || name === event.container) return FIT.target;
  if (!/^[0-9a-f]+$/.test(name) || event.container?.startsWith(name) !== true) return FIT.none;
  return name.length >= 4 ? FIT.target : FIT.possible;
}

/** `run` and `create` against what inspect says of the new container. */
function fitCreation(command: DockerCommand, event: CaseRow): number {
  const { options, operands } = command;
  const name = options.get("name")?.at(-1);
  if (name !== undefined) return name === event.name ? FIT.token : FIT.none;
  if (!GENERATED.test(event.name ?? "")) return FIT.none;
  if (!sameImage(operands[0], event.image)) return FIT.none;
  const { facts } = event;
  if (facts === null) return FIT.possible;
  const words = operands.slice(1);
  const differs =
    (words.length > 0 && JSON.stringify(facts.command) !== JSON.stringify(words)) ||
    isOn(options, "privileged") !== facts.privileged ||
    isOn(options, "rm") !== facts.autoRemove ||
    isOn(options, "tty") !== facts.tty ||
    (options.get("cap-add")?.length ?? 0) !== facts.capAdd ||
    saysOther(options.get("pid"), facts.pidMode) ||
    saysOther(options.get("network") ?? options.get("net"), facts.networkMode) ||
    saysOther(options.get("user"), facts.user) ||
    !sameBinds(options, facts.binds) ||
    (options.get("label") ?? []).some((label) => !hasLabel(facts.labels, label));
  return differs ? FIT.none : FIT.possible;
}

const isOn = (options: DockerCommand["options"], name: string): boolean =>
  (options.get(name)?.at(-1) ?? "false") !== "false";

/** An absent option says nothing but for the two modes whose absence is the empty word; `container:NAME` becomes an id. */
function saysOther(given: readonly string[] | undefined, is: string): boolean {
  const value = given?.at(-1);
  return value !== undefined && !value.startsWith("container:") && value !== is;
}

function sameBinds(options: DockerCommand["options"], binds: readonly string[]): boolean {
  const volumes = options.get("volume") ?? [];
  const destinations = new Set(
    volumes.filter((volume) => volume.includes(":")).map((volume) => volume.split(":")[1]),
  );
  if ((options.get("mount") ?? []).length > 0 || options.has("volumes-from")) return true;
  return (
    binds.every((destination) => destinations.has(destination)) &&
    volumes.filter((volume) => volume.startsWith("/") && volume.includes(":")).length === binds.length
  );
}

function hasLabel(labels: Readonly<Record<string, string>>, label: string): boolean {
  const equals = label.indexOf("=");
  const [name, value] = equals < 0 ? [label, ""] : [label.slice(0, equals), label.slice(equals + 1)];
  return labels[name] === value;
}

const withTag = (image: string): string => (/[:@][^/]*$/.test(image) ? image : `${image}:latest`);
const sameImage = (given: string | undefined, is: string | null): boolean =>
  given !== undefined && is !== null && withTag(given) === withTag(is);

function fitImage(command: DockerCommand, event: CaseRow): number {
  const { verb, operands } = command;
  if (verb === "run" || verb === "create")
    return event.action === "pull" && sameImage(operands[0], event.name ?? event.actorId)
      ? FIT.target
      : FIT.none;
  if (verb === "build" || verb.endsWith("-prune")) return FIT.possible;
  if (!IMAGE_VERBS.has(verb)) return FIT.none;
  const names = [event.name, event.actorId].filter((name) => name !== null);
  const isNamed = operands.some((operand) =>
    names.some(
      (name) =>
        sameImage(operand, name) || (operand.length >= 4 && name.replace(/^sha256:/, "").startsWith(operand)),
    ),
  );
  if (isNamed) return FIT.target;
  // rmi reports the layers by id, load and import the image by an id that is not in the arguments.
  return ["untag", "delete", "load", "import", "save", "tag"].includes(event.action) && verb !== "tag"
    ? FIT.possible
    : FIT.none;
}

function fitOther(client: ClientRow, command: DockerCommand, event: CaseRow, past: Past): number {
  const { verb, operands, options } = command;
  if (verb.startsWith(`${event.type}-`)) {
    if (verb.endsWith("-prune")) return FIT.possible;
    if (verb === "network-connect" || verb === "network-disconnect") {
      const [network = "", container = ""] = operands;
      const isIt = network === event.name || event.actorId.startsWith(network);
      return isIt && container !== "" && fitName(container, event) !== FIT.none
        ? FIT.token
        : isIt
          ? FIT.possible
          : FIT.none;
    }
    if (operands.includes(event.name ?? "") || operands.includes(event.actorId)) return FIT.token;
    return verb === "volume-create" && operands.length === 0 ? FIT.possible : FIT.none;
  }
  if (verb === "system-prune") return FIT.possible;
  if (event.container !== null) return fitContainer(client, command, { ...event, type: "container" }, past);
  if (event.type === "volume" && (verb === "run" || verb === "create") && event.action === "create")
    return (options.get("volume") ?? []).some((volume) => volume.split(":")[0] === event.actorId)
      ? FIT.target
      : FIT.possible;
  return FIT.none;
}

/** A program that speaks HTTP itself; curl's title may show the call, cut at 128 bytes. */
function fitOpaque(client: ClientRow, event: CaseRow): number {
  const words = client.argv ?? client.title?.split(" ") ?? [];
  if (!/^(curl|wget)$/.test(baseName(words[0] ?? ""))) return FIT.opaque;
  const call =
    /\/containers\/(?:create(?:\?\S*?name=(?<made>[\w.-]+))?|(?<target>[\w.-]+)(?:\/(?<verb>\w+))?)/.exec(
      words.slice(1).join(" "),
    )?.groups;
  if (call === undefined) return FIT.opaque;
  const { made, target, verb } = call;
  if (target === undefined)
    return event.action !== "create"
      ? FIT.none
      : made === undefined
        ? FIT.possible
        : made === event.name
          ? FIT.token
          : FIT.none;
  if (target !== event.containerName && event.container?.startsWith(target) !== true) return FIT.none;
  const causes =
    verb === undefined ? (CAUSES["rm"] ?? []) : verb === "exec" ? ["exec_create"] : (CAUSES[verb] ?? [verb]);
  return causes.includes(event.action) ? FIT.target : FIT.unlikely;
}
