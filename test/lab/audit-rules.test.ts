import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import {
  DOCKWARDEN,
  openHost,
  REPOSITORY,
  requireLab,
  runProgram,
  startAuditd,
  startDockerd,
} from "./harness/index.ts";

const BUILD_BYTES_MAX = 100_000;

requireLab(
  "root",
  "namespaces",
  "auditd",
  "dockerd",
)("the audit rules", () => {
  it("for this host load without an error, and keep an image build short", async () => {
    await using host = await openHost();
    await using _docker = await startDockerd(host);
    const node = join(REPOSITORY, "node_modules/.bin/node");
    const { stdout: rules } = await host.run([
      node,
      join(REPOSITORY, "src/cli/main.ts"),
      "audit-rules",
      "--for-host",
    ]);
    await using auditd = await startAuditd(host);
    host.write("/etc/audit/rules.d/60-dockwarden.rules", rules, 0o640);

    const load = await host.run(["auditctl", "-R", "/etc/audit/rules.d/60-dockwarden.rules"]);
    const listed = (await host.run(["auditctl", "-l"])).stdout
      .split("\n")
      .filter((line) => /^-[aw] /.test(line));

    expect(load.stderr).not.toMatch(/error/i);
    expect(listed).toHaveLength(rules.split("\n").filter((line) => line.startsWith("-a ")).length);

    host.write(
      "/root/build/Dockerfile",
      "FROM bb:1\nRUN cp -r /etc /tmp/etc\nRUN cp /bin/busybox /tmp/x\nRUN ls -l /\n",
    );
    const before = statSync(auditd.log).size;
    await host.run(["sh", "-c", "cd /root/build && DOCKER_BUILDKIT=0 docker build --network none -t t:1 ."]);
    await sleep(1500);
    const log = readFileSync(auditd.log, "latin1").slice(before);

    expect(log).toContain('key="dw-cli"');
    expect(log).toContain('key="dw-api"');
    expect(log.length).toBeLessThan(BUILD_BYTES_MAX);
  });

  it("for aarch64 name only system calls that it has (no such kernel is here to load them)", async () => {
    const { stdout } = await runProgram([DOCKWARDEN, "audit-rules", "--arch", "aarch64"]);
    const calls = stdout.split("\n").flatMap((rule) => {
      const arch = /arch=b(64|32)/.exec(rule)?.[1];
      return [...rule.matchAll(/-S (\S+)/g)].flatMap(([, names = ""]) =>
        names.split(",").map((name) => `${arch === "32" ? "arm" : "aarch64"} ${name}`),
      );
    });

    expect(calls.length).toBeGreaterThan(10);
    for (const call of new Set(calls)) {
      const [machine = "", name = ""] = call.split(" ");
      const { stdout: number } = await runProgram(["ausyscall", machine, name, "--exact"], { check: false });
      expect([call, number.trim()]).toEqual([call, expect.stringMatching(/^\d+$/)]);
    }
  });
});
