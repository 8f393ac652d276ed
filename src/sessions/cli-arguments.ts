/** A docker command line, taken apart. */
export interface DockerCommand {
  /** The subcommand in one word: `run`, `rm`, `image-prune`, `volume-create`, `build`, `compose`. */
  readonly verb: string;
  /** Values by option in its long form, without dashes: `--name x`, `--name=x`, `-v a:b`. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** What is neither an option nor its value, after the subcommand. */
  readonly operands: readonly string[];
}

/** Options before the subcommand that take a value. */
const GLOBAL_WITH_VALUE = new Set(
  "-H --host -c --context -l --log-level --config --tlscacert --tlscert --tlskey".split(" "),
);

/** Long names of the short options that matter, by subcommand; the rest keep their letter. */
const LONG: Readonly<Record<string, string>> = {
  v: "volume",
  u: "user",
  t: "tty",
  i: "interactive",
  d: "detach",
  e: "env",
  w: "workdir",
  l: "label",
  p: "publish",
  h: "hostname",
  m: "memory",
  a: "attach",
  c: "cpu-shares",
  f: "force",
  q: "quiet",
  s: "signal",
};

/** Options without a value, by subcommand; every other option takes one. */
const FLAGS: Readonly<Record<string, ReadonlySet<string>>> = Object.fromEntries(
  Object.entries({
    run: "detach interactive tty rm privileged init read-only P publish-all no-healthcheck oom-kill-disable sig-proxy disable-content-trust quiet use-api-socket help",
    exec: "detach interactive tty privileged",
    rm: "force volume volumes link",
    start: "attach interactive",
    attach: "no-stdin sig-proxy",
    logs: "details force follow tty timestamps",
    ps: "attach all latest no-trunc quiet size",
    images: "attach all digests no-trunc quiet",
    rmi: "force no-prune",
    pull: "attach all-tags disable-content-trust quiet",
    push: "attach all-tags disable-content-trust quiet",
    build: "compress disable-content-trust force-rm no-cache pull quiet rm squash load push check",
    commit: "pause",
    cp: "attach archive follow-link L quiet",
    inspect: "size",
    prune: "attach all force volumes",
    create:
      "interactive tty rm privileged init read-only P publish-all no-healthcheck oom-kill-disable disable-content-trust quiet use-api-socket",
  }).map(([verb, names]) => [verb, new Set(names.split(" "))]),
);
const NO_FLAGS: ReadonlySet<string> = new Set();

const CONTAINER_ALIASES: Readonly<Record<string, string>> = { ls: "ps", list: "ps", remove: "rm" };
const IMAGE_ALIASES: Readonly<Record<string, string>> = {
  ls: "images",
  list: "images",
  rm: "rmi",
  remove: "rmi",
};
const NESTED = new Set(
  "system volume network plugin swarm node service stack secret config context trust manifest builder checkpoint".split(
    " ",
  ),
);
/** Their operands end the options: what follows is the container's own command line. */
const RUNS_A_COMMAND = new Set(["run", "create", "exec"]);

/** Takes a docker client's arguments apart. @param argv from the program's name on. */
export function dockerCommand(argv: readonly string[]): DockerCommand {
  let at = 1;
  while (argv[at]?.startsWith("-") === true) at += GLOBAL_WITH_VALUE.has(argv[at] ?? "") ? 2 : 1;
  const first = argv[at++] ?? "";
  let verb = first;
  if (first === "container") verb = alias(argv[at++], CONTAINER_ALIASES, "container");
  else if (first === "image") verb = alias(argv[at++], IMAGE_ALIASES, "image");
  else if (first === "buildx") verb = argv[at++] === "build" ? "build" : "buildx";
  else if (NESTED.has(first)) verb = `${first}-${argv[at++] ?? ""}`;
  if (verb === "builder-build") verb = "build";
  return { verb, ...operandsOf(argv.slice(at), verb) };
}

function alias(word: string | undefined, aliases: Readonly<Record<string, string>>, group: string): string {
  const name = word ?? "";
  return name === "prune" || name === "inspect" ? `${group}-${name}` : (aliases[name] ?? name);
}

function operandsOf(words: readonly string[], verb: string): Pick<DockerCommand, "options" | "operands"> {
  const options = new Map<string, string[]>();
  const operands: string[] = [];
  const flags = FLAGS[verb.endsWith("prune") ? "prune" : verb] ?? NO_FLAGS;
  const put = (name: string, value: string): void => {
    options.set(name, [...(options.get(name) ?? []), value]);
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") {
      operands.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      if (!RUNS_A_COMMAND.has(verb)) continue;
      operands.push(...words.slice(at + 1));
      break;
    }
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      if (equals > 0) put(word.slice(2, equals), word.slice(equals + 1));
      else if (flags.has(word.slice(2))) put(word.slice(2), "true");
      else put(word.slice(2), words[++at] ?? "");
      continue;
    }
    // Short options may stand together (-dit), and the last may have its value attached (-p80:80).
    for (let letter = 1; letter < word.length; letter++) {
      const name = LONG[word[letter] ?? ""] ?? word[letter] ?? "";
      if (flags.has(name)) put(name, "true");
      else {
        const attached = word.slice(letter + 1).replace(/^=/, "");
        put(name, attached === "" ? (words[++at] ?? "") : attached);
        break;
      }
    }
  }
  return { options, operands };
}
