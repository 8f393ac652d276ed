import { once } from "node:events";
import type { CliCommand } from "../command.ts";
import { optionsOf, runOptions } from "../options.ts";

/** `run`: the daemon. SIGTERM and SIGINT end it, SIGHUP has it read its configuration again. */
export const command: CliCommand = {
  run: (argv, terminal) =>
    runOptions(
      optionsOf("run", "follows audit, Docker and sshd, and raises alerts, until it is stopped", terminal)
        .option(
          "--config <file>",
          "the configuration (default: /etc/dockwarden/dockwarden.yml, else the built-in defaults)",
        )
        .action(async ({ config }: { config?: string }) => {
          const [{ runDaemon }, { openLog }] = await Promise.all([
            import("../../app/daemon.ts"),
            import("../../app/log.ts"),
          ]);
          const stop = new AbortController();
          process.once("SIGTERM", () => stop.abort());
          process.once("SIGINT", () => stop.abort());
          // Stays registered: without a listener SIGHUP would end the process.
          process.on("SIGHUP", () => {});
          const reload = async (signal: AbortSignal): Promise<void> => {
            await once(process, "SIGHUP", { signal }).catch(() => {});
          };
          await runDaemon(
            config ?? null,
            { stop: stop.signal, reload },
            { now: () => Date.now() },
            openLog(process.stderr),
          );
        }),
      argv,
    ),
};
