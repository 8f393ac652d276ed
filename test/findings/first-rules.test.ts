import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileRules } from "../../src/findings/index.ts";
import { auditEvent, dockerEvent, findingsOf, sshdEvents, sshdLine } from "./events.ts";

const RULES = join(import.meta.dirname, "../../config/rules");
const files = globSync("**/*.yml", { cwd: RULES })
  .filter((path) => !path.endsWith(".test.yml"))
  .map((path) => ({ path, text: readFileSync(join(RULES, path), "utf8") }));
const { ruleset, errors, warnings } = compileRules(files, { placeholders: {} });

const SYSCALL =
  'SYSCALL arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffe a2=241 a3=1b6 items=2 ppid=10 pid=11 auid=1001 uid=0 gid=0 euid=0 tty=pts0 ses=3 comm="tee" exe="/usr/bin/tee" key="dw-config"';

describe("the built-in rules", () => {
  it("have neither errors nor warnings", () => {
    expect([...errors, ...warnings]).toEqual([]);
  });

  it("notice a changed daemon.json, with a relative name too", () => {
    const event = auditEvent(
      SYSCALL,
      'CWD cwd="/etc/docker"',
      'PATH item=0 name="/etc/docker" inode=1 nametype=PARENT',
      'PATH item=1 name="daemon.json" inode=2 nametype=CREATE',
    );

    const findings = findingsOf(ruleset, [event]);

    expect(findings).toMatchObject([
      {
        title: "Docker configuration changed",
        level: "high",
        object: "/etc/docker/daemon.json",
        group: { path: "/etc/docker/daemon.json", user: "1001" },
        refs: [event.ref],
        episode: null,
      },
    ]);
  });

  it("leave the package manager alone", () => {
    const event = auditEvent(
      SYSCALL.replace("/usr/bin/tee", "/usr/bin/dpkg"),
      'CWD cwd="/"',
      'PATH item=1 name="/etc/default/docker" inode=2 nametype=CREATE',
    );

    expect(findingsOf(ruleset, [event])).toEqual([]);
  });

  it("notice privileged containers and the engine's socket", () => {
    const mounts = [
      { type: "bind", source: "/var/run/docker.sock", destination: "/s", rw: false },
      { type: "bind", source: "/srv", destination: "/srv", rw: true },
    ];

    const titles = findingsOf(ruleset, [
      dockerEvent("create", {}, { privileged: true }),
      dockerEvent("create", { name: "web2" }, { mounts }, 1),
      dockerEvent("create", { name: "web3" }, {}, 2),
    ]).map(({ title, object }) => [title, object]);

    expect(titles).toEqual([
      ["Privileged container", "container web1 (image web:1)"],
      [
        "Docker or containerd socket mounted",
        "container web2 (image web:1, mounts /var/run/docker.sock, /srv)",
      ],
    ]);
  });

  it("notice a shell by exec, but not a healthcheck's", () => {
    const exec = (execCommand: string, second: number) =>
      dockerEvent("exec_start", { execCommand }, null, second);

    const findings = findingsOf(ruleset, [
      dockerEvent("create", {}, { healthcheck: ["CMD-SHELL", "curl -f http://localhost/"] }),
      exec("/bin/sh -c curl -f http://localhost/", 1),
      exec("/bin/sh -c id", 2),
      exec("bash", 3),
      exec("cat /bin/sh", 4),
    ]);

    expect(findings.map(({ object }) => object)).toEqual([
      "container web1 (image web:1): /bin/sh -c id",
      "container web1 (image web:1): bash",
    ]);
  });

  it("count failed logins by address and notice the login that follows", () => {
    const failed = (second: number, address = "192.0.2.9") =>
      sshdLine(second, `Failed password for root from ${address} port ${4000 + second} ssh2`);
    const lines = [
      ...Array.from({ length: 7 }, (_, at) => failed(at)),
      failed(8, "192.0.2.1"),
      failed(120),
      sshdLine(300, "Accepted password for bob from 192.0.2.9 port 5000 ssh2"),
      sshdLine(301, "Accepted password for eve from 192.0.2.1 port 5000 ssh2"),
    ];

    const findings = findingsOf(ruleset, sshdEvents(lines.join("\n")));

    expect(findings.map(({ title, count, group }) => [title, count, group])).toEqual([
      ["SSH brute force", 8, { address: "192.0.2.9" }],
      ["SSH login succeeded after brute force", 9, { address: "192.0.2.9" }],
    ]);
    expect(findings[0]?.episode).toBe(findings[0]?.refs[0]);
  });

  it("notice that audit rules were removed and that auditd ended", () => {
    const findings = findingsOf(ruleset, [
      auditEvent('CONFIG_CHANGE auid=1005 ses=47 op=remove_rule key="dw-config" list=4 res=1'),
      auditEvent('CONFIG_CHANGE auid=1005 ses=47 op=remove_rule key="dw-config" list=4 res=0'),
      auditEvent('CONFIG_CHANGE auid=1005 ses=47 op=add_rule key="dw-config" list=4 res=1'),
      auditEvent("CONFIG_CHANGE op=set audit_enabled=0 old=1 auid=0 ses=1 res=1"),
      auditEvent("DAEMON_END op=terminate auid=0 uid=0 ses=1 pid=1 res=success"),
    ]);

    expect(findings.map(({ title }) => title)).toEqual(
      Array(3).fill("Audit rules removed or auditd stopped"),
    );
  });
});
