import { describe, expect, it } from "vitest";
import { openDetector } from "../../src/findings/index.ts";
import type { Event } from "../../src/model/event.ts";
import { epochMs } from "../../src/model/ids.ts";
import { auditEvent, dockerEvent, findingsOf, rulesetOf, seen } from "./events.ts";
import { matches, rule } from "./rule-text.ts";

const PROCESS = "{ product: linux, category: process_creation }";
const FILE = "{ product: linux, category: file_change }";
const selection = (...items: readonly string[]) =>
  `selection:\n${items.map((item) => `  ${item}`).join("\n")}`;
const execve = (more: string, argv: string, { pid = 11, ppid = 10 } = {}) =>
  auditEvent(
    `SYSCALL arch=c000003e syscall=59 success=yes exit=0 ppid=${ppid} pid=${pid} auid=1000 uid=0 ses=3 ${more}`,
    `EXECVE argc=3 ${argv}`,
  );

describe("an audit record", () => {
  it("has several keys where several rules matched", () => {
    const event = auditEvent(
      `SYSCALL syscall=59 key=${Buffer.from("one\x01two").toString("hex").toUpperCase()}`,
    );

    expect(matches(selection("key: two"), event)).toBe(true);
    expect(matches(selection("key|all: [one, two]"), event)).toBe(true);
    expect(matches(selection("key: one\x01two"), event)).toBe(false);
  });

  it("is looked at alone: a0 is the program in EXECVE and hex text in SYSCALL", () => {
    const event = execve('a0=40000 exe="/bin/ls"', 'a0="ls" a1="-l"');

    expect(matches(selection("type: execve", "a0: ls"), event)).toBe(true);
    expect(matches(selection("type: SYSCALL", "a0: 40000"), event)).toBe(true);
    expect(matches(selection("a0: 262144"), event)).toBe(false);
    expect(matches(selection("type: SYSCALL", "a1: '-l'"), event)).toBe(false);
  });

  it("has a long argument whole, though it is split", () => {
    const half = (text: string) => Buffer.from(text).toString("hex").toUpperCase();
    const event = auditEvent(
      'SYSCALL arch=c000003e syscall=59 success=yes ppid=1 pid=2 exe="/bin/sh"',
      `EXECVE argc=2 a0="sh" a1_len=12 a1[0]=${half("secret")}`,
      `EXECVE a1[1]=${half("tokens")}`,
    );

    expect(matches(selection("a1: secrettokens"), event)).toBe(true);
    expect(matches(selection("CommandLine: sh secrettokens"), event, PROCESS)).toBe(true);
  });

  it("has the fields of auditd's own interpretation, and those that are called like parts of the language", () => {
    const event = auditEvent('SYSCALL syscall=59 auid=1000 __proto__=x constructor=y\x1dAUID="alice"');

    expect(matches(selection("AUID: alice"), event)).toBe(true);
    expect(matches(selection("constructor: y"), event)).toBe(true);
    expect(matches(selection("toString|exists: true"), event)).toBe(false);
  });

  it("compares bytes: a rule's é matches the log's", () => {
    const event = auditEvent(`SYSCALL exe=${Buffer.from("/tmp/é").toString("hex").toUpperCase()}`);

    expect(matches(selection("exe: /tmp/é"), event)).toBe(true);
    expect(findingsOf(rulesetOf(rule(selection("exe|contains: é"))), [event])[0]?.object).toBe("/tmp/é");
  });
});

describe("a process", () => {
  it("of a binary with many names is all of them", () => {
    const event = execve('exe="/bin/busybox"', 'a0="wget" a1="-q"');

    expect(matches(selection("Image|endswith: /wget"), event, PROCESS)).toBe(true);
    expect(matches(selection("Image|endswith: /busybox"), event, PROCESS)).toBe(true);
    expect(
      matches(
        `${selection("CommandLine|contains: wget")}\nfilter: { Image|endswith: /busybox }\ncondition: selection and not filter`,
        event,
        PROCESS,
      ),
    ).toBe(false);
  });

  it("has no ancestor of another session, whose number was given away, but for what begins sessions", () => {
    const program = (exe: string, pid: number, ses: number) =>
      auditEvent(
        `SYSCALL arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=${pid} auid=0 uid=0 ses=${ses} exe="${exe}"`,
        'EXECVE argc=1 a0="x"',
      );
    const child = (ppid: number) => execve('exe="/bin/sh"', 'a0="sh"', { pid: 99, ppid });
    const ruleset = rulesetOf(rule(selection("ParentImage: /usr/*"), PROCESS));
    const parent = (events: readonly Event[]) => findingsOf(ruleset, events).length;

    expect(parent([program("/usr/bin/dpkg", 10, 3), child(10)])).toBe(1);
    expect(parent([program("/usr/bin/dpkg", 10, 2), child(10)])).toBe(0);
    expect(parent([program("/usr/bin/dpkg", 10, 4_294_967_295), child(10)])).toBe(0);
    expect(parent([program("/usr/sbin/sshd", 10, 4_294_967_295), child(10)])).toBe(1);
  });

  it("has ancestors, and is in the container that its shim names", () => {
    const id = "ab".repeat(32);
    const shim = execve(
      'exe="/usr/bin/containerd-shim-runc-v2"',
      `a0="containerd-shim-runc-v2" a1="-id" a2="${id}"`,
      { pid: 20, ppid: 1 },
    );
    const shell = execve('exe="/bin/busybox"', 'a0="sh"', { pid: 30, ppid: 20 });
    const child = execve('exe="/tmp/x"', 'a0="/tmp/x"', { pid: 31, ppid: 30 });
    const ruleset = rulesetOf(
      rule(
        selection(
          "Ancestors|endswith: /containerd-shim-runc-v2",
          `ContainerId: ${id}`,
          "ParentCommandLine: sh",
        ),
        PROCESS,
      ),
    );

    expect(findingsOf(ruleset, [shim, shell, child])).toMatchObject([{ refs: [child.ref] }]);
    expect(findingsOf(ruleset, [shell, child])).toEqual([]);
  });

  it("whose file was replaced since is still that program", () => {
    const event = auditEvent(
      `SYSCALL arch=c000003e syscall=59 success=yes exit=0 pid=1 ppid=1 exe=${Buffer.from("/usr/bin/xmrig (deleted)").toString("hex").toUpperCase()}`,
      'EXECVE argc=1 a0="/usr/bin/xmrig"',
    );

    expect(matches(selection("Image: /usr/bin/xmrig"), event, PROCESS)).toBe(true);
  });

  it("that did not start is none", () => {
    const event = auditEvent(
      'SYSCALL arch=c000003e syscall=59 success=no exit=-2 pid=1 ppid=1 exe="/bin/sh"',
      'EXECVE argc=1 a0="x"',
    );

    expect(matches(selection("Image: '*'"), event, PROCESS)).toBe(false);
  });
});

describe("a file", () => {
  const open = (flags: string, path: string) =>
    auditEvent(
      `SYSCALL arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a2=${flags} exe="/bin/vi" pid=1 ppid=1`,
      'CWD cwd="/etc/docker"',
      `PATH item=0 name="${path}" nametype=NORMAL`,
    );
  const category = (name: string) => `{ product: linux, category: ${name} }`;
  const any = selection("TargetFilename: /etc/docker/daemon.json");

  it.each([
    ["241", "file_event", true],
    ["2", "file_event", false],
    ["2", "file_change", true],
    ["0", "file_change", false],
    ["0", "file_access", true],
    ["441", "file_event", true],
  ])("opened with flags %s is a %s: %s", (flags, name, expected) => {
    expect(matches(any, open(flags, "daemon.json"), category(name))).toBe(expected);
    expect(matches(any, open(flags, "/etc/../etc/docker/./daemon.json"), category(name))).toBe(expected);
  });

  it("that replaces another is changed, and the one that it was is removed", () => {
    const rename = auditEvent(
      'SYSCALL arch=c000003e syscall=82 success=yes exit=0 exe="/bin/mv" pid=1 ppid=1',
      'CWD cwd="/etc/docker"',
      'PATH item=2 name="new" nametype=DELETE',
      'PATH item=3 name="daemon.json" nametype=DELETE',
      'PATH item=4 name="daemon.json" nametype=CREATE',
    );

    expect(
      matches(
        selection("TargetFilename|endswith: /new", "Operation: delete"),
        rename,
        category("file_delete"),
      ),
    ).toBe(true);
    expect(
      matches(selection("TargetFilename|endswith: /daemon.json", "Operation: rename"), rename, FILE),
    ).toBe(true);
  });
});

describe("a Docker event", () => {
  it("has a field for each risk, several values where there are several", () => {
    const event = dockerEvent(
      "create",
      { image: "reg.example.net:5000/a/b:1@sha256:00" },
      { capAdd: ["cap_sys_admin", "NET_RAW"], labels: { team: "shop" } },
    );
    const docker = (...items: readonly string[]) =>
      matches(selection(...items), event, "{ product: docker, service: events }");

    expect(docker("HostConfig.CapAdd|all: [SYS_ADMIN, NET_RAW]")).toBe(true);
    expect(docker("labels.team: SHOP")).toBe(true);
    expect(docker("ImageReference: reg.example.net:5000/a/b")).toBe(true);
    expect(docker("HostConfig.Privileged: false")).toBe(true);
    expect(docker("labels.constructor|exists: true")).toBe(false);
  });
});

describe("this program's own acts", () => {
  const self = { exe: "/opt/dockwarden/node", pid: 77, startedMs: 0 };
  const ruleset = rulesetOf(rule(selection("exe|contains: /node")));
  const act = (exe: string, pid: number) => auditEvent(`SYSCALL exe="${exe}" pid=${pid} ppid=1`);

  it("raise nothing; the same binary run by others does", () => {
    const detector = openDetector({ ruleset, state: [], self });

    expect(detector.push([seen(act(self.exe, 77))], epochMs(0))).toEqual([]);
    expect(detector.push([seen(act(`${self.exe} (deleted)`, 77))], epochMs(0))).toEqual([]);
    expect(detector.push([seen(act(self.exe, 78))], epochMs(0))).toHaveLength(1);
    expect(detector.push([seen(act("/usr/bin/node", 77))], epochMs(0))).toHaveLength(1);
  });

  it("of an earlier life are known after a restart", () => {
    const before = openDetector({ ruleset, state: [], self });
    const now = openDetector({
      ruleset,
      state: before.drainState(),
      self: { ...self, pid: 99, startedMs: 2e12 },
    });

    expect(now.push([seen(act(self.exe, 77))], epochMs(0))).toEqual([]);
  });
});
