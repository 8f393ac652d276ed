import { InvalidArgumentError, Option } from "commander";
import { auditRules, type RulesHost, usualHost } from "../audit-rules/rules.ts";
import { type CliCommand, EXIT } from "../command.ts";
import { optionsOf, runOptions } from "../options.ts";

interface Options {
  forHost?: boolean;
  arch?: RulesHost["arch"];
  commands?: "people" | "all";
  socket?: string;
}

function parseArch(text: string): RulesHost["arch"] {
  if (text === "x86_64" || text === "amd64" || text === "x64") return "x86_64";
  if (text === "aarch64" || text === "arm64") return "aarch64";
  throw new InvalidArgumentError(`expected x86_64 or aarch64, got "${text}".`);
}

function parseCommands(text: string): "people" | "all" {
  if (text === "people" || text === "all") return text;
  throw new InvalidArgumentError(`expected people or all, got "${text}".`);
}

/** `audit-rules`: the audit rules that attribution and the detections need, to be loaded with auditctl -R. */
export const command: CliCommand = {
  async run(argv, terminal) {
    const options = optionsOf(
      "audit-rules",
      "prints the audit rules that attribution and detections need",
      terminal,
    )
      .option(
        "--for-host",
        "for this host: its data root, programs and homes, links resolved, missing ones left out",
      )
      .option("--arch <name>", "x86_64 or aarch64 (default: this machine's)", parseArch)
      .option("--socket <path>", "the engine's socket, where it is not /run/docker.sock")
      .addOption(
        new Option(
          "--commands [whose]",
          "also log every program that a logged-in person starts (people), or that anything starts (all): detections in containers need that",
        )
          .argParser(parseCommands)
          .preset("people"),
      )
      .action(async (given: Options) => {
        const arch = given.arch ?? (process.arch === "arm64" ? "aarch64" : "x86_64");
        const more = given.socket === undefined ? {} : { socket: given.socket };
        const commands: RulesHost["commands"] = given.commands ?? "none";
        const host =
          given.forHost === true
            ? (await import("../audit-rules/host.ts")).thisHost(arch, { commands, ...more })
            : {
                ...usualHost(arch),
                commands,
                ...(given.socket === undefined ? {} : { sockets: [given.socket] }),
              };
        terminal.out.write(auditRules(host));
      });
    const exit = await runOptions(options, argv);
    return exit === EXIT.done ? EXIT.done : exit;
  },
};
