import {
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  bootContainer,
  eventually,
  openHost,
  REPOSITORY,
  requireLab,
  runProgram,
  startAuditd,
} from "./harness/index.ts";

/** The install commands, from the how-to; the README shows the same. */
function installCommands(file: string): string[] {
  const text = readFileSync(join(REPOSITORY, file), "utf8");
  return (/```sh\n(sudo git clone[\s\S]*?)```/.exec(text)?.[1] ?? "").trim().split("\n");
}

const ADM = 4;

/** Logs as auditd and rsyslog leave them on Debian: root's, readable by group adm. */
function layOutLogs(directory: string): void {
  mkdirSync(join(directory, "audit"), { mode: 0o750 });
  chownSync(join(directory, "audit"), 0, ADM);
  for (const [from, to] of [
    ["audit.log", "audit/audit.log"],
    ["auth.log", "auth.log"],
  ] as const) {
    writeFileSync(join(directory, to), "", { mode: 0o640 });
    copyFileSync(join(REPOSITORY, "demo/incident", from), join(directory, to));
    chownSync(join(directory, to), 0, ADM);
  }
}

requireLab("systemd")("the unit file", () => {
  it("is understood by systemd whole, and rated at 2.5 or better", async () => {
    const directory = mkdtempSync(join(tmpdir(), "dockwarden-"));
    const unit = join(directory, "dockwarden.service");
    const text = readFileSync(join(REPOSITORY, "systemd/dockwarden.service"), "utf8");
    writeFileSync(unit, text.replaceAll("/opt/dockwarden", REPOSITORY));

    const verified = await runProgram(["systemd-analyze", "verify", unit]);
    const rated = await runProgram(["systemd-analyze", "security", "--offline=true", unit]);

    expect(verified.stdout + verified.stderr).toBe("");
    expect(Number(/exposure level for .*: ([\d.]+)/.exec(rated.stdout)?.[1])).toBeLessThanOrEqual(2.5);
    rmSync(directory, { recursive: true });
  });

  it("is installed by five commands, which the README shows as the how-to does", () => {
    const commands = installCommands("docs/how-to/install.md");

    expect(commands).toHaveLength(5);
    expect(installCommands("README.md")).toEqual(commands);
  });
});

requireLab("root", "systemd")("the service", () => {
  it("becomes ready in a booted system, reads logs by its group, and is started again when it hangs", async () => {
    const logs = mkdtempSync(join(tmpdir(), "dockwarden-"));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rmSync(logs, { recursive: true, force: true }));
    layOutLogs(logs);
    const container = stack.use(
      await bootContainer([
        `--bind-ro=${logs}/audit:/var/log/audit`,
        `--bind-ro=${logs}/auth.log:/var/log/auth.log`,
      ]),
    );
    const show = async (property: string): Promise<string> =>
      (await container.sh(`systemctl show -P ${property} dockwarden`)).stdout.trim();
    const [, , account, , enable] = installCommands("docs/how-to/install.md").map((line) =>
      line.replaceAll("sudo ", ""),
    );
    // Half a minute of watchdog is half a minute of test.
    await container.sh("mkdir -p /run/systemd/system/dockwarden.service.d");
    await container.sh(
      `printf '[Service]\\nWatchdogSec=8\\nTimeoutStopSec=2\\n' >/run/systemd/system/dockwarden.service.d/lab.conf`,
    );

    await container.sh(`${account} && ${enable}`);

    expect(await show("ActiveState")).toBe("active");
    const logins = await eventually("carol's login to be stored", async () => {
      const { stdout } = await container.sh(
        "runuser -u dockwarden -- /opt/dockwarden/bin/dockwarden logins --json",
        { check: false },
      );
      return stdout.includes('"127.0.0.9"') && stdout;
    });
    expect(logins).toContain('"carol"');
    const events = await container.sh(
      "runuser -u dockwarden -- /opt/dockwarden/bin/dockwarden alerts --json",
      {
        check: false,
      },
    );
    expect(events.stdout).toContain("daemon.json");

    const before = await show("MainPID");
    await container.sh(`kill -STOP ${before}`);
    await eventually(
      "the watchdog to start it again",
      async () => Number(await show("NRestarts")) > 0,
      60_000,
    );
    await eventually("it to be ready again", async () => (await show("ActiveState")) === "active", 60_000);
    expect(await show("MainPID")).not.toBe(before);

    // systemd would say Result=timeout, had it waited for longer than TimeoutStopSec.
    await container.sh("systemctl stop dockwarden");
    expect(await show("Result")).toBe("success");
    expect(await show("ExecMainStatus")).toBe("0");
  });

  it("brings audit rules that the kernel takes", async () => {
    await using host = await openHost();
    await using _auditd = await startAuditd(host);
    const rules = installCommands("docs/how-to/install.md")[3]?.replaceAll("sudo ", "") ?? "false";
    const here = rules.replaceAll("/opt/dockwarden", REPOSITORY);

    await host.run(["sh", "-c", here]);

    const { stdout } = await host.run(["auditctl", "-l"]);
    for (const key of ["dw-api", "dw-cli", "dw-runtime", "dw-config", "dw-audit"])
      expect(stdout).toMatch(new RegExp(`(-F key=|-k )${key}$`, "m"));
  });
});
